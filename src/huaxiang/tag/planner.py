"""The planner: what a kind asks for (measures, preferences, thresholds) is noted once and answered with a column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from hashlib import blake2b

from sqlglot import exp

from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.model import Type
from huaxiang.sql.check import Expression
from huaxiang.sql.functions import FUNCTIONS
from huaxiang.sql.render import Bindings, Build, fill, render
from huaxiang.tag.families import Moment
from huaxiang.tag.gaps import by_category_query, quantile_query
from huaxiang.tag.kinds.base import Part, Peers, Preference, Selection, Steps
from huaxiang.tag.kinds.population import AVERAGE, GAP, QUANTILE
from huaxiang.tag.measures import Form, Measure
from huaxiang.tag.preferences import Liked
from huaxiang.tag.sequences import Walk
from huaxiang.tag.shape import Shape, shape_of
from huaxiang.tag.window import Span

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

    `alone`: it reads the repurchase gaps and not the layer below. With a `group` it is a MAP of the groups with at
    least `least` values of `known`.
    """

    name: str
    sql: str
    alone: bool = False
    group: str = ""
    known: str = ""
    least: int = 0

    @property
    def apart(self) -> bool:
        """Whether it is a query of its own."""
        return self.alone or bool(self.group)

    def over(self, source: str) -> str:
        """Return the SQL of its column in a query over the layer below (`source`)."""
        if not self.group:
            return self.sql
        groups = (
            f"SELECT CAST({self.group} AS VARCHAR) AS k, {self.sql} AS v FROM {source}"
            f" WHERE {self.group} IS NOT NULL GROUP BY k HAVING count({self.known}) >= {self.least}"
        )
        return f"(SELECT map_from_entries(list(struct_pack(k := k, v := v) ORDER BY k)) FROM ({groups}))"


