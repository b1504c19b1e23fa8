"""What every form of event is made into: the members of one document, its time, and whose it is."""

from __future__ import annotations

from typing import Any

import msgspec

from huaxiang.inbox.event import Event
from huaxiang.inbox.log import Stored
from huaxiang.inbox.pieces import FAULTS, Members
from huaxiang.inbox.rules import NOT_AN_OBJECT, NOT_JSON
from huaxiang.inbox.times import event_time, is_event_time, written

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder()


def value_of(members: Members, name: str) -> Any:
    """Return a member decoded; None where there is none, or one that is nested beyond reason."""
    raw = members.get(name)
    if raw is None:
        return None
    try:
        return _DECODER.decode(raw)
    except FAULTS:
        return None


def identifies(value: object) -> bool:
    """Tell whether an id as sent names anybody: a text that is not blank, or a number."""
    if isinstance(value, str):
        return bool(value.strip())
    return isinstance(value, int | float) and not isinstance(value, bool)


def happened(received: int, original: object, sent: object) -> int | None:
    """Return when an event happened (µs), its sender's clock corrected: received − (sent − original).

    An event without a time happened when it was received; None when its time is unreadable, before 2000 or from 2200
    on. Such a time of sending, or one by which the event would have such a time, says nothing of the clock.
    """
    if original is None:
        return received
    moment, at = event_time(original), event_time(sent)
    if moment is None or at is None:
        return moment
    corrected = received - (at - moment)
    return corrected if is_event_time(corrected) else moment


def event_of(
    stored: Stored, number: int, type_: str, name: str, message_id: str, members: dict[str, Any], rule: str
) -> Event:
    """Return the event whose document is `members`, to which its type, id and the time it was received are added."""
    members["type"], members["messageId"], members["receivedAt"] = type_, message_id, written(stored.received)
    return Event(number, stored.door, type_, name, message_id, stored.received, _ENCODER.encode(members), rule)


def unreadable(stored: Stored, number: int, piece: bytes, rule: str) -> Event:
    """Return the event that a piece is when it is no object: its document is the piece as it came."""
    return Event(number, stored.door, "", "", own_id(stored.door, number), stored.received, piece, rule)


def own_id(door: str, number: int) -> str:
    """Return the id of an event that came without one, at the door of that code."""
    return f"{door}-{number}"


def rule_of(piece: msgspec.Raw) -> str:
    """Return why a piece that is no object is none: it is something else, or not JSON at all."""
    try:
        msgspec.json.decode(piece)
    except FAULTS:
        return NOT_JSON
    return NOT_AN_OBJECT
