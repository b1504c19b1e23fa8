"""One event as everything after the door sees it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the inbox: its number (dense, from 1, over all doors), where it came in, and its document.

    `document` is one JSON object: the event as sent, a batch's context merged in, `timestamp` corrected by the
    sender's clock, `receivedAt` and `messageId` always there. `received` is in microseconds since 1970 (UTC).
    `rule` says why it can be no fact ("contract:…", "no_identifier", "not_json"), "" when nothing is wrong.
    """

    number: int
    door: str
    type: str
    name: str
    message_id: str
    received: int
    document: bytes
    rule: str = ""
