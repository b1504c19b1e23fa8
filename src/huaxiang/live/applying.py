"""One micro-batch: cleaned, joined, computed and written, all in one transaction of the live store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from huaxiang.inbox.event import Event
from huaxiang.live.cleaning import Cleaned, Cleaner
from huaxiang.live.computing import Computed, Computer
from huaxiang.live.counting import Counting
from huaxiang.live.gathering import gather
from huaxiang.live.joining import Joined, Joiner
from huaxiang.live.known import Known
from huaxiang.live.outcome import Comparing, Move, TagChanges, messages, moves
from huaxiang.live.people import People
from huaxiang.live.writing import Written, write_batch
from huaxiang.privacy.vault import Vault
from huaxiang.serving.current import microseconds
from huaxiang.serving.deltas import Deltas
from huaxiang.serving.store import LiveStore

TICK = timedelta(seconds=10)
"""Everything of one tick is computed as of its end: a plan serves all batches of it, and no event is in the future."""


@dataclass
class Timing:
    """Seconds by stage of a batch."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Add what the block takes to a stage."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = round(self.seconds.get(stage, 0.0) + time.perf_counter() - begun, 6)


@dataclass(frozen=True)
class Tools:
    """What applying uses, of one project over one base."""

    store: LiveStore
    deltas: Deltas
    known: Known
    cleaner: Cleaner
    joiner: Joiner
    computer: Computer
    comparing: Comparing
    vault: Vault


def tick_end(now: datetime) -> datetime:
    """Return the end of the tick that a moment is in."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + ((now - midnight) // TICK + 1) * TICK


def apply(
    tools: Tools, events: Sequence[Event], now: datetime, *, cleaned: Cleaned | None = None, spent: float = 0.0,
    told: bool = True, meanwhile: Callable[[], None] = lambda: None,
) -> Written:  # fmt: skip
    """Take `events` (in order, after those applied) into the profiles; return what changed.

    `cleaned` is what cleaning them left, if that is done; for it the applier was kept `spent` seconds. Must be called
    within a transaction of the store. Without `told` nothing is noted for debugger and subscribers: these events had
    been told before. `meanwhile` is called when all is computed and only comparing and writing are left.
    """
    timing, as_of = Timing({"clean": round(spent, 6)}), tick_end(now)
    with timing.of("clean"):
        cleaned = cleaned or tools.cleaner.clean(events, as_of, now)
    with timing.of("identify"):
        counting = Counting(cleaned.facts, as_of, tools.known, tools.deltas)
        joined = tools.joiner.join(counting, cleaned.nodes, cleaned.links, now)
        people = People(tools.store, tools.known, joined, cleaned, tools.joiner.engine)
        people.write()
        _seal(tools.vault, people, cleaned)
    with timing.of("facts"):
        facts, duplicates = gather(people, tools.deltas, tools.computer.columns)
    with timing.of("tag"):
        computed = _computed(tools, people, facts, as_of)
    meanwhile()
    with timing.of("compare"):
        changes, moved = _differences(tools.comparing, people, computed)
    begun = time.perf_counter()
    batch = write_batch(
        tools.store, events, cleaned, people, computed, changes, moved, as_of=as_of, at=now,
        duplicates=duplicates, held=joined.held, timing=timing.seconds, told=told,
    )  # fmt: skip
    if told:
        _tell(tools.store, batch.id, joined, changes, moved, as_of)
    timing.seconds["write"] = round(time.perf_counter() - begun, 6)
    return replace(batch, seconds=timing.seconds)


def _seal(vault: Vault, people: People, cleaned: Cleaned) -> None:
    payloads = people.payloads(cleaned.personal)
    if payloads:
        # Kept in the vault before the batch is kept: doing it again after a crash adds nothing.
        vault.settle([payloads])


def _computed(tools: Tools, people: People, facts: dict[str, object], as_of: datetime) -> Computed:
    if not people.touched:
        return Computed({}, {})
    known = people.known_tags(tools.computer.others)
    computed = tools.computer.compute(as_of, people.touched, facts, known, people.identifiers(tools.computer.lists))
    people.before = people.texts()
    return computed


def _differences(comparing: Comparing, people: People, computed: Computed) -> tuple[list[TagChanges], list[Move]]:
    changes: list[TagChanges] = []
    moved: list[Move] = []
    for subject in people.touched:
        tags, segments = people.before.get(subject, (None, []))
        if found := comparing.changes(subject, tags, computed.tags[subject]):
            changes.append(found)
        moved += moves(subject, segments, computed.segments[subject])
    return changes, moved


def _tell(
    store: LiveStore, batch: int, joined: Joined, changes: Sequence[TagChanges], moved: Sequence[Move], as_of: datetime
) -> None:
    at = microseconds(as_of)
    store.db.executemany(
        "INSERT INTO outbox (batch, subject, topic, payload, at) VALUES (?, ?, ?, ?, ?)",
        [
            (batch, subject, topic, payload, at)
            for subject, topic, payload in messages(changes, moved, joined.merges, batch, as_of.isoformat())
        ],
    )
