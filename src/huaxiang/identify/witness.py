"""The step that records merges, each with the link that witnesses it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Self

import numpy as np
import pyarrow as pa

from huaxiang.engine.duckdb import Engine
from huaxiang.identify.arrays import Numbers, first_of_each, places_of
from huaxiang.identify.changes import NO_CHANGES, moment

NO_LINK = -1

_LINKS = """
WITH before AS (
  SELECT node, subject FROM previous_identifiers WHERE subject IS NOT NULL
)
SELECT links.a, links.b, links.source, links.part, links.source_row, links.subject,
  coalesce(of_a.subject, 0) AS before_a, coalesce(of_b.subject, 0) AS before_b
FROM links LEFT JOIN before AS of_a ON of_a.node = links.a LEFT JOIN before AS of_b ON of_b.node = links.b
WHERE links.state = 'joined' AND links.subject IN (SELECT into_subject FROM identify_merged)
ORDER BY links.rows DESC, links.a, links.b, links.source, links.part
"""

_RECORD = """
INSERT INTO merges_new
SELECT from_subject, into_subject, a, b, source, part, source_row, {build}::INTEGER, {at}, 'link'
FROM identify_arrow
ORDER BY from_subject
"""


def write_merges(engine: Engine, *, build: int, at: datetime) -> None:
    """Write `merges_new`: every subject of the last build that is now part of another, and the link that joined it."""
    engine.run(NO_CHANGES.format(table="merges_new"), step="merges_new")
    merged = engine.arrow("SELECT from_subject, into_subject FROM identify_merged ORDER BY from_subject")
    if not merged.num_rows:
        return
    links = engine.arrow(_LINKS, step="merges_new")
    witness = witnesses(Joined.of(links), merged["from_subject"].to_numpy())
    found = links.select(["a", "b", "source", "part", "source_row"]).take(pa.array(witness, mask=witness == NO_LINK))
    for name in ("from_subject", "into_subject"):
        found = found.append_column(name, merged[name])
    with engine.shown(identify_arrow=found):
        engine.run(_RECORD.format(build=int(build), at=moment(at)), step="merges_new")


@dataclass(frozen=True)
class Joined:
    """Joined links, the strongest first: their ends, their subject, and whose the ends were before (0 = nobody's)."""

    a: Numbers
    b: Numbers
    subject: Numbers
    before_a: Numbers
    before_b: Numbers

    @classmethod
    def of(cls, table: pa.Table) -> Self:
        """Take the columns of these names from an Arrow table."""
        return cls(*(table[each.name].to_numpy() for each in fields(cls)))


def witnesses(links: Joined, merged: Numbers) -> Numbers:
    """Return for each merged subject (sorted) the row of the link by which it hangs on, or NO_LINK.

    Walks outward from the nodes that each surviving subject had before: the first link
    that reaches a node of a merged subject is its witness, so a direct link wins over a way through new identifiers,
    and a strong one over a weak one.
    """
    _, first, ends = np.unique(np.concatenate([links.a, links.b]), return_index=True, return_inverse=True)
    start, end = ends[: len(links.a)], ends[len(links.a) :]
    before = np.concatenate([links.before_a, links.before_b])[first]
    reached = before == np.concatenate([links.subject, links.subject])[first]
    witness = np.full(len(merged), NO_LINK, np.int64)
    waiting = np.arange(len(links.a))
    while len(waiting):
        waiting = waiting[~(reached[start[waiting]] & reached[end[waiting]])]
        edge = waiting[reached[start[waiting]] | reached[end[waiting]]]
        if not len(edge):
            break
        node = np.where(reached[start[edge]], end[edge], start[edge])
        _note(witness, merged, before[node], edge)
        reached[node] = True
    return witness


def _note(witness: Numbers, merged: Numbers, before: Numbers, edge: Numbers) -> None:
    # `edge` is still in order of strength: of those that reach one merged subject, the first is the strongest.
    place, there = places_of(before, merged)
    there &= witness[place] == NO_LINK
    rows = first_of_each(before, there)
    witness[place[rows]] = edge[rows]
