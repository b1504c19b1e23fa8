"""From bodies to events: the same ones, with the same numbers, whenever and by whomever they are read.

A micro-batch and a full build read by this one function; nothing here looks at a clock or at anything outside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from huaxiang.inbox.document import unreadable, value_of
from huaxiang.inbox.door import Door
from huaxiang.inbox.event import Event
from huaxiang.inbox.log import Stored
from huaxiang.inbox.pieces import SENSORS, WEBHOOK, NotEvents, pieces
from huaxiang.inbox.rules import RECOUNTED
from huaxiang.inbox.segment import segment_event
from huaxiang.inbox.sensors import sensors_event
from huaxiang.inbox.webhook import webhook_event


def events_of(stored: Iterable[Stored], doors: Mapping[str, Door]) -> list[Event]:
    """Return the events of bodies, in order. Never raises for what is in a body: `rule` says what is wrong.

    A body of a door that is no longer defined is read without contracts and mapping.
    """
    found: list[Event] = []
    for body in stored:
        found += _events(body, doors.get(body.door))
    return found


def _events(body: Stored, door: Door | None) -> list[Event]:
    try:
        taken = pieces(body.form, body.raw, door.mapping if door else None)
    except NotEvents as error:
        return [unreadable(body, body.first, body.raw, error.rule)]
    if len(taken.items) > body.events:
        # Numbers were given when it came; those that follow belong to the next body.
        return [unreadable(body, body.first, body.raw, RECOUNTED)]
    numbered = enumerate(taken.items, start=body.first)
    if body.form == SENSORS:
        twins = Counter[bytes]()
        found = []
        for number, piece in numbered:
            text = bytes(piece)
            found.append(sensors_event(body, number, piece, twins[text], door))
            twins[text] += 1
        return found
    if body.form == WEBHOOK:
        return [webhook_event(body, number, piece, taken.around, door) for number, piece in numbered]
    sent_at = value_of(taken.around, "sentAt")
    return [segment_event(body, number, piece, taken.around, sent_at, door) for number, piece in numbered]
