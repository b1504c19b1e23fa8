"""An event as Segment's clients send it, made into the document that sources read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from huaxiang.inbox.contract import violations
from huaxiang.inbox.document import event_of, happened, identifies, own_id, rule_of, unreadable, value_of
from huaxiang.inbox.door import Door
from huaxiang.inbox.event import Event
from huaxiang.inbox.log import Stored
from huaxiang.inbox.pieces import BATCHES, EVENT_BYTES, FAULTS, OBJECT, TYPES, Members, inside
from huaxiang.inbox.rules import BAD_TIME, NO_EVENT, NO_IDENTIFIER, TOO_LARGE, UNKNOWN_TYPE
from huaxiang.inbox.times import written

_SHARED = ("context", "integrations")
_NULL = msgspec.Raw(b"null")
_NAMED = ("track", "page", "screen")


class _Sent(msgspec.Struct, gc=False):
    """The members of an event that say what, whose and when; any of them may be anything."""

    type: Any = None
    event: Any = None
    name: Any = None
    messageId: Any = None  # noqa: N815
    userId: Any = None  # noqa: N815
    anonymousId: Any = None  # noqa: N815
    timestamp: Any = None
    originalTimestamp: Any = None  # noqa: N815
    sentAt: Any = None  # noqa: N815


_SENT = msgspec.json.Decoder(_Sent)


def segment_event(
    stored: Stored, number: int, piece: msgspec.Raw, around: Members, sent_at: object, door: Door | None
) -> Event:
    """Return the event that one piece of a body says; `around` is the batch it came in, which was sent at `sent_at`."""
    if len(piece) > EVENT_BYTES:
        return unreadable(stored, number, bytes(piece), TOO_LARGE)
    try:
        members: dict[str, Any] = OBJECT.decode(piece)
        sent = _SENT.decode(piece)
    except FAULTS:
        return unreadable(stored, number, bytes(piece), rule_of(piece))
    type_ = sent.type if stored.form in BATCHES else stored.form
    if type_ not in TYPES:
        return unreadable(stored, number, bytes(piece), UNKNOWN_TYPE)
    members.pop("writeKey", None)
    if type_ == "identify" and "traits" not in members:
        _take_traits(members)
    if around:
        for name in _SHARED:
            if name in around:
                members[name] = _merged(around[name], members.get(name))
    name = sent.event if type_ == "track" else sent.name
    name = name if isinstance(name, str) and type_ in _NAMED else ""
    message_id = str(sent.messageId) if identifies(sent.messageId) else own_id(stored.door, number)
    # A sender that gives both says with `timestamp` when it was, with the other when the call was made.
    original = sent.originalTimestamp if sent.timestamp is None else sent.timestamp
    moment = happened(stored.received, original, sent_at if sent.sentAt is None else sent.sentAt)
    if moment is not None:
        if "timestamp" in members:
            members.setdefault("originalTimestamp", members["timestamp"])
        members["timestamp"] = written(moment)
    rule = BAD_TIME if moment is None else _rule(type_, name, sent) or broken_contract(door, type_, name, members)
    return event_of(stored, number, type_, name, message_id, members, rule)


def broken_contract(door: Door | None, type_: str, name: str, members: Mapping[str, Any]) -> str:
    """Return the rule of the first thing in which an event breaks its contract, "" when it breaks none.

    Contracts are by the name of a track or webhook event; by the type of any other, whose traits they bind, or its
    properties.
    """
    contract = None if door is None else door.contracts.get(name if type_ in ("track", "webhook") else type_)
    if contract is None:
        return ""
    held = "body" if type_ == "webhook" else "traits" if type_ in ("identify", "group") else "properties"
    found = violations(contract, value_of(members, held))
    return found[0].rule if found else ""


def _rule(type_: str, name: str, sent: _Sent) -> str:
    if not identifies(sent.userId) and not identifies(sent.anonymousId):
        return NO_IDENTIFIER
    return NO_EVENT if type_ == "track" and not name.strip() else ""


def _take_traits(members: dict[str, Any]) -> None:
    """Take the traits out of the context, which is where RudderStack's clients put those of an identify call."""
    try:
        traits = inside(members, "context.traits")
    except FAULTS:
        return
    if traits is not None:
        members["traits"] = traits


def _merged(shared: msgspec.Raw, own: msgspec.Raw | None) -> Any:
    """Return a batch's `context` with an event's own laid over it; what is no object stays as the event says."""
    if own is None or own == _NULL:
        return shared
    try:
        return {**OBJECT.decode(shared), **OBJECT.decode(own)}
    except FAULTS:
        return own
