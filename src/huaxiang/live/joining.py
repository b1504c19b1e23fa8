"""Who is who, live: the identity steps of a build, over the people that a micro-batch may join, and nobody else.

Live evidence adds: it makes new people, and joins people. Where the rules would rather take somebody apart, or set an
identifier aside that somebody already has, nothing is joined on that evidence until the next build decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from huaxiang.engine.duckdb import Engine
from huaxiang.identify.compile import compile_identity
from huaxiang.identify.definition import IdentityDefinition
from huaxiang.live.counting import LATER_ROWS, REPEATED_ROWS, Counting, less
from huaxiang.live.known import LINKS, NOBODY, NODES, Around, Known
from huaxiang.model import LATER, REPEATED
from huaxiang.steps import needed, run_steps

NOTHING_LEFT_OUT = {LATER: LATER_ROWS.empty_table(), REPEATED: REPEATED_ROWS.empty_table()}
"""What counts has been told before people are joined."""
_BEFORE = pa.schema([("node", pa.int64()), ("subject", pa.int64())])
_ASKED = ("identifiers", "merges_new")
_SUBJECTS = pa.schema([("subject", pa.int64()), ("since", pa.int32())])


@dataclass(frozen=True)
class Merge:
    """A subject that became part of another, and the two identifiers whose link joined them."""

    gone: int
    into: int
    a: int
    b: int


@dataclass(frozen=True)
class Owned:
    """An identifier that is new, or another's or of another rank; `subject` is None while it is nobody's."""

    node: int
    lo: int
    kind: str
    rows: int
    subject: int | None
    state: str
    rank: int


@dataclass
class Joined:
    """What a batch's evidence did: identifiers that changed hands, merges, links that joined, and how many wait.

    `before` is whose each of the batch's identifiers was.
    """

    before: dict[int, int | None] = field(default_factory=dict)
    owned: list[Owned] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    links: Any = field(default_factory=LINKS.empty_table)
    held: int = 0


class Joiner:
    """Joins by one identity definition, with an engine of its own."""

    def __init__(self, definition: IdentityDefinition) -> None:
        self.definition = definition
        self.engine = Engine(threads=1)

    def join(self, counting: Counting, nodes: Any, links: Any, at: datetime) -> Joined:
        """Return what `nodes` (node, lo, kind, rows) and `links` (a, b, source, part, source_row, rows) change.

        `counting` tells which of them do not count.
        """
        known = counting.known
        subjects, states = known.whose(nodes["node"].to_numpy())
        mine = dict(zip(nodes["node"].to_pylist(), subjects, strict=True))
        nodes, links = self._counted(counting, nodes, links)
        aside = {node for node, state in states.items() if state == "set_aside"}
        news = {node for node in nodes["node"].to_pylist() if node not in states}
        # A weak identifier that is known already joins nobody: whom it follows is for the next build to say again.
        kinds = zip(nodes["node"].to_pylist(), nodes["kind"].to_pylist(), strict=True)
        closed = aside | {
            node for node, kind in kinds if node not in news and not self.definition.by_kind[kind].certain
        }
        wanted = _open(links, mine, closed)
        # Two that are known already may have been said by the same fact before.
        known_pairs = {(a, b) for a, b in _pairs(wanted) if a in states and b in states}
        if known_pairs:
            wanted = less(wanted, counting.said_before(known_pairs).items())
        if not news and not wanted.num_rows:
            return Joined(mine)
        found = self._settled(known, nodes, wanted, news, aside, at)
        found.before = mine
        return found

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()

    def _counted(self, counting: Counting, nodes: Any, links: Any) -> tuple[Any, Any]:
        """Return the nodes and links of a batch as a build would count them."""
        later, repeated = counting.later(), counting.repeated(self.engine)
        if not later.num_rows and not repeated.num_rows:
            return nodes, links
        with self.engine.shown(raw_nodes=nodes, raw_links=links, **{LATER: later, REPEATED: repeated}):
            steps = compile_identity(self.definition, build=0, at=counting.as_of, has_previous=False)
            run_steps(self.engine, needed(steps, ("identify_kinds", "identify_nodes", "identify_pairs")))
        sql = "SELECT node, lo, kind, rows FROM identify_nodes JOIN identify_kinds USING (code) ORDER BY node"
        columns = ", ".join(LINKS.names)
        pairs = self.engine.arrow(f"SELECT {columns} FROM identify_pairs ORDER BY a, b, part")
        return self.engine.arrow(sql).cast(NODES), pairs.cast(LINKS)

    def _settled(self, known: Known, nodes: Any, links: Any, news: set[int], aside: set[int], at: datetime) -> Joined:
        held = 0
        while links.num_rows:
            touched = news | {*links["a"].to_pylist(), *links["b"].to_pylist()}
            around = known.around(touched, aside)
            found = self._run(known, around, nodes, links, touched, at)
            apart = _taken_apart(around, found)
            if not apart:
                found.held = held
                return found
            # Evidence that would take somebody apart waits for the next build; the rest of the batch is not held up.
            clear = _clear_of(links, apart)
            stuck = clear.num_rows == links.num_rows
            held += links.num_rows if stuck else links.num_rows - clear.num_rows
            links = links.slice(0, 0) if stuck else clear
        alone = self._run(known, NOBODY, nodes, LINKS.empty_table(), news, at)
        alone.held = held
        return alone

    def _run(
        self, known: Known, around: Around, nodes: Any, links: Any, touched: set[int], at: datetime
    ) -> Joined:  # fmt: skip
        engine = self.engine
        new = nodes.filter(pa.array([node in touched for node in nodes["node"].to_pylist()], pa.bool_()))
        raw_nodes = pa.concat_tables([table.select(NODES.names).cast(NODES) for table in (around.nodes, new)])
        raw_links = pa.concat_tables([table.select(LINKS.names).cast(LINKS) for table in (around.links, links)])
        met = known.earlier(new["node"].to_pylist())
        more = pa.table([list(met), list(met.values())], schema=_BEFORE)
        before = pa.concat_tables([around.nodes.select(_BEFORE.names).cast(_BEFORE), more])
        known_since = {subject: known.since(subject) for subject in met.values()} | around.since
        # A new person would be numbered after an identifier: where that is somebody's number, it is taken.
        known_since |= known.taken(new["node"].to_numpy())
        since = pa.table([list(known_since), list(known_since.values())], schema=_SUBJECTS)
        raw = {"raw_nodes": raw_nodes, "raw_links": raw_links, **NOTHING_LEFT_OUT}
        with engine.shown(**raw, _before=before, previous_subjects=since):
            engine.run("CREATE OR REPLACE TEMP VIEW previous_identifiers AS SELECT * FROM _before WHERE subject > 0")
            steps = compile_identity(self.definition, build=known.next_build, at=at, has_previous=True)
            run_steps(engine, needed(steps, _ASKED))
        rows = engine.rows("SELECT node, lo, kind, rows, subject, state, rank FROM identifiers")
        was = dict(zip(around.nodes["node"].to_pylist(), _owned(around), strict=True))
        owned = [Owned(*row) for row in rows if was.get(row[0]) != (row[4], row[6])]
        merges = engine.rows("SELECT from_subject, into_subject, a, b FROM merges_new")
        return Joined({}, owned, [Merge(*row) for row in merges], links)


def _owned(around: Around) -> Iterable[tuple[int | None, int]]:
    return zip(around.nodes["subject"].to_pylist(), around.nodes["rank"].to_pylist(), strict=True)


def _whose(around: Around) -> dict[int, int | None]:
    return dict(zip(around.nodes["node"].to_pylist(), around.nodes["subject"].to_pylist(), strict=True))


def _open(links: Any, mine: dict[int, int | None], closed: set[int]) -> Any:
    """Return the links that may change who is who: their ends are not yet one person's, and neither is closed."""
    keep = [
        a not in closed and b not in closed and (mine[a] is None or mine[a] != mine[b])
        for a, b in zip(links["a"].to_pylist(), links["b"].to_pylist(), strict=True)
    ]
    return links.filter(pa.array(keep, pa.bool_()))


def _taken_apart(around: Around, found: Joined) -> set[int]:
    """Return the identifiers of everybody who would lose one other than by becoming part of another as a whole."""
    into = {merge.gone: merge.into for merge in found.merges}
    was, now = _whose(around), {each.node: each.subject for each in found.owned}
    apart = {was[node] for node in now if was.get(node) and into.get(was[node] or 0, was[node]) != now[node]}
    if not apart:
        return set()
    # Those of the others of that group too: the edge that does it may lie on their side.
    near = {now.get(node, subject) for node, subject in was.items() if subject in apart} - {None}
    theirs = {node for node, subject in was.items() if subject in apart or now.get(node, subject) in near}
    return theirs | {each.node for each in found.owned if each.subject in near}


def _pairs(links: Any) -> Iterable[tuple[int, int]]:
    return zip(links["a"].to_pylist(), links["b"].to_pylist(), strict=True)


def _clear_of(links: Any, nodes: set[int]) -> Any:
    keep = [
        a not in nodes and b not in nodes for a, b in zip(links["a"].to_pylist(), links["b"].to_pylist(), strict=True)
    ]
    return links.filter(pa.array(keep, pa.bool_()))
