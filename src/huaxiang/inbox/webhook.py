"""An item of a webhook's body, made into a document: {type, event, messageId, timestamp, userId, body, envelope}."""

from __future__ import annotations

from typing import Any

import msgspec

from huaxiang.inbox.document import event_of, happened, identifies, own_id, rule_of, unreadable
from huaxiang.inbox.door import Door, WebhookMapping
from huaxiang.inbox.event import Event
from huaxiang.inbox.log import Stored
from huaxiang.inbox.pieces import FAULTS, OBJECT, WEBHOOK, Members, inside
from huaxiang.inbox.rules import BAD_TIME
from huaxiang.inbox.segment import broken_contract
from huaxiang.inbox.times import written

_NOTHING = WebhookMapping()


def webhook_event(stored: Stored, number: int, piece: msgspec.Raw, around: Members, door: Door | None) -> Event:
    """Return the event that one item says. A path is looked for in the item, then in the body around it."""
    mapping = (door.mapping if door else None) or _NOTHING
    try:
        members = OBJECT.decode(piece)
        id_, name, time, user = (
            _value(members, around, path) for path in (mapping.id, mapping.event, mapping.time, mapping.user)
        )
    except FAULTS:
        return unreadable(stored, number, bytes(piece), rule_of(piece))
    moment = happened(stored.received, time, None)
    document: dict[str, Any] = {"body": piece}
    if around:
        document["envelope"] = around
    if moment is not None:
        document["timestamp"] = written(moment)
    if identifies(user):
        document["userId"] = user
    event = str(name) if identifies(name) else ""
    document["event"] = event
    message_id = str(id_) if identifies(id_) else own_id(stored.door, number)
    rule = BAD_TIME if moment is None else broken_contract(door, WEBHOOK, event, {"body": piece})
    return event_of(stored, number, WEBHOOK, event, message_id, document, rule)


def _value(members: Members, around: Members, path: str) -> Any:
    if not path:
        return None
    for each in (members, around):
        found = inside(each, path)
        if found is not None:
            return msgspec.json.decode(found)
    return None
