"""What is known of people at a moment: the base with the live store over it, asked by identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from huaxiang.identify.subjects import POSITIVE
from huaxiang.serving.base import Base
from huaxiang.serving.store import LiveStore

Numbers = npt.NDArray[np.int64]
NODES = pa.schema([("node", pa.int64()), ("lo", pa.int64()), ("kind", pa.string()), ("rows", pa.int64())])
_LINK_COLUMNS = ("a", "b", "source", "part", "source_row", "rows")
_SCHEMA = pa.schema([*NODES, ("subject", pa.int64()), ("state", pa.string()), ("rank", pa.int64())])
LINKS = pa.schema([
    ("a", pa.int64()), ("b", pa.int64()), ("source", pa.string()), ("part", pa.int32()), ("source_row", pa.int64()),
    ("rows", pa.int64()),
])  # fmt: skip


@dataclass(frozen=True)
class Around:
    """The people around some identifiers: all their identifiers, the links between these, since when they are known."""

    nodes: Any
    links: Any
    since: dict[int, int]


NOBODY = Around(_SCHEMA.empty_table(), LINKS.empty_table(), {})


class Known:
    """Who is who before a batch."""

    def __init__(self, base: Base, store: LiveStore) -> None:
        self.base, self.store = base, store
        self.again = False
        """Whether events are being taken in again, after those who met them first."""

    @property
    def next_build(self) -> int:
        """The build that will be the first to know who is new now."""
        return self.base.build + 1

    def whose(self, nodes: Numbers) -> tuple[list[int | None], dict[int, str]]:
        """Return whose each identifier is, in their order, and the states of those that are known."""
        there, whose = self.base.owners(nodes)
        found: dict[int, int | None] = {
            node: subject or None for node, subject in zip(nodes.tolist(), whose.tolist(), strict=True)
        }
        states = dict.fromkeys(nodes[there & (whose != 0)].tolist(), "joined")
        # Only of the few that are nobody's is it asked why.
        nobodys = self.base.identifiers(nodes[there & (whose == 0)])
        states |= dict(zip(nobodys["node"].to_pylist(), nobodys["state"].to_pylist(), strict=True))
        for row in self.store.nodes(nodes.tolist()):
            found[row["node"]], states[row["node"]] = row["subject"], row["state"]
        return [found.get(node) for node in nodes.tolist()], states

    def ranks(self, nodes: Numbers) -> dict[int, int]:
        """Return the ranks of those of `nodes` that are known."""
        known = self._identifiers(np.unique(nodes))
        return dict(zip(known["node"].to_pylist(), known["rank"].to_pylist(), strict=True))

    def linked(self, a: int, b: int) -> bool:
        """Tell whether two identifiers are known to have been seen together."""
        links = self._links(np.array([a], np.int64))
        return b in links["b"].to_pylist() or b in links["a"].to_pylist()

    def origins(self, subjects: Iterable[int]) -> set[int]:
        """Return some subjects with everybody who became part of them since the base."""
        return {each for subject in subjects for each in (subject, *self.store.absorbed(subject))}

    def earlier(self, nodes: Sequence[int]) -> dict[int, int]:
        """Return which subjects identifiers were given when they were met, before the store was put on this base."""
        if not self.again:
            return {}
        listed = msgspec.json.encode(list(nodes)).decode()
        sql = "SELECT node, born FROM nodes_before WHERE born IS NOT NULL AND node IN (SELECT value FROM json_each(?))"
        return dict(self.store.db.execute(sql, (listed,)))

    def taken(self, nodes: Numbers) -> dict[int, int]:
        """Return the subjects, known or merged away, that have the number a new person of `nodes` would be given."""
        numbers = np.unique(nodes & POSITIVE)
        found = self.base.known_since(numbers) | dict.fromkeys(self.base.gone(numbers), self.next_build)
        listed = msgspec.json.encode(numbers.tolist()).decode()
        among = "IN (SELECT value FROM json_each(?1))"
        sql = f"SELECT subject FROM profiles WHERE subject {among} UNION SELECT from_subject FROM merged"
        rows = self.store.db.execute(f"{sql} WHERE from_subject {among}", (listed,)).fetchall()
        return dict.fromkeys([row[0] for row in rows], self.next_build) | found

    def around(self, nodes: Iterable[int], aside: set[int]) -> Around:
        """Return everybody whom evidence on `nodes` could concern: their people, and those linked to them."""
        inner = self._people(np.fromiter(nodes, np.int64))
        links = self._links(inner["node"].to_numpy())
        ends = np.unique(np.concatenate([links["a"].to_numpy(), links["b"].to_numpy()]))
        missing = np.setdiff1d(ends, inner["node"].to_numpy())
        people = inner if not len(missing) else self._people(np.concatenate([inner["node"].to_numpy(), missing]))
        within = people["node"].to_numpy()
        links = links if not len(missing) else self._links(within)
        gone = set(aside) | {
            node for node, state in zip(people["node"].to_pylist(), people["state"].to_pylist(), strict=True)
            if state == "set_aside"
        }  # fmt: skip
        keep = np.isin(links["a"].to_numpy(), within) & np.isin(links["b"].to_numpy(), within)
        if gone:
            aside_nodes = np.fromiter(gone, np.int64)
            keep &= ~np.isin(links["a"].to_numpy(), aside_nodes) & ~np.isin(links["b"].to_numpy(), aside_nodes)
            people = people.filter(pa.array(~np.isin(within, aside_nodes)))
        subjects = {subject for subject in people["subject"].to_pylist() if subject}
        return Around(people, links.filter(pa.array(keep)), {subject: self.since(subject) for subject in subjects})

    def since(self, subject: int) -> int:
        """Return the build that a subject is known from."""
        return self.base.since(subject) or self.next_build

    def _people(self, nodes: Numbers) -> Any:
        """Return the known ones of `nodes`, with every identifier of the people they belong to."""
        known = self._identifiers(np.unique(nodes))
        subjects = {subject for subject in known["subject"].to_pylist() if subject}
        if not subjects:
            return known
        # Of an empty list numpy would make floats, and these numbers are too long for one.
        live = np.array(self.store.nodes_of(subjects), np.int64)
        theirs = [self.base.nodes_of(list(subjects)), live, known["node"].to_numpy()]
        return self._identifiers(np.unique(np.concatenate(theirs)))

    def _identifiers(self, nodes: Numbers) -> Any:
        live = self.store.nodes(nodes.tolist())
        over = {row["node"] for row in live}
        base = self.base.identifiers(nodes).select(_SCHEMA.names)
        if over:
            base = base.filter(pa.array([node not in over for node in base["node"].to_pylist()], pa.bool_()))
        more = pa.Table.from_pylist([{name: row[name] for name in _SCHEMA.names} for row in live], _SCHEMA)
        return pa.concat_tables([base.cast(_SCHEMA), more])

    def _links(self, nodes: Numbers) -> Any:
        base = self.base.links_of(nodes).select(_LINK_COLUMNS).cast(LINKS)
        listed = msgspec.json.encode(nodes.tolist()).decode()
        columns, among = ", ".join(_LINK_COLUMNS), "IN (SELECT value FROM json_each(?1))"
        sql = f"SELECT {columns} FROM links WHERE a {among} UNION SELECT {columns} FROM links WHERE b {among}"
        return pa.concat_tables([base, pa.Table.from_pylist(self.store.dicts(sql, (listed,)), LINKS)])
