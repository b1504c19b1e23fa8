"""Small worlds of identifiers: put into a warehouse, identified, and read back as plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

from huaxiang.engine.duckdb import Engine
from huaxiang.identify.compile import compile_identity
from huaxiang.identify.definition import IdentifierKind, IdentityDefinition, Trust
from huaxiang.model import LATER, REPEATED
from huaxiang.steps import run_steps
from huaxiang.words import Words

AT = datetime(2026, 11, 5, 8, 30, tzinfo=UTC)


def kind(code: str, trust: str, per_person: int, shared_by: int = 3) -> IdentifierKind:
    return IdentifierKind(code, Words(code, code), Trust(trust), per_person, shared_by)


SHOP = IdentityDefinition(
    (
        kind("id_card", "certain", 1),
        kind("card", "certain", 1),
        kind("phone", "certain", 2),
        kind("openid", "certain", 3, shared_by=2),
        kind("device", "weak", 2),
    )
)


@dataclass(frozen=True)
class Seen:
    """Two identifiers seen together in some rows."""

    a: int
    b: int
    rows: int = 1
    source: str = "pos"
    part: int = 0
    source_row: int = 1


@dataclass
class World:
    """Identifiers (number → kind) and what was seen together."""

    kinds: dict[int, str] = field(default_factory=dict)
    links: list[Seen] = field(default_factory=list)
    later: list[tuple[int, ...]] = field(default_factory=list)
    """Rows that do not count yet, each by its identifiers, the strongest first."""
    repeated: list[tuple[int, int]] = field(default_factory=list)
    """Links that a row said which another of the same fact had said."""
    alone_later: set[int] = field(default_factory=set)
    """Identifiers that stand in no other rows than such."""

    def see_later(self, *row: tuple[str, int]) -> None:
        """Note a row whose time has not come, by its identifiers."""
        for code, number in row:
            if number not in self.kinds:
                self.alone_later.add(number)
            assert self.kinds.setdefault(number, code) == code
        self.later.append(tuple(number for _, number in row))
        self.links += [Seen(row[0][1], number) for _, number in row[1:]]

    def see(self, a: tuple[str, int], b: tuple[str, int] | None = None, rows: int = 1, **where: object) -> None:
        """Note that two identifiers (kind, number) were seen together, or one alone."""
        for code, number in (a, b) if b else (a,):
            self.alone_later.discard(number)
            assert self.kinds.setdefault(number, code) == code
        if b:
            self.links.append(Seen(a[1], b[1], rows, **where))  # type: ignore[arg-type]

    def nodes(self) -> list[tuple[int, int, str, int]]:
        rows = Counter(node for row in self.later for node in row)
        return [
            (node, node * 31 % 1009, code, rows[node] + (node not in self.alone_later))
            for node, code in self.kinds.items()
        ]


def load(
    engine: Engine,
    nodes: Sequence[tuple[int, int, str, int]],
    links: Iterable[Seen],
    later: Sequence[tuple[int, ...]] = (),
    repeated: Sequence[tuple[int, int]] = (),
) -> None:
    """Write raw_nodes and raw_links, rows that lie after the moment (by their identifiers), and links said again."""
    links = list(links)
    columns = {name: pa.array([row[i] for row in nodes], kind) for i, (name, kind) in enumerate(_NODE)}
    pairs = {name: pa.array([getattr(link, name) for link in links], kind) for name, kind in _LINK}
    with engine.shown(given_nodes=pa.table(columns), given_links=pa.table(pairs)):
        engine.run("CREATE OR REPLACE TABLE raw_nodes AS FROM given_nodes")
        engine.run("CREATE OR REPLACE TABLE raw_links AS FROM given_links")
    place = "0::INTEGER AS part, row_number() OVER ()::BIGINT AS source_row, {}::INTEGER AS item"
    rows = pa.table({"nodes": pa.array([list(row) for row in later], pa.list_(pa.int64()))})
    ends = {"a": [a for a, _ in repeated], "b": [b for _, b in repeated]}
    pairs = pa.table({name: pa.array(column, pa.int64()) for name, column in ends.items()})
    with engine.shown(given_later=rows, given_repeated=pairs):
        engine.run(f"CREATE OR REPLACE TABLE {LATER} AS SELECT {place.format(0)}, nodes FROM given_later")
        engine.run(f"CREATE OR REPLACE TABLE {REPEATED} AS SELECT {place.format(1)}, a, b FROM given_repeated")


_NODE = (("node", pa.int64()), ("lo", pa.int64()), ("kind", pa.string()), ("rows", pa.int64()))
_LINK = (
    ("a", pa.int64()),
    ("b", pa.int64()),
    ("source", pa.string()),
    ("part", pa.int32()),
    ("source_row", pa.int64()),
    ("rows", pa.int64()),
)


def identify(
    engine: Engine, world: World, definition: IdentityDefinition = SHOP, build: int = 1
) -> dict[int, int | None]:
    """Identify a world, from the last build on when `build` > 1; return node → subject."""
    load(engine, world.nodes(), world.links, world.later, world.repeated)
    if build > 1:
        engine.run("CREATE OR REPLACE TABLE previous_identifiers AS SELECT node, subject FROM identifiers")
        engine.run("CREATE OR REPLACE TABLE previous_subjects AS SELECT subject, since FROM subjects")
    run(engine, definition, build)
    return subjects(engine)


def run(engine: Engine, definition: IdentityDefinition = SHOP, build: int = 1) -> None:
    """Run the steps on what is loaded."""
    run_steps(engine, compile_identity(definition, build=build, at=AT, has_previous=build > 1))


def subjects(engine: Engine) -> dict[int, int | None]:
    """Return node → subject as it is in the warehouse."""
    return dict(engine.rows("SELECT node, subject FROM identifiers"))


def states(engine: Engine) -> dict[int, str]:
    """Return node → state."""
    return dict(engine.rows("SELECT node, state FROM identifiers"))


def partition(of: dict[int, int | None]) -> set[frozenset[int]]:
    """Return who is with whom, whatever their ids."""
    groups: dict[int, set[int]] = {}
    for node, subject in of.items():
        if subject is not None:
            groups.setdefault(subject, set()).add(node)
    return {frozenset(group) for group in groups.values()}
