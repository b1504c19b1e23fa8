"""Families: measures that share a pass over the facts.

One GROUP BY subject for each fact table and shared filter, over the largest window of its members; the other
conditions and the smaller windows are CASEs. What has no filter is split by the reach of its window. Distinct counts
of larger sets and modes take two levels: first per (subject, value), then per subject, so that all windows and filters
share the first. Where the facts of one order count as one, modes take a level before: per (subject, value, order).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from huaxiang.engine.duckdb import quoted
from huaxiang.sql.zones import local_date
from huaxiang.tag.measures import Form, Measure, in_one_pass, inner_of, item_of, literal, outer_of, two_level, when
from huaxiang.tag.shape import Shape


@dataclass(frozen=True)
class Family:
    """Measures of one pass: `filter` holds for all of them, `item` is the value of a two-level pass.

    With `per` each item counts once per value of that column.
    """

    table: str
    filter: str | None
    item: str | None
    measures: tuple[Measure, ...]
    per: str = ""

    @property
    def since(self) -> datetime | None:
        """Where the largest window begins; None when a member has none."""
        edges = [measure.since for measure in self.measures]
        return min(edge for edge in edges if edge) if all(edges) else None

    @property
    def title(self) -> str:
        """A name people can read: table, item, filter."""
        parts = [self.table, self.item or "", self.filter or ""]
        return "_".join(re.findall(r"\w+", " ".join(parts)))[:48].lower()


@dataclass(frozen=True)
class Moment:
    """as_of and the project's clock; `subject` when only one subject's values are wanted.

    `among` names a table of the subjects wanted; facts are then read from copies that hold theirs alone (Shape.table).
    """

    as_of: datetime
    zone: str
    subject: int | None = None
    among: str | None = None

    @property
    def whose(self) -> str:
        """The condition on whose facts count."""
        return "subject IS NOT NULL" if self.subject is None else f"subject = {int(self.subject)}"

    @property
    def subjects(self) -> str:
        """What answers are joined to."""
        if self.among is not None:
            return f"(SELECT subject FROM {quoted(self.among)} SEMI JOIN subjects USING (subject)) AS subjects"
        return "subjects" if self.subject is None else f"(SELECT {int(self.subject)} AS subject) AS subjects"

    @property
    def today(self) -> str:
        """The calendar date of as_of."""
        return local_date(self.as_of, self.zone).isoformat()


_REACHES = (130, 400)
"""Days: without a filter, windows of one order of magnitude share a pass; a pass over everything costs the most."""

_POPULAR = 3
"""A condition that is no equality (status not in …) and in so many measures is worth a pass of its own."""

Key = tuple[str, str | None, str | None, str, int]


def families(measures: Iterable[Measure], shapes: Mapping[str, Shape], moment: Moment) -> list[Family]:
    """Return the measures in families, in the order in which each family's first measure was asked for."""
    measures = list(measures)
    popular = Counter((measure.table, each) for measure in measures for each in measure.conditions)
    groups: dict[Key, list[Measure]] = {}
    for measure in measures:
        shared = _filter(measure, popular)
        item = item_of(measure) if two_level(measure, shapes[measure.table], moment.as_of) else None
        per = measure.per if measure.form is Form.MODE else ""
        reach = 0 if shared in measure.shareable else _reach(measure, moment)
        groups.setdefault((measure.table, shared, item, per, reach), []).append(measure)
    for key in list(groups):
        _merge(key, groups, moment)
    return [Family(table, shared, item, tuple(all_), per) for (table, shared, item, per, _), all_ in groups.items()]


def _filter(measure: Measure, popular: Mapping[tuple[str, str], int]) -> str | None:
    """Return the condition to share a pass by: an equality, or one that several measures have; the most popular."""
    fit = [
        each
        for each in sorted(measure.conditions)
        if each in measure.shareable or popular[measure.table, each] >= _POPULAR
    ]
    return max(fit, key=lambda each: popular[measure.table, each], default=None)


def _reach(measure: Measure, moment: Moment) -> int:
    if measure.since is None:
        return len(_REACHES)
    days = (moment.as_of - measure.since).days
    return sum(days > most for most in _REACHES)


