"""The steps of a preference: weights per (subject, item), then the weightiest items per subject."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from huaxiang.engine.duckdb import quoted
from huaxiang.sql.check import Expression
from huaxiang.tag.families import Moment, not_later
from huaxiang.tag.kinds.base import Preference
from huaxiang.tag.measures import literal
from huaxiang.tag.shape import Shape

_DAY_US = 86_400_000_000
_EXACT = "CAST({} AS DECIMAL(38, 9))"


@dataclass(frozen=True)
class Liked:
    """A preference to plan: for which tag, and the table its answer is in."""

    tag: str
    table: str
    wanted: Preference

    @property
    def column(self) -> str:
        """The column of the list of items."""
        return f"items:{self.tag}"


Sql = Callable[[Expression], str]


def weights_query(liked: Liked, shape: Shape, moment: Moment, conditions: tuple[str, ...], sql: Sql) -> str:
    """Return SELECT subject, item, weight of the positive weights."""
    wanted, item = liked.wanted, sql(liked.wanted.item)
    where = [moment.whose, f"{item} IS NOT NULL", *conditions, *not_later(shape, moment)]
    if wanted.selection.window:
        where.append(f"occurred_at >= {literal(wanted.selection.window.before(moment.as_of, moment.zone))}")
    if wanted.by:
        where.append(f"{sql(wanted.by)} IN ({', '.join(_text(name) for name, _ in wanted.actions)})")
    total = f"CAST(sum({_EXACT.format(_weight(wanted, moment, sql))}) AS DOUBLE)"
    least = "" if wanted.distinctive or not wanted.min_weight else f" AND weight >= {wanted.min_weight!r}"
    grouped = (
        f"SELECT subject, {item} AS item, {total} AS weight\nFROM {quoted(shape.table)}\n"
        f"WHERE {' AND '.join(where)}\nGROUP BY subject, {item}"
    )
    return f"SELECT subject, CAST(item AS VARCHAR) AS item, weight FROM ({grouped})\nWHERE weight > 0{least}"


def _weight(wanted: Preference, moment: Moment, sql: Sql) -> str:
    factors = [f"({sql(wanted.weight)})"] if wanted.weight else []
    if wanted.by:
        whens = " ".join(f"WHEN {_text(name)} THEN {weight!r}" for name, weight in wanted.actions)
        factors.append(f"CASE {sql(wanted.by)} {whens} END")
    if wanted.half_life:
        age = f"epoch_us({literal(moment.as_of)}) - epoch_us(occurred_at)"
        factors.append(f"pow(2e0, ({age}) / {-wanted.half_life.days * _DAY_US!r})")
    return " * ".join(factors) if factors else "1"


def distinctive_query(source: str, subjects: str, least: float) -> str:
    """Return the weights × the item's share within the subject × ln((1 + U) / (1 + U_item))."""
    share = f"weight / CAST(sum({_EXACT.format('weight')}) OVER (PARTITION BY subject) AS DOUBLE)"
    rarity = f"ln((1e0 + (SELECT count(*) FROM {subjects})) / (1e0 + count(*) OVER (PARTITION BY item)))"
    inner = f"SELECT subject, item, weight * ({share}) * {rarity} AS weight FROM {source}"
    return f"SELECT * FROM ({inner}) WHERE weight > 0 AND weight >= {least!r}"


def best_query(liked: Liked, source: str) -> str:
    """Return subject, the weightiest items with their weights, and the items alone; equal weights by item."""
    best = f"min(struct_pack(w := -weight, i := item), {liked.wanted.top})"
    grouped = f"SELECT subject, {best} AS best FROM {source} GROUP BY subject"
    return (
        f"SELECT subject, best, list_transform(best, lambda each: each.i) AS {quoted(liked.column)}\nFROM ({grouped})"
    )


def _text(value: str) -> str:
    return exp.Literal.string(value).sql(dialect="duckdb")
