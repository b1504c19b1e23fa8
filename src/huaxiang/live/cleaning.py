"""Events → rows, by each source's plan: the cleaning of a build, with what leaves kept in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from huaxiang.clean.maps import Maps
from huaxiang.clean.pending import Pending
from huaxiang.clean.plan import CleanPlan, compile_source
from huaxiang.clean.work import NODES, Place, Tools, Work
from huaxiang.connectors.door import events_batch, part_name
from huaxiang.definitions.nodes import Faults
from huaxiang.engine.duckdb import GIB, Engine
from huaxiang.errors import DefinitionError
from huaxiang.inbox.event import Event
from huaxiang.inbox.log import SEGMENT, segment_of
from huaxiang.live.known import LINKS
from huaxiang.model import FactTable
from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keys import MasterKey
from huaxiang.privacy.seal import RowSealer
from huaxiang.project import Project
from huaxiang.registry import Registry
from huaxiang.serving.deltas import fact_schema
from huaxiang.sources import Source

PERSONAL = pa.schema([("node", pa.int64()), ("kind", pa.string()), ("value", pa.string())])


@dataclass(frozen=True)
class Facts:
    """Facts of one source: the table they go into, the rows (`fact_schema`, subject null), for each row the numbers of
    its identifiers, the strongest first (0 = none), and of its event."""

    source: str
    table: str
    rows: Any
    nodes: Any
    numbers: Any


@dataclass
class Cleaned:
    """What cleaning a batch of events left."""

    facts: list[Facts] = field(default_factory=list)
    nodes: Any = field(default_factory=NODES.empty_table)
    links: Any = field(default_factory=LINKS.empty_table)
    personal: Any = field(default_factory=PERSONAL.empty_table)
    stopped: list[tuple[int, str, str, str, bytes]] = field(default_factory=list)
    """(event number, source, rule, fate "row" or "value", the row sealed)."""
    took: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """Event number → what each source made of it."""
    counts: Counter[str] = field(default_factory=Counter)

    def repeated(self, number: int, source: str) -> None:
        """Note that what a source made of an event was there already."""
        for each in self.took[number]:
            if each.get("source") == source and each["outcome"] == "fact":
                each["outcome"] = "duplicate"


@dataclass(frozen=True)
class _Left:
    """The tables that left, by name."""

    tables: dict[str, list[Any]]

    def put(self, name: str, table: Any) -> None:
        self.tables[name].append(table)


class Cleaner:
    """Cleans events for one project; its engine and what it remembers of texts are kept from batch to batch."""

    def __init__(self, project: Project, registry: Registry, master: MasterKey) -> None:
        self.project, self.registry = project, registry
        self.sources = [source for source in project.sources if source.read.kind == "door"]
        self.engine = Engine(memory=GIB, threads=1)
        self.tools = Tools(
            self.engine, Maps(BlindIndex(master), project.kinds.never, project.kinds.allow), RowSealer(master)
        )
        self.parts: dict[tuple[str, str], int] = {}
        self.plans: tuple[datetime, dict[str, CleanPlan]] | None = None

    def clean(self, events: Sequence[Event], as_of: datetime, read_at: datetime) -> Cleaned:
        """Return what the sources make of `events`; rules see `as_of` as the present."""
        found = Cleaned()
        left = _Left(defaultdict(list))
        plans = self._planned(as_of)
        for source in self.sources:
            for segment, mine in _by_segment(events, source.read.target):
                self._clean(found, left, source, plans[source.code], segment, mine, read_at)
        # An event of which nothing is known is every source's of its door, and still one event.
        found.counts["quarantined"] = len({number for number, *_, fate, _ in found.stopped if fate == "row"})
        found.nodes = _added_up(pa.concat_tables([NODES.empty_table(), *left.tables["nodes"]]))
        links = [table.select(LINKS.names).cast(LINKS) for table in left.tables["links"]]
        found.links = pa.concat_tables([LINKS.empty_table(), *links])
        found.personal = pa.concat_tables([PERSONAL.empty_table(), *left.tables["personal"]])
        for event in events:
            if event.number not in found.took:
                found.took[event.number].append({"outcome": "untaken"})
                found.counts["untaken"] += 1
        return found

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()

    def _clean(
        self, found: Cleaned, left: _Left, source: Source, plan: CleanPlan, segment: int, events: Sequence[Event],
        read_at: datetime,
    ) -> None:  # fmt: skip
        start, part = segment * SEGMENT, part_name(source.read.target, segment)
        moment = read_at.isoformat(timespec="seconds")
        mine = _Left(defaultdict(list))
        work = Work(plan, Place(self.project.root, part, self._number(source, part), moment), self.tools, mine.put)
        work.lend()
        work.take(events_batch(source.read, events, start))
        personal = Pending()
        personal.add(work.gathered())
        mine.put("personal", personal.table())
        for name, tables in mine.tables.items():
            left.tables[name] += tables
        self._facts(found, source, start, mine.tables["facts"], len(plan.priority))
        self._stopped(found, source, start, mine.tables["quarantine"])

    def _facts(self, found: Cleaned, source: Source, start: int, tables: Sequence[Any], identifiers: int) -> None:
        for table in tables:
            facts = _facts(source.code, source.into, table, start, identifiers)
            found.facts.append(facts)
            found.counts["facts"] += len(facts.numbers)
            for number, fact in zip(facts.numbers.tolist(), facts.rows["fact_id"].to_pylist(), strict=True):
                found.took[number].append({"source": source.code, "outcome": "fact", "fact_id": fact})

    def _stopped(self, found: Cleaned, source: Source, start: int, tables: Sequence[Any]) -> None:
        for table in tables:
            for row in table.to_pylist():
                number = start + row["source_row"]
                found.stopped.append((number, source.code, row["rule"], row["fate"], row["sealed"]))
                if row["fate"] == "row":
                    found.took[number].append({"source": source.code, "outcome": f"quarantined:{row['rule']}"})

    def _number(self, source: Source, part: str) -> int:
        key = (source.code, part)
        if key not in self.parts:
            self.parts[key] = self.registry.reserve_part(source.code, part, part)
        return self.parts[key]

    def _planned(self, as_of: datetime) -> dict[str, CleanPlan]:
        if self.plans is None or self.plans[0] != as_of:
            self.plans = (as_of, self._compiled(as_of, self.plans[1] if self.plans else {}))
        return self.plans[1]

    def _compiled(self, as_of: datetime, before: Mapping[str, CleanPlan]) -> dict[str, CleanPlan]:
        """Return the plans at a moment; those of another moment serve on where they do not read the clock."""
        faults = Faults()
        plans = {
            source.code: before[source.code]
            if source.code in before and not before[source.code].clocked
            else compile_source(source, self.project.kinds, self.project.zone, as_of, faults)
            for source in self.sources
        }
        if faults.found:
            raise DefinitionError(faults.found)
        return {code: plan for code, plan in plans.items() if plan is not None}


def _by_segment(events: Iterable[Event], door: str) -> list[tuple[int, list[Event]]]:
    found: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        if event.door == door:
            found[segment_of(event.number)].append(event)
    return sorted(found.items())


def _facts(source: str, into: FactTable, table: Any, start: int, identifiers: int) -> Facts:
    schema = fact_schema(into)
    count = table.num_rows
    columns = []
    for each in schema:
        if each.name == "source":
            columns.append(pa.repeat(source, count))
        elif each.name in table.column_names:
            columns.append(table.column(each.name).combine_chunks().cast(each.type))
        else:
            columns.append(pa.nulls(count, each.type))
    nodes = np.zeros((count, identifiers), np.int64)
    for place in range(identifiers):
        nodes[:, place] = table.column(f"node{place + 1}").combine_chunks().fill_null(0).to_numpy()
    numbers = table.column("source_row").to_numpy() + start
    return Facts(source, into.name, pa.table(columns, schema=schema), nodes, numbers)


def _added_up(nodes: Any) -> Any:
    """Return each identifier once, with all its rows."""
    total = nodes.group_by(["node", "lo", "kind"]).aggregate([("rows", "sum")])
    return total.rename_columns(["node", "lo", "kind", "rows"]).select(NODES.names)
