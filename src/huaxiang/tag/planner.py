"""The planner: what a kind asks for (measures, preferences, thresholds) is noted once and answered with a column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlglot import exp

from huaxiang.engine.duckdb import Engine, quoted, quoted_text
from huaxiang.model import VOID_STATUSES, Type
from huaxiang.sql.check import Expression
from huaxiang.sql.functions import FUNCTIONS
from huaxiang.sql.render import Bindings, Build, render
from huaxiang.tag.families import Moment
from huaxiang.tag.kinds.base import Preference, Selection
from huaxiang.tag.kinds.population import AVERAGE, GAP, QUANTILE
from huaxiang.tag.measures import Form, Measure, literal
from huaxiang.tag.preferences import Liked
from huaxiang.tag.shape import Shape, shape_of

_FORMS = {
    "sum": Form.SUM,
    "min": Form.MIN,
    "max": Form.MAX,
    "first": Form.FIRST,
    "last": Form.LAST,
    "mode": Form.MODE,
    "count_distinct": Form.DISTINCT,
}
_AS_TAG = "CAST({} AS DECIMAL(38, 9))"
"""How numbers of tags are averaged: exactly, so that the order of rows does not matter."""


@dataclass(frozen=True)
class Threshold:
    """A value that comes from everybody. `sql` is computed over the layer below; `name` is its column.

    `alone`: it reads the repurchase gaps and not the layer below.
    """

    name: str
    sql: str
    alone: bool = False


@dataclass(frozen=True)
class Shown:
    """A threshold as people see it: for which tag, called what; `sql` reads a thresholds table."""

    tag: str
    name: str
    sql: str
    layer: int
    by: bool = False


@dataclass
class Planning:
    """Everything asked for so far, by all tags. Implements kinds.base.Planner."""

    engine: Engine
    as_of: datetime
    zone: str
    tag: str = ""
    layer: int = 0
    prefix: str = "tag"
    subject: int | None = None
    shapes: dict[str, Shape] = field(default_factory=dict)
    measures: dict[Measure, str] = field(default_factory=dict)
    liked: list[Liked] = field(default_factory=list)
    thresholds: dict[int, dict[str, Threshold]] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    wants_gaps: bool = False

    @property
    def moment(self) -> Moment:
        """as_of and the project's clock."""
        return Moment(self.as_of, self.zone, self.subject)

    def begin(self, tag: str, layer: int) -> None:
        """Say for which tag, in which layer, the next things are asked."""
        self.tag, self.layer = tag, layer

    def shape(self, table: str) -> Shape:
        """Return the shape of a fact table, asked of the engine once."""
        if table not in self.shapes:
            self.shapes[table] = shape_of(self.engine, table)
        return self.shapes[table]

    # What kinds ask for

    def tags(
        self,
        expression: Expression,
        *,
        columns: Mapping[str, str] | None = None,
        functions: Mapping[str, Build] | None = None,
    ) -> exp.Expression:
        """Return an expression over other tags. `columns` says what names are called here, if not by themselves."""
        known: dict[str, Build] = {AVERAGE: self._average, QUANTILE: self._quantile, GAP: self._gap}
        names = {name: _column((columns or {}).get(name, name)) for name in expression.names}
        return render(expression.tree, Bindings(names, self.as_of, self.zone, known | dict(functions or {})))

    def statistic(self, expression: Expression, selection: Selection) -> exp.Expression:
        """Return an aggregate expression; each aggregate in it is a measure."""
        aggregates = [name for name, function in FUNCTIONS.items() if function.aggregate]
        types = {
            render(tree, self.over_facts(expression)).sql(dialect="duckdb"): type_
            for tree, type_ in expression.aggregated
        }
        functions: dict[str, Build] = {
            name: partial(self._aggregate, name, selection, types) for name in (*aggregates, "count_distinct")
        }
        return render(expression.tree, self.over_facts(expression, functions))

    def chosen(self, expression: Expression, selection: Selection, sources: Sequence[str]) -> exp.Expression:
        """Return the latest known value by priority of source."""
        tree = render(expression.tree, self.over_facts(expression))
        return self._measured(Form.LAST, tree, expression.type, selection, tuple(sources))

    def preference(self, wanted: Preference) -> exp.Expression:
        """Return the items of a preference; its steps are planned apart."""
        liked = Liked(self.tag, f"{self.prefix}_liked_{self.tag}", wanted)
        self.liked.append(liked)
        return _column(liked.column)

    def quantiles(self, of: Expression, scores: int) -> list[exp.Expression]:
        """Return the cuts between groups of equal size, the smallest first."""
        shares = [place / scores for place in range(1, scores)]
        value = self.tags(of).sql(dialect="duckdb")
        # In full: 2/3 written as 0.666667 would fall past the edge of its group.
        listed = ", ".join(repr(share) for share in shares)
        name = self._threshold(f"quantile_disc(CAST({value} AS DOUBLE), [{listed}])")
        for place, share in enumerate(shares, 1):
            self._show(f"q{share:g}", f"list_extract({quoted(name)}, {place})")
        return [
            exp.Anonymous(this="list_extract", expressions=[_column(name), exp.Literal.number(place)])
            for place in range(1, scores)
        ]

    # Facts

    def over_facts(
        self,
        expression: Expression,
        functions: Mapping[str, Build] | None = None,
    ) -> Bindings:
        """Return the bindings of an expression over a fact table's columns."""
        columns = {name: _column(name) for name in expression.names}
        return Bindings(columns, self.as_of, self.zone, functions or {})

    def fact_sql(self, expression: Expression) -> str:
        """Return a scalar expression over facts as SQL."""
        return render(expression.tree, self.over_facts(expression)).sql(dialect="duckdb")

    def conditions(self, selection: Selection) -> tuple[tuple[str, ...], frozenset[str]]:
        """Return the parts of a condition that must all hold, and those among them that families may share."""
        if selection.where is None:
            return (), frozenset()
        parts = [render(part, self.over_facts(selection.where)) for part in _parts(selection.where.tree)]
        texts = {part.sql(dialect="duckdb"): part for part in parts}
        shareable = frozenset(text for text, part in texts.items() if _is_shareable(part))
        whole = {text: text if text in shareable else f"({text})" for text in texts}
        return tuple(sorted(whole.values())), shareable

    def edge(self, selection: Selection) -> datetime | None:
        """Return where the window begins."""
        return selection.window.before(self.as_of, self.zone) if selection.window else None

    def _aggregate(
        self, name: str, selection: Selection, types: Mapping[str, Type], arguments: list[exp.Expression]
    ) -> exp.Expression:
        if not arguments:
            return self._measured(Form.ROWS, None, Type.INTEGER, selection)
        argument = arguments[0]
        type_ = types.get(argument.sql(dialect="duckdb"), Type.NULL)
        if name == "count":
            return self._measured(Form.KNOWN, argument, type_, selection)
        if name == "avg":
            total = exp.cast(self._measured(Form.SUM, argument, type_, selection), "double")
            count = self._measured(Form.KNOWN, argument, type_, selection)
            some = exp.Anonymous(this="nullif", expressions=[count, exp.Literal.number(0)])
            return exp.paren(exp.Div(this=total, expression=some))
        return self._measured(_FORMS[name], argument, type_, selection)

    def _measured(
        self,
        form: Form,
        argument: exp.Expression | None,
        type_: Type,
        selection: Selection,
        sources: tuple[str, ...] = (),
    ) -> exp.Expression:
        conditions, shareable = self.conditions(selection)
        column = argument.name if isinstance(argument, exp.Column) else None
        text = argument.sql(dialect="duckdb") if argument is not None else ""
        edge = self.edge(selection)
        measure = Measure(selection.table, form, text, type_, column, conditions, shareable, edge, sources)
        name = self.measures.setdefault(measure, f"m:{len(self.measures) + 1}")
        # How it is computed, and read back, is settled when all are known.
        self.shape(selection.table)
        return _column(name)

    # Everybody

    def _threshold(self, sql: str, *, alone: bool = False) -> str:
        layer = self.thresholds.setdefault(self.layer, {})
        if sql not in layer:
            count = sum(len(each) for each in self.thresholds.values())
            layer[sql] = Threshold(f"t:{count + 1}", sql, alone)
        return layer[sql].name

    def _show(self, name: str, sql: str, *, by: bool = False) -> None:
        shown = Shown(self.tag, name, sql, self.layer, by)
        if shown not in self.shown:
            self.shown.append(shown)

    def _average(self, arguments: list[exp.Expression]) -> exp.Expression:
        value = arguments[0].sql(dialect="duckdb")
        name = self._threshold(f"CAST(avg({_AS_TAG.format(value)}) AS DOUBLE)")
        self._show(f"{AVERAGE}({_plain(value)})", quoted(name))
        return _column(name)

    def _quantile(self, arguments: list[exp.Expression]) -> exp.Expression:
        value, share = (argument.sql(dialect="duckdb") for argument in arguments)
        name = self._threshold(f"quantile_disc(CAST({value} AS DOUBLE), {share})")
        self._show(f"{QUANTILE}({_plain(value)}, {share})", quoted(name))
        return _column(name)

    def _gap(self, arguments: list[exp.Expression]) -> exp.Expression:
        self.wants_gaps = True
        share, gaps = arguments[0].sql(dialect="duckdb"), quoted(f"{self.prefix}_gaps")
        everybody = self._threshold(
            f"(SELECT CAST(quantile_disc(days, {share}) AS DOUBLE) FROM {gaps} WHERE category IS NULL)",
            alone=True,
        )
        self._show(f"{GAP}({share})", quoted(everybody))
        if len(arguments) == 1:
            return _column(everybody)
        entry = "struct_pack(k := category, v := days)"
        by_category = self._threshold(
            f"(SELECT map_from_entries(list({entry} ORDER BY category)) FROM (SELECT CAST(category AS VARCHAR) AS"
            f" category, CAST(quantile_disc(days, {share}) AS DOUBLE) AS days FROM {gaps} WHERE category IS NOT NULL"
            f" GROUP BY category HAVING count(*) >= {LEAST_GAPS}))",
            alone=True,
        )
        self._show(f"{GAP}({share})", quoted(by_category), by=True)
        own = exp.Anonymous(this="map_extract_value", expressions=[_column(by_category), arguments[1]])
        return exp.Anonymous(this="coalesce", expressions=[own, _column(everybody)])


