"""What makes up one person: its identifiers, the links between them, what was not trusted, and its merges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.errors import NotFound
from huaxiang.words import Words


@dataclass(frozen=True)
class Identifier:
    """One identifier of a person, and in how many rows it was seen."""

    node: int
    kind: str
    rows: int


@dataclass(frozen=True)
class Link:
    """Two identifiers that were seen together; `state` is joined, refused, set_aside or weak.

    `whose` says, where it was refused, whose a row with both is unless a third one says: "mine", "others", "nobodys".
    """

    a: int
    b: int
    source: str
    part: int
    source_row: int
    rows: int
    state: str
    whose: str


@dataclass(frozen=True)
class Untrusted:
    """An identifier that was seen with the person's but set aside: why, and with how many people it was seen."""

    node: int
    kind: str
    reason: str
    people: int
    rows: int


@dataclass(frozen=True)
class Merge:
    """A subject that became part of another: the link that witnesses it, the build, the time, the reason."""

    from_subject: int
    into_subject: int
    a: int | None
    b: int | None
    source: str | None
    part: int | None
    source_row: int | None
    build: int
    at: datetime
    reason: str


@dataclass(frozen=True)
class IdentityExplained:
    """Everything that says why a person is one; `others` are others' identifiers, the link to which was refused."""

    subject: int
    since: int
    identifiers: tuple[Identifier, ...]
    others: tuple[Identifier, ...]
    links: tuple[Link, ...]
    set_aside: tuple[Untrusted, ...]
    merges: tuple[Merge, ...]


def explain_identity(engine: Engine, subject: int, *, merges: str = "merges_new") -> IdentityExplained:
    """Explain one subject. `merges` is the table to look for merges in: of the last build, or of all.

    Raises NotFound when there is no such subject.
    """
    since = engine.one("SELECT since FROM subjects WHERE subject = ?", [subject])
    if since is None:
        raise NotFound(Words(f"there is no customer {subject}", f"没有编号为 {subject} 的客户"))
    return IdentityExplained(
        subject,
        since,
        tuple(Identifier(*row) for row in engine.rows(_IDENTIFIERS, [subject])),
        tuple(Identifier(*row) for row in engine.rows(_OTHERS, [subject])),
        tuple(Link(*row) for row in engine.rows(_LINKS, [subject])),
        tuple(Untrusted(*row) for row in engine.rows(_UNTRUSTED, [subject])),
        tuple(Merge(*row) for row in engine.rows(_MERGES.format(merges=quoted(merges)), [subject])),
    )


_IDENTIFIERS = """
SELECT node, kind, rows FROM identifiers WHERE subject = $1 AND state = 'joined' ORDER BY rows DESC, node
"""

# A refused link stands with one of its two persons only, so links are found by their ends.
_LINKS = """
WITH mine AS (
  SELECT node, rank FROM identifiers WHERE subject = $1
), ranked AS (
  SELECT links.*, x.node IS NOT NULL AS mine_a, coalesce(x.rank, p.rank) AS rank_a, coalesce(y.rank, q.rank) AS rank_b
  FROM links
  LEFT JOIN mine AS x ON x.node = a LEFT JOIN mine AS y ON y.node = b
  LEFT JOIN identifiers AS p ON x.node IS NULL AND y.node IS NOT NULL AND p.node = a
  LEFT JOIN identifiers AS q ON y.node IS NULL AND x.node IS NOT NULL AND q.node = b
  WHERE a IN (SELECT node FROM mine) OR b IN (SELECT node FROM mine)
)
SELECT a, b, source, part, source_row, rows, state, CASE
    WHEN state <> 'refused' THEN ''
    WHEN rank_a = rank_b THEN 'nobodys'
    WHEN (rank_a < rank_b) = mine_a THEN 'mine'
    ELSE 'others'
  END AS whose
FROM ranked
ORDER BY state, rows DESC, a, b, source, part
"""

_OTHERS = """
WITH mine AS (
  SELECT node FROM identifiers WHERE subject = $1
), others AS (
  SELECT a AS node FROM links WHERE state = 'refused' AND b IN (FROM mine)
  UNION
  SELECT b FROM links WHERE state = 'refused' AND a IN (FROM mine)
)
SELECT node, kind, rows FROM identifiers JOIN others USING (node) WHERE node NOT IN (FROM mine)
ORDER BY rows DESC, node
"""

_UNTRUSTED = """
WITH mine AS (
  SELECT node FROM identifiers WHERE subject = $1
), others AS (
  SELECT a AS node FROM links WHERE state = 'set_aside' AND b IN (FROM mine)
  UNION
  SELECT b FROM links WHERE state = 'set_aside' AND a IN (FROM mine)
)
SELECT node, kind, reason, people, rows
FROM set_aside JOIN others USING (node)
ORDER BY people DESC, node
"""

_MERGES = """
SELECT from_subject, into_subject, a, b, source, part, source_row, build, "at", reason
FROM {merges}
WHERE into_subject = $1 OR from_subject = $1
ORDER BY build, from_subject
"""
