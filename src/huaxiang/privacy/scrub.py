"""The last net: mainland mobiles, id cards, e-mail addresses and secrets do not pass through the log."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

from huaxiang.secret import HIDDEN, hidden

_PERSONAL = re.compile(
    r"""
    # e-mail address; the bound on the name keeps a long line of letters from being read over and over
    [\w.+%'-]{1,64} (?: @ | ＠ | %40 ) [\w-]{1,63} (?: \.[\w-]{1,63} )+
    # 18-digit id card: region, a date of birth that can be, order, check. A subject id of 18 digits is rarely one.
  | (?<!\d) [1-9]\d{5} (?:18|19|20)\d\d (?: 0[1-9] | 1[0-2] ) (?: 0[1-9] | [12]\d | 3[01] ) \d{3}[\dXx] (?!\d)
    # mobile of 11 digits, with or without the country's number, in one piece or as 138-0013-8000
  | (?<!\d) (?: (?: \+ | 00 )? 86 [ -]? )? [1１][3-9３-９]\d [ -]? \d{4} [ -]? \d{4} (?!\d)
    """,
    re.VERBOSE,
)
_SHORTEST = 6
"""Characters of the shortest that can look personal: a@b.cn."""
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


def scrub(text: str) -> str:
    """Return `text` with every mobile, id card, e-mail address and secret of the environment replaced by ‹hidden›."""
    return _PERSONAL.sub(HIDDEN, hidden(text))


def looks_personal(text: str) -> bool:
    """Tell whether a text holds what looks like a mobile, an id card or an e-mail address."""
    return len(text) >= _SHORTEST and _PERSONAL.search(text) is not None


class Scrubber(logging.Filter):
    """Cleans a record before anyone formats it: message, arguments, traceback, stack and extra texts."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean `record` in place and let it pass."""
        scrub_record(record)
        return True


def scrub_record(record: logging.LogRecord) -> None:
    """Replace what is personal in `record`; doing it twice changes nothing more."""
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 - a value's own __str__ may raise anything
        # Left alone, logging would print the arguments to stderr as they are.
        message = f"{record.msg} {HIDDEN}"
    record.msg, record.args = scrub(message), ()
    if record.exc_info and not record.exc_text:
        record.exc_text = logging.Formatter().formatException(record.exc_info)
    if record.exc_text:
        # The exception itself still holds its texts: handlers are given only the cleaned traceback.
        record.exc_text, record.exc_info = scrub(record.exc_text), None
    if record.stack_info:
        record.stack_info = scrub(record.stack_info)
    for name, value in record.__dict__.items():
        if name not in _STANDARD and not isinstance(value, bool | int | float | None):
            record.__dict__[name] = scrub(value if isinstance(value, str) else repr(value))


def install_scrubber() -> None:
    """Clean every record of the process from now on; calling it again does nothing.

    A filter on the root logger sees only what is logged on the root itself, and one on its handlers misses handlers
    added later: records are cleaned as they are made. The handlers' filter is for extra fields, set after that.
    """
    root = logging.getLogger()
    for holder in (root, *root.handlers):
        if not any(isinstance(known, Scrubber) for known in holder.filters):
            holder.addFilter(Scrubber())
    if not getattr(logging.getLogRecordFactory(), "scrubs", False):
        logging.setLogRecordFactory(_scrubbing(logging.getLogRecordFactory()))


def _scrubbing(make: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    def made(*args: Any, **named: Any) -> logging.LogRecord:
        record = make(*args, **named)
        scrub_record(record)
        return record

    made.scrubs = True  # type: ignore[attr-defined]
    return made
