"""Cursors: where a page of events ends, as a text that says nothing to those who only hand it back."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from huaxiang.api.profiles.refusals import Refused
from huaxiang.words import Words

Place = tuple[str, int]
"""When the last event of a page happened, and its number."""


def cursor_at(at: str, number: int | str) -> str:
    """Return the cursor of the page after the event of that moment (ISO 8601, UTC) and number."""
    return base64.urlsafe_b64encode(f"{at}|{number}".encode()).decode().rstrip("=")


def place_of(cursor: str | None) -> Place | None:
    """Return the place of a cursor; None for the first page. Raises Refused (404) when it is none of ours."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        at, _, number = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").partition("|")
        datetime.fromisoformat(at)
        return at, int(number)
    except (binascii.Error, ValueError):
        raise Refused("not_found", Words("there is no page at this cursor", "没有这个游标对应的页")) from None
