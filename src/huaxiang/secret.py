"""Secrets of the environment: read here, remembered, and taken out of whatever is said afterwards."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote

HIDDEN = "‹hidden›"
_LEAST, _LEAST_PIECE = 4, 6
"""Shorter secrets, and shorter pieces of one, stand in too many words to be taken out of all of them."""
_USER = re.compile(r"^[\w.+-]+://(?P<user>.*)@", re.DOTALL)
_OPTION = re.compile(r"[?&][^=&]*=([^&]*)")
_CUTS = re.compile(r"[@:/?#&=\s]")

_known: set[str] = set()


def from_environment(name: str) -> str | None:
    """Return the value of a variable that holds a secret, None when it is not set; it is remembered."""
    value = os.environ.get(name)
    if value:
        remember(value)
    return value


def remember(secret: str) -> None:
    """Take a secret out of everything that `hidden` is asked for: whole, as URLs write it, and its pieces.

    Of a whole URL the secret is what stands before the host, and the values of its options.
    """
    secret = secret.strip()
    forms = {each for each in _forms(secret) if len(each) >= (_LEAST if each == secret else _LEAST_PIECE)}
    if not forms <= _known:
        _known.update(forms)


def hidden(text: str) -> str:
    """Return `text` with every secret that was read taken out."""
    # The longest first: a secret whole, before a piece of it.
    for each in sorted((each for each in tuple(_known) if each in text), key=len, reverse=True):
        text = text.replace(each, HIDDEN)
    return text


def _forms(secret: str) -> Iterator[str]:
    inner = [secret]
    if "://" in secret:
        user = _USER.search(secret)
        _, _, password = user["user"].partition(":") if user else ("", "", "")
        inner = [password, *_OPTION.findall(secret)]
        yield secret
    for each in (form for part in inner for form in (part, unquote(part))):
        yield from (each, quote(each, safe=""), quote(each), quote_plus(each))
        # A reader of URLs cuts where a secret holds one of its marks, and names one half.
        yield from _CUTS.split(each)
        for cut in _CUTS.finditer(each):
            yield from (each[: cut.start()], each[cut.end() :])