def _merge(key: Key, groups: dict[Key, list[Measure]], moment: Moment) -> None:
    """Let a filtered family join one without a filter: when it is alone, or when that is by (subject, item) anyway."""
    table, shared, item, per, _ = key
    members = groups[key]
    if shared is None or (item is None and len(members) > 1):
        return
    farthest = max(_reach(measure, moment) for measure in members)
    for reach in range(farthest, len(_REACHES) + 1) if item else (farthest,):
        if (table, None, item, per, reach) in groups:
            groups[table, None, item, per, reach] += groups.pop(key)
            return


def query(family: Family, names: Mapping[Measure, str], shape: Shape, moment: Moment) -> str:
    """Return the family's SELECT: subject and a column per measure."""
    if family.item is None:
        today = moment.today
        columns = [
            f"{in_one_pass(measure, [*_rest(measure, family), *_window(measure, family)], shape, moment.as_of, today)}"
            f" AS {quoted(names[measure])}"
            for measure in family.measures
        ]
        where = _where(family, shape, moment)
        return _select(["subject", *columns], quoted(shape.table), where, "subject")
    return _two_levels(family, names, shape, moment)


def _two_levels(family: Family, names: Mapping[Measure, str], shape: Shape, moment: Moment) -> str:
    inner: dict[str, str] = {}
    once: dict[str, str] = {}
    outer = []
    for measure in family.measures:
        rest, window = _rest(measure, family), _window(measure, family)
        if family.per:
            flag = once.setdefault(f"max({when([*rest, *window], '1')})", f"g:{len(once) + 1}")
            found = f"count({quoted(flag)})"
        else:
            found = inner_of(measure, rest, window, shape)
        column = quoted(inner.setdefault(found, f"n:{len(inner) + 1}"))
        outer.append(f"{outer_of(measure, column, rest, window, shape)} AS {quoted(names[measure])}")
    where = [*_where(family, shape, moment), f"{family.item} IS NOT NULL"]
    source, item = quoted(shape.table), family.item
    if family.per:
        columns = ["subject", f"{item} AS item", *_named(once)]
        source, item, where = f"({_select(columns, source, where, f'subject, {item}, {family.per}')})", "item", []
    columns = ["subject", f"{item} AS item", *_named(inner)]
    grain = _select(columns, source, where, f"subject, {item}")
    return _select(["subject", *outer], f"({grain})", [], "subject")


def _named(columns: Mapping[str, str]) -> list[str]:
    return [f"{sql} AS {quoted(name)}" for sql, name in columns.items()]


def _rest(measure: Measure, family: Family) -> list[str]:
    """The conditions the pass does not meet by itself. A window that ends before as_of is one of them: unlike one that
    only begins, it cannot be told from a value's latest moment."""
    rest = [condition for condition in measure.conditions if condition != family.filter]
    if measure.until is None:
        return rest
    begins = [] if measure.since in (None, family.since) else [f"occurred_at >= {literal(measure.since)}"]
    return [*rest, *begins, f"occurred_at < {literal(measure.until)}"]


def _window(measure: Measure, family: Family) -> list[str]:
    if measure.until is not None or measure.since is None or measure.since == family.since:
        return []
    return [f"occurred_at >= {literal(measure.since)}"]


def _where(family: Family, shape: Shape, moment: Moment) -> list[str]:
    return [
        moment.whose,
        *([family.filter] if family.filter else []),
        *([f"occurred_at >= {literal(family.since)}"] if family.since else []),
        *not_later(shape, moment),
    ]


def not_later(shape: Shape, moment: Moment) -> list[str]:
    """Return the condition that leaves out facts later than as_of; none when there are no such facts."""
    if not shape.late:
        return []
    bound = f"occurred_at <= {literal(moment.as_of)}"
    return [f"({bound} OR occurred_at IS NULL)" if shape.timeless else bound]


def _select(columns: Sequence[str], source: str, where: Sequence[str], group: str) -> str:
    condition = f"\nWHERE {' AND '.join(where)}" if where else ""
    return "SELECT " + ",\n  ".join(columns) + f"\nFROM {source}{condition}\nGROUP BY {group}"
