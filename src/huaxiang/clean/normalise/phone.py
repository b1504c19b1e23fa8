"""Phone numbers: a mainland mobile as its 11 digits, any other number as E.164."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import phonenumbers

from huaxiang.clean.normalise.base import NOTHING_DERIVED, Plain
from huaxiang.clean.normalise.text import fold, whole_number, without_spaces


def _mobile_pattern() -> re.Pattern[str]:
    """Return libphonenumber's own pattern of a mainland mobile number.

    Asking phonenumbers.parse for each of millions of rows costs 50 µs a row; its pattern costs 0.3 µs and, for
    numbers of this shape, gives the same answer (tests/clean/normalise/test_phone.py compares them).
    """
    metadata = phonenumbers.PhoneMetadata.metadata_for_region("CN")
    pattern = metadata and metadata.mobile and metadata.mobile.national_number_pattern
    if not pattern:
        raise RuntimeError("this release of phonenumbers has no pattern of mainland mobiles")
    return re.compile(pattern, re.ASCII)


_MOBILE = _mobile_pattern()
_PLAIN = Plain(_MOBILE.pattern)
_PREFIXED = re.compile(r"(?:\+?(?:00)?86|0)?(1[3-9]\d{9})", re.ASCII)
_MARKS = str.maketrans("", "", " \t()-.‐‑‒–—−·/")
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#)\s*\d{1,6}$", re.IGNORECASE)
_DIALLED = re.compile(r"(?:\+|00)?\d{5,17}", re.ASCII)


def _dialled(text: str) -> str:
    """Return only what one would dial, e.g. "+861012345678"; what cannot be dialled stays, to be refused."""
    plain = whole_number(without_spaces(fold(text)))
    plain = _EXTENSION.sub("", plain).removeprefix("tel:").removeprefix("电话:").removeprefix("手机:")
    return plain.translate(_MARKS)


def _elsewhere(dialled: str) -> str | None:
    """Return a fixed line or a foreign number as E.164 (a mainland mobile as 11 digits), judged by phonenumbers."""
    if not _DIALLED.fullmatch(dialled):
        return None
    international = "+" + dialled[2:] if dialled.startswith("00") else dialled
    try:
        number = phonenumbers.parse(international, "CN")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    national = str(number.national_number)
    if number.country_code == 86 and _MOBILE.fullmatch(national):
        return national
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@dataclass(frozen=True)
class Phone:
    """13800138000; +861012345678; +14155552671. Bare numbers are read as mainland numbers."""

    kind: str = "phone"

    @property
    def derived(self) -> Mapping[str, str]:
        """Nothing."""
        return NOTHING_DERIVED

    @property
    def plain(self) -> Plain | None:
        """Eleven digits of a mainland mobile."""
        return _PLAIN

    def normalise(self, text: str) -> str | None:
        """Return the canonical number, None when phonenumbers' rules refuse it (140…, 106…)."""
        if _MOBILE.fullmatch(text):  # nearly every row: no other work
            return text
        dialled = _dialled(text)
        prefixed = _PREFIXED.fullmatch(dialled)
        if prefixed and _MOBILE.fullmatch(prefixed[1]):
            return prefixed[1]
        return _elsewhere(dialled)

    def derive(self, canonical: str) -> tuple[str | None, ...]:
        """Return nothing: the number's region is that of its sale, and numbers move between networks."""
        return ()
