"""Doors: the events that came in at one of them, out of the inbox, in parts of 100,000 event numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from huaxiang.connectors.base import BATCH_ROWS, DOCUMENT, ROW, SIZE, Batch, Broken, Layout, Part, ReadSpec
from huaxiang.connectors.files import unreadable
from huaxiang.errors import ReadError
from huaxiang.inbox.door import Door
from huaxiang.inbox.event import Event
from huaxiang.inbox.log import SEGMENT, Inbox, InboxError, Segment
from huaxiang.inbox.pieces import TYPES, WEBHOOK
from huaxiang.inbox.reading import events_of
from huaxiang.privacy.keys import load_master_key
from huaxiang.words import Words

KIND = "door"
EVENT_TYPES = (*TYPES, WEBHOOK)
"""What `type:` may ask for."""
_MOST_BYTES = 16 << 20
"""So many bytes of bodies are taken out of the inbox at once."""
_EVENT_BYTES = 512
"""About how large an event is: what a part's size is judged by."""
_BOUND = "bound"


@dataclass(frozen=True)
class Bound:
    """What a `read: {door: …}` means within a project: the door, the inbox's file, and whose key opens it."""

    door: Door
    inbox: Path
    project_id: str


def bound(spec: ReadSpec, door: Door, inbox: Path, project_id: str) -> ReadSpec:
    """Return the specification with what the reader needs of its project."""
    return replace(spec, options={**spec.options, _BOUND: Bound(door, inbox, project_id)})


def events_batch(spec: ReadSpec, events: Sequence[Event], start: int) -> Batch:
    """Return those of `events` that a source takes, as rows; `start` is the number before the first row's.

    What is wrong with an event makes it Broken. One whose type or name is not known is every source's of its door:
    it must be seen somewhere.
    """
    types, names = _texts(spec, "type"), _texts(spec, "event")
    taken = [event for event in events if event.door == spec.target and _takes(event, types, names)]
    good = [event for event in taken if not event.rule]
    rows = pa.array([event.number - start for event in good], pa.int64())
    documents = pa.array([event.document for event in good], pa.string())
    broken = tuple(Broken(each.number - start, each.document, each.rule) for each in taken if each.rule)
    return Batch(pa.table([rows, documents], names=[ROW, DOCUMENT]), broken)


@dataclass(frozen=True)
class DoorReader:
    """Reads the events of a door. A part is a segment of event numbers; its rows are numbered from its start."""

    batch_rows: int = BATCH_ROWS

    kind: ClassVar[str] = KIND
    layout: ClassVar[Layout] = "document"
    options: ClassVar[frozenset[str]] = frozenset({"type", "event", "rows"})
    required: ClassVar[frozenset[str]] = frozenset()
    suffixes: ClassVar[tuple[str, ...]] = ()

    def parts(self, spec: ReadSpec, root: Path, state: str | None) -> list[Part]:
        """Return a part for each segment in which the door has events; none while there is no inbox."""
        if not _bound(spec).inbox.exists():
            return []
        with _opened(spec, root) as inbox:
            return [_part(spec, each) for each in inbox.segments(spec.target)]

    def fingerprint(self, spec: ReadSpec, root: Path, part: Part) -> str:
        """Return a hash of where the part ends and of how it is read: what came in never changes."""
        _there(spec)
        return blake2b(f"{part.name}|{part.signature}".encode(), digest_size=16).hexdigest()

    def notes(self, spec: ReadSpec, root: Path) -> list[Words]:
        """Return nothing: there is nothing to tell."""
        return []

    def columns(self, spec: ReadSpec, root: Path, part: Part) -> list[str] | None:
        """Return None: documents need not share keys."""
        return None

    def read(self, spec: ReadSpec, root: Path, part: Part, columns: list[str]) -> Iterator[Batch]:
        """Yield the events the source takes. Raises ReadError when the inbox cannot be read, SealError."""
        _there(spec)
        start, last = int(part.locator["start"]), int(part.locator["last"])
        doors, after = {spec.target: _bound(spec).door}, start
        with _opened(spec, root) as inbox:
            while after < last and (bodies := inbox.bodies(after, _MOST_BYTES, upto=last, door=spec.target)):
                events = [event for event in events_of(bodies, doors) if start < event.number <= last]
                for begin in range(0, len(events), self.batch_rows):
                    yield events_batch(spec, events[begin : begin + self.batch_rows], start)
                after = bodies[-1].last


def part_name(door: str, segment: int) -> str:
    """Return the name of the part that a door's share of a segment is."""
    return f"{KIND}:{door}#{segment:08d}"


def _part(spec: ReadSpec, segment: Segment) -> Part:
    name = part_name(spec.target, segment.number)
    locator = {"start": segment.number * SEGMENT, "last": segment.last, SIZE: segment.events * _EVENT_BYTES}
    return Part(name=name, signature=f"{segment.last}-{_bound(spec).door.reading}", order=name, locator=locator)


def _takes(event: Event, types: frozenset[str], names: frozenset[str]) -> bool:
    if event.type and types and event.type not in types:
        return False
    return not names or event.name in names or (bool(event.rule) and not event.name)


def _texts(spec: ReadSpec, option: str) -> frozenset[str]:
    value = spec.options.get(option)
    if value is None:
        return frozenset()
    return frozenset([value] if isinstance(value, str) else value)


def _bound(spec: ReadSpec) -> Bound:
    found = spec.options.get(_BOUND)
    if not isinstance(found, Bound):
        raise unreadable(spec.target, "a door can be read by a source only", "入口只能由来源读取")
    return found


def _there(spec: ReadSpec) -> None:
    if not _bound(spec).inbox.exists():
        raise unreadable(_bound(spec).inbox.name, "the inbox is gone; put it back", "收件箱不见了，请放回")


@contextmanager
def _opened(spec: ReadSpec, root: Path) -> Iterator[Inbox]:
    whose = _bound(spec)
    try:
        with Inbox(whose.inbox, load_master_key(whose.project_id, root)) as inbox:
            yield inbox
    except InboxError as error:
        raise ReadError(error.words) from None