@dataclass(frozen=True)
class Crossing:
    """A window's edge: facts of `table` that meet `conditions` count from this `span` before as_of on."""

    table: str
    span: Span
    conditions: tuple[str, ...] = ()


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
    """Everything asked for so far, by all tags. Implements kinds.base.Planner.

    `gaps` names the table of repurchase gaps that thresholds read; `compared_tags` have thresholds of their own.
    """

    engine: Engine
    as_of: datetime
    zone: str
    tag: str = ""
    layer: int = 0
    prefix: str = "tag"
    subject: int | None = None
    among: str | None = None
    shapes: dict[str, Shape] = field(default_factory=dict)
    measures: dict[Measure, str] = field(default_factory=dict)
    liked: list[Liked] = field(default_factory=list)
    thresholds: dict[int, dict[str, Threshold]] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    wants_gaps: bool = False
    windows: dict[Crossing, None] = field(default_factory=dict)
    stored_tags: list[str] = field(default_factory=list)
    walks: dict[str, Walk] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    restless_tags: set[str] = field(default_factory=set)
    compared_tags: set[str] = field(default_factory=set)
    gaps: str = ""

    def __post_init__(self) -> None:
        self.gaps = self.gaps or f"{self.prefix}_gaps"

    @property
    def moment(self) -> Moment:
        """as_of and the project's clock."""
        return Moment(self.as_of, self.zone, self.subject, self.among)

    def begin(self, tag: str, layer: int) -> None:
        """Say for which tag, in which layer, the next things are asked."""
        self.tag, self.layer = tag, layer

    def shape(self, table: str) -> Shape:
        """Return the shape of a fact table, asked of the engine once."""
        if table not in self.shapes:
            shape = shape_of(self.engine, table, self.moment.as_of)
            self.shapes[table] = shape if self.among is None else replace(shape, table=f"{self.among}_{table}")
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
        self._notice(expression)
        known: dict[str, Build] = {AVERAGE: self._average, QUANTILE: self._quantile, GAP: self._gap}
        names = {name: _column((columns or {}).get(name, name)) for name in expression.names}
        return render(expression.tree, Bindings(names, self.as_of, self.zone, known | dict(functions or {})))

    def statistic(self, expression: Expression, selection: Selection) -> exp.Expression:
        """Return an aggregate expression; each aggregate in it is a measure."""
        self._notice(expression, selection.where)
        aggregates = [name for name, function in FUNCTIONS.items() if function.aggregate]
        types = {
            render(tree, self.over_facts(expression)).sql(dialect="duckdb"): type_
            for tree, type_ in expression.aggregated
        }
        functions: dict[str, Build] = {
            name: partial(self._aggregate, name, selection, types) for name in (*aggregates, "count_distinct")
        }
        return self._in_layer_0(render(expression.tree, self.over_facts(expression, functions)))

    def chosen(self, expression: Expression, selection: Selection, sources: Sequence[str]) -> exp.Expression:
        """Return the latest known value by priority of source."""
        self._notice(expression, selection.where)
        tree = render(expression.tree, self.over_facts(expression))
        return self._in_layer_0(self._measured(Form.LAST, tree, expression.type, selection, sources=tuple(sources)))

    def nth(self, expression: Expression, selection: Selection, place: int) -> exp.Expression:
        """Return the nth known value; it is a measure."""
        self._notice(expression, selection.where)
        tree = render(expression.tree, self.over_facts(expression))
        return self._in_layer_0(self._measured(Form.NTH, tree, expression.type, selection, nth=place))

    def preference(self, wanted: Preference) -> exp.Expression:
        """Return the items of a preference; its steps are planned apart."""
        self._notice(wanted.item, wanted.weight, wanted.by, wanted.selection.where)
        self.edge(wanted.selection)
        if wanted.half_life or wanted.distinctive:
            # All weights of a subject fade alike, but they pass `min_weight`, and they are shown.
            self.restless()
        liked = Liked(self.tag, f"{self.prefix}_liked_{self.tag}", wanted)
        self.liked.append(liked)
        return _column(liked.column)

    def sequence(self, wanted: Steps, part: Part) -> exp.Expression:
        """Return one part of a walk through steps; tags with the same steps share the walk."""
        self._notice(*wanted.steps, wanted.selection.where)
        table = f"{self.prefix}_walk_{len(self.walks) + 1}"
        walk = self.walks.setdefault(wanted.text(), Walk(table, wanted, self.edge(wanted.selection)))
        column = _column(walk.column(part))
        if part is Part.COMPLETED:
            return self._in_layer_0(column)
        return self._in_layer_0(exp.Anonymous(this="coalesce", expressions=[column, exp.Literal.number(0)]))

    def group_cuts(self, peers: Peers) -> exp.Expression:
        """Return the cuts of the subject's group, or of everybody where the group is too small."""
        listed = ", ".join(f"{place / HUNDREDTHS!r}" for place in range(1, HUNDREDTHS + 1))
        value = self.tags(peers.of).sql(dialect="duckdb")
        cuts = f"quantile_disc(CAST({value} AS DOUBLE), [{listed}])"
        everybody, groups = self._grouped(peers, cuts)
        for place in _SHOWN_CUTS:
            name = f"q{place / HUNDREDTHS:g}"
            self._show(name, f"list_extract({quoted(everybody)}, {place})")
            if groups:
                cut = f"struct_pack(k := each.key, v := list_extract(each.value, {place}))"
                entries = f"list_transform(map_entries({quoted(groups)}), lambda each: {cut})"
                self._show(name, f"map_from_entries({entries})", by=True)
        return self._own(peers, everybody, groups)

    def group_centre(self, peers: Peers, *, mean: bool) -> exp.Expression:
        """Return the median or mean of the subject's group, or of everybody where the group is too small."""
        value = self.tags(peers.of).sql(dialect="duckdb")
        middle = f"quantile_cont(CAST({value} AS DOUBLE), 0.5)"
        average = f"CAST(avg({_AS_TAG.format(value)}) AS DOUBLE)"
        everybody, groups = self._grouped(peers, average if mean else middle)
        name = "mean" if mean else "median"
        self._show(name, quoted(everybody))
        if groups:
            self._show(name, quoted(groups), by=True)
        return self._own(peers, everybody, groups)

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

    def stored(self) -> exp.Expression:
        """Return the staged value of the tag at hand; its table is joined."""
        self.stored_tags.append(self.tag)
        return _column(stored_column(self.tag))

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
        self._notice(expression)
        return render(expression.tree, self.over_facts(expression)).sql(dialect="duckdb")

    def conditions(self, selection: Selection) -> tuple[tuple[str, ...], frozenset[str]]:
        """Return the parts of a condition that must all hold, and those among them that families may share.

        Where facts are taken together by a column, those of which it is unknown are left out.
        """
        known = {f"{quoted(selection.per)} IS NOT NULL"} if selection.per else set()
        if selection.where is None:
            return tuple(known), frozenset()
        self._notice(selection.where)
        parts = [render(part, self.over_facts(selection.where)) for part in _parts(selection.where.tree)]
        texts = {part.sql(dialect="duckdb"): part for part in parts}
        shareable = frozenset(text for text, part in texts.items() if _is_shareable(part))
        whole = {text: text if text in shareable else f"({text})" for text in texts}
        return tuple(sorted({*whole.values(), *known})), shareable

    def edge(self, selection: Selection) -> datetime | None:
        """Return where the window begins; from then on a fact that crosses it makes its subject one to look at."""
        return self._edge(selection, selection.window)

    def until(self, selection: Selection) -> datetime | None:
        """Return where the window ends, None when that is as_of."""
        return self._edge(selection, selection.until)

    def restless(self) -> None:
        """Note that the tag at hand may change for anybody, with as_of or with values kept elsewhere."""
        self.restless_tags.add(self.tag)

    def _edge(self, selection: Selection, span: Span | None) -> datetime | None:
        if span is None:
            return None
        self.windows[Crossing(selection.table, span, self.conditions(selection)[0])] = None
        return span.before(self.as_of, self.zone)

    def _notice(self, *expressions: Expression | None) -> None:
        if any(each.reads_clock for each in expressions if each is not None):
            self.restless()

    def _in_layer_0(self, value: exp.Expression) -> exp.Expression:
        """Return what rests on facts as a column that later layers see; in the first layer it is itself."""
        if self.layer == 0:
            return value
        name = self.kept.setdefault(value.sql(dialect="duckdb"), f"k:{len(self.kept) + 1}")
        return _column(name)

    def _aggregate(
        self, name: str, selection: Selection, types: Mapping[str, Type], arguments: list[exp.Expression]
    ) -> exp.Expression:
        argument = arguments[0] if arguments else None
        type_ = types.get(argument.sql(dialect="duckdb"), Type.NULL) if argument else Type.INTEGER
        if argument is None or name == "count":
            return self._counted(argument, type_, selection)
        if name == "avg":
            total = exp.cast(self._measured(Form.SUM, argument, type_, selection), "double")
            count = self._counted(argument, type_, selection)
            some = exp.Anonymous(this="nullif", expressions=[count, exp.Literal.number(0)])
            return exp.paren(exp.Div(this=total, expression=some))
        return self._measured(_FORMS[name], argument, type_, selection)

    def _counted(self, argument: exp.Expression | None, type_: Type, selection: Selection) -> exp.Expression:
        """Return how many facts know the argument; where they are taken together, how many together."""
        if not selection.per:
            return self._measured(Form.ROWS if argument is None else Form.KNOWN, argument, type_, selection)
        grain: exp.Expression = _column(selection.per)
        if argument is not None:
            grain = fill("CASE WHEN _1 IS NOT NULL THEN _2 END", [argument, grain])
        return self._measured(Form.DISTINCT, grain, Type.TEXT, selection)

    def _measured(
        self,
        form: Form,
        argument: exp.Expression | None,
        type_: Type,
        selection: Selection,
        *,
        sources: tuple[str, ...] = (),
        nth: int = 0,
    ) -> exp.Expression:
        conditions, shareable = self.conditions(selection)
        column = argument.name if isinstance(argument, exp.Column) else None
        text = argument.sql(dialect="duckdb") if argument is not None else ""
        edge, until = self.edge(selection), self.until(selection)
        per = quoted(selection.per) if selection.per and form in (Form.MODE, Form.NTH) else ""
        measure = Measure(
            selection.table, form, text, type_, column, conditions, shareable, edge, sources, until, nth, per
        )
        name = self.measures.setdefault(measure, f"m:{len(self.measures) + 1}")
        # How it is computed, and read back, is settled when all are known.
        self.shape(selection.table)
        return _column(name)

    # Everybody

    def _threshold(self, sql: str, *, alone: bool = False, group: str = "", known: str = "", least: int = 0) -> str:
        self.compared_tags.add(self.tag)
        layer = self.thresholds.setdefault(self.layer, {})
        key = f"{sql} by {group} of {least}" if group else sql
        if key not in layer:
            # Named by what it is: a later plan of some of the tags finds it again among those that were kept.
            computed = key.replace(quoted(self.gaps), "gaps")
            name = f"t:{blake2b(computed.encode(), digest_size=6).hexdigest()}"
            layer[key] = Threshold(name, sql, alone, group, known, least)
        return layer[key].name

    def _grouped(self, peers: Peers, sql: str) -> tuple[str, str]:
        """Return the names of a threshold over everybody and, if there are groups, of its MAP by group."""
        everybody = self._threshold(sql)
        if peers.group is None:
            return everybody, ""
        group, known = (self.tags(each).sql(dialect="duckdb") for each in (peers.group, peers.of))
        return everybody, self._threshold(sql, group=group, known=known, least=peers.least)

    def _own(self, peers: Peers, everybody: str, groups: str) -> exp.Expression:
        if peers.group is None:
            return _column(everybody)
        group = exp.cast(self.tags(peers.group), "text")
        own = exp.Anonymous(this="map_extract_value", expressions=[_column(groups), group])
        return exp.Anonymous(this="coalesce", expressions=[own, _column(everybody)])

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
        share, gaps = arguments[0].sql(dialect="duckdb"), quoted(self.gaps)
        everybody = self._threshold(f"({quantile_query(gaps, share)})", alone=True)
        self._show(f"{GAP}({share})", quoted(everybody))
        if len(arguments) == 1:
            return _column(everybody)
        entries = "map_from_entries(list(struct_pack(k := category, v := days) ORDER BY category))"
        by_category = self._threshold(f"(SELECT {entries} FROM ({by_category_query(gaps, share)}))", alone=True)
        self._show(f"{GAP}({share})", quoted(by_category), by=True)
        own = exp.Anonymous(this="map_extract_value", expressions=[_column(by_category), arguments[1]])
        return exp.Anonymous(this="coalesce", expressions=[own, _column(everybody)])


def stored_column(tag: str) -> str:
    """Return the column a tag's staged value has among what is joined."""
    return f"stored:{tag}"


def thresholds_query(thresholds: Iterable[Threshold], source: str) -> str:
    """Return the SELECT of one row: every threshold of a layer, over the layer below (`source`)."""
    thresholds = list(thresholds)
    columns = ",\n  ".join(f"{each.over(source)} AS {quoted(each.name)}" for each in thresholds)
    # Without an aggregate of its own, a SELECT over the layer would give a row per subject.
    return f"SELECT {columns}" + ("" if all(each.apart for each in thresholds) else f"\nFROM {source}")


HUNDREDTHS = 100
"""A percentile counts hundredths of a group."""

_SHOWN_CUTS = (10, 25, 50, 75, 90)
"""Of a hundred cuts these are shown to people."""


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
