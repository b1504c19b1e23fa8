"""An event as 神策 (Sensors Analytics) clients send it, made into the same document as Segment's."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from huaxiang.inbox.document import event_of, happened, identifies, rule_of, unreadable, value_of
from huaxiang.inbox.door import Door
from huaxiang.inbox.event import Event
from huaxiang.inbox.log import Stored
from huaxiang.inbox.pieces import FAULTS, OBJECT, Members
from huaxiang.inbox.rules import BAD_TIME, NO_EVENT, NO_IDENTIFIER, UNKNOWN_TYPE, UNSUPPORTED
from huaxiang.inbox.segment import broken_contract
from huaxiang.inbox.times import written

_TYPES = {
    "track": "track", "track_signup": "alias", "track_id_bind": "alias", "profile_set": "identify",
    "profile_set_once": "identify",
}  # fmt: skip
_CHANGES = frozenset(
    {"profile_increment", "profile_append", "profile_unset", "profile_delete", "item_set", "item_delete",
     "track_id_unbind"}
)  # fmt: skip
_HEAD = ("type", "event", "properties", "lib", "time", "distinct_id", "login_id", "anonymous_id", "original_id")


def sensors_event(stored: Stored, number: int, piece: msgspec.Raw, twins: int, door: Door | None) -> Event:
    """Return the event that one piece of a body says; `twins` pieces before it in the body are exactly the same.

    What the document has no name for is under `sensors`.
    """
    try:
        members = OBJECT.decode(piece)
    except FAULTS:
        return unreadable(stored, number, bytes(piece), rule_of(piece))
    sent = value_of(members, "type")
    type_ = _TYPES.get(sent) if isinstance(sent, str) else None
    if type_ is None:
        rule = UNSUPPORTED if isinstance(sent, str) and sent in _CHANGES else UNKNOWN_TYPE
        return unreadable(stored, number, bytes(piece), rule)
    document: dict[str, Any] = {}
    rule = _timed(document, members, stored.received)
    _ids(document, type_, members)
    if "properties" in members:
        document["traits" if type_ == "identify" else "properties"] = members["properties"]
    if "lib" in members:
        document["context"] = {"library": members["lib"]}
    document["sensors"] = {name: value for name, value in members.items() if name not in _HEAD} | {"type": sent}
    name = value_of(members, "event") if type_ == "track" else ""
    name = name if isinstance(name, str) else ""
    if type_ == "track":
        document["event"] = name
    rule = rule or _rule(type_, name, document) or broken_contract(door, type_, name, _encoded(document))
    return event_of(stored, number, type_, name, _message_id(members, piece, twins), document, rule)


def _timed(document: dict[str, Any], members: Members, received: int) -> str:
    original = value_of(members, "time")
    moment = happened(received, original, value_of(members, "_flush_time"))
    if moment is None:
        return BAD_TIME
    document["timestamp"] = written(moment)
    if original is not None:
        document["originalTimestamp"] = members["time"]
    return ""


def _ids(document: dict[str, Any], type_: str, members: Members) -> None:
    """Put the ids where Segment has them: a distinct_id is the login id where it says so, or where one is bound."""
    properties = value_of(members, "properties")
    distinct, login = value_of(members, "distinct_id"), value_of(members, "login_id")
    is_login = isinstance(properties, Mapping) and properties.get("$is_login_id") is True
    if identifies(login):
        document["userId"] = login
    elif is_login or type_ == "alias":
        document["userId"] = distinct
    anonymous = value_of(members, "anonymous_id")
    if identifies(anonymous):
        document["anonymousId"] = anonymous
    elif "userId" not in document:
        document["anonymousId"] = distinct
    if type_ == "alias":
        original = value_of(members, "original_id")
        previous = original if identifies(original) else document.get("anonymousId")
        if identifies(previous):
            document["previousId"] = previous
            document.setdefault("anonymousId", previous)


def _rule(type_: str, name: str, document: Mapping[str, Any]) -> str:
    if not any(identifies(document.get(id_)) for id_ in ("userId", "anonymousId")):
        return NO_IDENTIFIER
    return NO_EVENT if type_ == "track" and not name.strip() else ""


def _message_id(members: Members, piece: msgspec.Raw, twins: int) -> str:
    """Return an id that a second sending of the same event has too: 神策 has none of its own.

    Without a `_track_id` twins in one body are different events, of the same millisecond; the same body sent again has
    the same twins.
    """
    if "_track_id" in members:
        # All but what changes from one sending to the next.
        same = (members.get(name, b"") for name in ("_track_id", "time", "distinct_id", "type", "event"))
        content = b"|".join(bytes(each) for each in same)
    else:
        content = b"%b|%d" % (bytes(piece), twins) if twins else bytes(piece)
    return "sa-" + blake2b(content, digest_size=16).hexdigest()


def _encoded(document: Mapping[str, Any]) -> Members:
    return {name: value for name, value in document.items() if isinstance(value, msgspec.Raw)}
