"""E-mail addresses: lower-case, domain in its ASCII (IDNA) form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.clean.normalise.base import NOTHING_DERIVED, Plain
from huaxiang.clean.normalise.fillers import NO_NUMBER, Filler, filler
from huaxiang.clean.normalise.text import fold

# RFC 5321/5322: the unquoted local part (64 characters at most) and host labels (63).
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})")


def _ascii_domain(domain: str) -> str | None:
    """Return the domain as it is looked up, None when it is no domain name."""
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii").lower()
        except UnicodeError:
            return None
    return domain if _DOMAIN.fullmatch(domain) and len(domain) <= 253 else None


# Of the placeholders; others are mail boxes that people have (mail@, user@, 999999@).
_HELD = frozenset({"test", "xxx", "default", "true", "false"})


def _nobody(local: str) -> bool:
    """Say whether what stands before the @ names no mail box of a person."""
    return filler(local) is Filler.MISSING or local in _HELD or NO_NUMBER.issuperset(local)


_PLAIN = Plain(r"(?:[a-z0-9_]+\.)*[a-z0-9_]*[1-9][a-z0-9_]*@(?:[a-z0-9]+\.)+[a-z]{2,10}")


@dataclass(frozen=True)
class Email:
    """li.lei@example.com. Misspelt providers (gmial.com) are not mended: that would be a guess."""

    kind: str = "email"

    @property
    def derived(self) -> Mapping[str, str]:
        """Nothing."""
        return NOTHING_DERIVED

    @property
    def plain(self) -> Plain | None:
        """Lower case, and a digit in the local part, which no filler has."""
        return _PLAIN

    def normalise(self, text: str) -> str | None:
        """Return the address in lower case, None when it is malformed or more than one."""
        plain = fold(text).lower().removeprefix("mailto:").strip("<> ").replace("。", ".")
        local, at, domain = plain.rpartition("@")
        if not at or len(local) > 64 or _nobody(local) or not _LOCAL.fullmatch(local):
            return None
        host = _ascii_domain(domain)
        return f"{local}@{host}" if host else None

    def derive(self, canonical: str) -> tuple[str | None, ...]:
        """Return nothing."""
        return ()
