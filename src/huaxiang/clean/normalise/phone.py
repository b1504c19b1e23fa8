"""Phone numbers: a mainland mobile as its 11 digits, any other number as E.164."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

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
HOME = "CN"
"""The region whose mobiles are kept as 11 digits."""
REGIONS: frozenset[str] = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""Those whose numbers are known, by their code of ISO 3166."""
_MAINLAND = re.compile(r"1[3-9]\d{9}", re.ASCII)
_CODES = ("86", "852", "853", "886", "1")
"""Codes of countries and regions that are also read without the + before them."""
_COUNTED = "12345678901"
# How people group digits says whose they are: 1-415-555-2671 and (415) 555-2671, 138-0013-8000, 852-91234567.
_AMERICAN = re.compile(r"(?:^|\D)\(?[2-9]\d\d\)?[ .-]*[2-9]\d\d[ .-]+\d{4}$", re.ASCII)
_CHINESE = re.compile(r"(?:^|\D)1[3-9]\d[ .-]+\d{4}[ .-]+\d{4}$", re.ASCII)
_CODE_APART = re.compile(r"(?:^|\D)(?:86|852|853|886|1)[ .-]+\(?\d", re.ASCII)
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—−·/", "-"))


def _dialled(text: str) -> str:
    """Return only what one would dial, e.g. "+861012345678"; what cannot be dialled stays, to be refused."""
    plain = whole_number(without_spaces(fold(text)))
    plain = _EXTENSION.sub("", plain).removeprefix("tel:").removeprefix("电话:").removeprefix("手机:")
    return plain.translate(_MARKS)


def _valid(text: str, region: str | None) -> str | None:
    """Return a number as E.164 (a mainland mobile as 11 digits) if phonenumbers' rules hold for it, else None."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    national = str(number.national_number)
    if number.country_code == 86 and _MOBILE.fullmatch(national):
        return national
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _readings(dialled: str, region: str) -> list[str]:
    """Return what a number without a sign of its country can be, the reading of `region` first."""
    found = [_valid(dialled, region)]
    if dialled.startswith(_CODES):
        found.append(_valid("+" + dialled, None))
    if region != HOME and _MAINLAND.fullmatch(dialled):
        found.append(_valid(dialled, HOME))
    if region == HOME and len(dialled) == 10:
        # As a fixed line of the mainland it lacks its 0: an American number is as likely.
        found.append(_valid(dialled, "US"))
    return [each for each in dict.fromkeys(found) if each]


def _told(dialled: str, written: str, region: str) -> str | None:
    """Return a number without a sign of its country as E.164; None where it is none, or could be two."""
    if dialled == _COUNTED:
        return None
    if region == HOME and _MAINLAND.fullmatch(dialled) and not _AMERICAN.search(written):
        # What looks like a mainland mobile and is none has a digit wrong; it is nobody's in America.
        return dialled if _MOBILE.fullmatch(dialled) else None
    found = _readings(dialled, region)
    if len(found) < 2:
        return found[0] if found else None
    own = _valid(dialled, region)
    # Where it can be two, it is that of the region, unless the way it is written speaks for the other.
    other = _AMERICAN if region == HOME else _CHINESE
    lacks_zero = region == HOME and len(dialled) == 10
    has_other_code = own != "+" + dialled and _CODE_APART.search(written)
    return None if lacks_zero or has_other_code or other.search(written) else own


@cache
def phone(region: str) -> Phone:
    """Return the reading of phones where numbers without a country's code are those of a region (ISO 3166)."""
    return Phone(region)


@dataclass(frozen=True)
class Phone:
    """13800138000; +861012345678; +14155552671. Numbers without a country's code are read as those of `region`.

    Others of +1, +86, +852, +853 and +886 are known without their +. What can be read as two numbers is refused.
    """

    region: str = HOME
    kind: str = "phone"

    @property
    def derived(self) -> Mapping[str, str]:
        """Nothing."""
        return NOTHING_DERIVED

    @property
    def plain(self) -> Plain | None:
        """Eleven digits of a mainland mobile; elsewhere they may be another number."""
        return _PLAIN if self.region == HOME else None

    def normalise(self, text: str) -> str | None:
        """Return the canonical number, None when phonenumbers' rules refuse it (140…, 106…)."""
        if self.region == HOME and _MOBILE.fullmatch(text):  # nearly every row: no other work
            return text
        dialled = _dialled(text)
        prefixed = _PREFIXED.fullmatch(dialled)
        if prefixed and prefixed.start(1) and (self.region == HOME or not dialled.startswith("0")):
            return prefixed[1] if _MOBILE.fullmatch(prefixed[1]) else None
        if not _DIALLED.fullmatch(dialled):
            return None
        if dialled.startswith(("+", "00")):
            return _valid("+" + dialled.removeprefix("00").removeprefix("+"), None)
        return _told(dialled, _EXTENSION.sub("", fold(text).translate(_HYPHENS)).strip(), self.region)

    def derive(self, canonical: str) -> tuple[str | None, ...]:
        """Return nothing: the number's region is that of its sale, and numbers move between networks."""
        return ()