def thresholds_query(thresholds: Iterable[Threshold], source: str) -> str:
    """Return the SELECT of one row: every threshold of a layer, over the layer below (`source`)."""
    thresholds = list(thresholds)
    columns = ",\n  ".join(f"{each.sql} AS {quoted(each.name)}" for each in thresholds)
    # Without an aggregate of its own, a SELECT over the layer would give a row per subject.
    return f"SELECT {columns}" + ("" if all(each.alone for each in thresholds) else f"\nFROM {source}")


LEAST_GAPS = 30
"""A category with fewer gaps than this has no quantile of its own."""


def gaps_query(shape: Shape, moment: Moment) -> str:
    """Return the SELECT of (category, days): days between consecutive order days, per category and (NULL) over all."""
    where = ["subject IS NOT NULL", "day IS NOT NULL"]
    if shape.ends_after(moment.as_of):
        where.append(f"occurred_at <= {literal(moment.as_of)}")
    if "status" in shape.columns:
        void = ", ".join(quoted_text(status) for status in VOID_STATUSES)
        where.append(f"(status IS NULL OR status NOT IN ({void}))")
    bought = f"SELECT DISTINCT subject, category, day FROM {quoted(shape.table)} WHERE {' AND '.join(where)}"
    return (
        f"WITH bought AS ({bought}),\n"
        "  by_day AS (SELECT DISTINCT subject, NULL AS category, day FROM bought\n"
        "    UNION ALL SELECT subject, CAST(category AS VARCHAR), day FROM bought WHERE category IS NOT NULL),\n"
        "  gaps AS (SELECT category, day - lag(day) OVER (PARTITION BY subject, category ORDER BY day) AS days"
        " FROM by_day)\n"
        "SELECT category, days FROM gaps WHERE days IS NOT NULL"
    )


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True))


def _plain(sql: str) -> str:
    return sql.replace('"', "")


def _parts(tree: exp.Expression) -> list[exp.Expression]:
    if isinstance(tree, exp.Paren):
        return _parts(tree.this) if isinstance(tree.this, exp.And | exp.Paren) else [tree.this]
    if isinstance(tree, exp.And):
        return [*_parts(tree.this), *_parts(tree.expression)]
    return [tree]


def _is_shareable(tree: exp.Expression) -> bool:
    return isinstance(tree, exp.EQ) and isinstance(tree.this, exp.Column) and isinstance(tree.expression, exp.Literal)
