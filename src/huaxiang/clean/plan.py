"""From a source's definition to the SQL that cleans its rows; no engine is touched here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from sqlglot import exp

from huaxiang.clean.convert import convert
from huaxiang.clean.normalise.registry import normaliser
from huaxiang.connectors.base import Layout, ReadSpec
from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults
from huaxiang.engine.duckdb import quoted, quoted_text
from huaxiang.model import COMMON, Column, FactTable, Type
from huaxiang.sources import Lookup, Mapped, Source
from huaxiang.sql.check import Expression, Scope, check
from huaxiang.sql.language import dotted, parse
from huaxiang.sql.render import Bindings, render
from huaxiang.sql.zones import to_local
from huaxiang.words import Words

CLEAN_VERSION = 1
"""Raise it when cleaning itself changes, so that parts are cleaned again."""

ENGINE_TYPES = {
    Type.TEXT: "VARCHAR", Type.INTEGER: "BIGINT", Type.NUMBER: "DOUBLE", Type.MONEY: "DECIMAL(18,2)",
    Type.DATE: "DATE", Type.TIME: "TIMESTAMP", Type.BOOL: "BOOLEAN",
}  # fmt: skip
_CONVERSIONS = ("text", "integer", "number", "money", "date", "time", "bool", "gender")


@dataclass(frozen=True)
class Personal:
    """A personal value of a source: its kind, the SQL of its text, whether it identifies, what derives from it."""

    kind: str
    sql: str
    identifies: bool
    derived: tuple[str, ...]


@dataclass(frozen=True)
class Typed:
    """A column of the fact: its SQL over `raw` (and maps), and the SQL that says its text was there but not valid."""

    name: str
    sql: str
    invalid: str


@dataclass(frozen=True)
class CleanPlan:
    """All that cleaning one part needs, as plain data: it travels to worker processes."""

    source: str
    table: str
    layout: Layout
    read: ReadSpec
    rows: str | None
    names: tuple[str, ...]
    personal: tuple[Personal, ...]
    priority: tuple[int, ...]
    never: tuple[str, ...]
    columns: tuple[Typed, ...]
    channel: str
    key: tuple[str, ...]
    required: tuple[str, ...]
    reject: tuple[tuple[str, str], ...]
    day: str
    lookups: tuple[tuple[Lookup, tuple[str, ...]], ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)

    @property
    def identifiers(self) -> tuple[int, ...]:
        """Positions in `personal` of the identifiers, the strongest first."""
        return self.priority


@dataclass(frozen=True)
class Kinds:
    """What cleaning needs to know of identity.yaml: the kinds that identify, the strongest first, and what never does."""

    order: tuple[str, ...]
    never: tuple[str, ...]


def compile_source(
    source: Source, kinds: Kinds, zone: str, as_of: datetime, faults: Faults, headers: frozenset[str] | None = None,
    lent: Mapping[str, tuple[str, ...]] | None = None,
) -> CleanPlan | None:
    """Return the plan for one source; None when its expressions have faults (all noted).

    `headers` are the columns its files really have; None when they cannot be known before reading. `lent` are those
    of its lookups, by name.
    """
    return _Compiler(source, kinds, zone, as_of, faults, headers, lent or {}).plan()


class _Compiler:
    def __init__(
        self, source: Source, kinds: Kinds, zone: str, as_of: datetime, faults: Faults, headers: frozenset[str] | None,
        lent: Mapping[str, tuple[str, ...]],
    ) -> None:
        self.source, self.kinds, self.zone, self.as_of, self.faults = source, kinds, zone, as_of, faults
        self.headers, self.lent = headers, lent
        self.names: dict[str, None] = {}
        self.derived: dict[str, tuple[int, str, Type]] = {}

    def plan(self) -> CleanPlan | None:
        before = len(self.faults.found)
        personal = self.personal()
        columns = self.columns(personal)
        reject = self.rejects()
        if len(self.faults.found) > before:
            return None
        source = self.source
        order = {kind: place for place, kind in enumerate(self.kinds.order)}
        identifiers = [place for place, each in enumerate(personal) if each.identifies]
        types = {name: ENGINE_TYPES[type_] for name, type_ in source.into.types.items() if name not in COMMON}
        return CleanPlan(
            source.code, source.into.name, source.layout, source.read, source.rows, tuple(self.names), personal,
            tuple(sorted(identifiers, key=lambda place: (order[personal[place].kind], place))), self.kinds.never,
            columns, source.channel, source.key, source.required, reject,
            to_local(exp.column("occurred_at"), self.zone).sql(dialect="duckdb"),
            tuple((lookup, self.lent.get(lookup.name, ())) for lookup in source.lookups), types,
        )  # fmt: skip

    def personal(self) -> tuple[Personal, ...]:
        found = []
        for kind, text, declared in self._declared():
            known = kind in self.kinds.order
            if declared and not known:
                self.faults.add(
                    text.place,
                    f"identity.yaml has no identifier {kind!r}",
                    f"identity.yaml 里没有“{kind}”这种标识",
                    word=kind,
                    known=self.kinds.order,
                )
            expression = self.expression(text)
            if expression is None:
                continue
            derived = normaliser(kind).derived
            for name, type_ in derived.items():
                self.derived[f"{kind}.{name}"] = (len(found), name, Type(type_))
            sql = self.sql(exp.Anonymous(this="to_raw", expressions=[expression.tree]))
            found.append(Personal(kind, sql, known, tuple(derived)))
        return tuple(found)

    def _declared(self) -> list[tuple[str, Text, bool]]:
        return [(kind, text, True) for kind, text in self.source.identifiers] + [
            (kind, text, False) for kind, text in self.source.personal
        ]

    def columns(self, personal: tuple[Personal, ...]) -> tuple[Typed, ...]:
        table = self.source.into
        found = []
        for name, column in self._targets(table).items():
            mapped = self.source.columns.get(name) or self._automatic(name)
            typed = self.column(column, mapped) if mapped else None
            if typed is not None:
                found.append(typed)
        return tuple(found)

    def _targets(self, table: FactTable) -> dict[str, Column]:
        occurred = {name: COMMON[name] for name in ("occurred_at", "channel")}
        return occurred | dict(table.columns)

    def _automatic(self, name: str) -> Mapped | None:
        # What derives from a personal value fills the column of the same name, unless the source maps it.
        for dotted_name in self.derived:
            if dotted_name.endswith(f".{name}"):
                return Mapped(Text(f'"{dotted_name}"', self.source.place))
        return None

    def column(self, column: Column, mapped: Mapped) -> Typed | None:
        expression = self.expression(mapped.value, extra=True)
        if expression is None:
            return None
        tree = self._as(expression, column)
        if tree is None:
            return None
        formats = mapped.formats
        invalid = [self._invalid(call, formats) for call in tree.find_all(exp.Anonymous) if _converts(call)]
        sql = f"CAST({self.sql(tree, formats)} AS {ENGINE_TYPES[column.type]})"
        return Typed(column.name, sql, " OR ".join(invalid) or "false")

    def _as(self, expression: Expression, column: Column) -> exp.Expression | None:
        tree, type_, wanted = expression.tree, expression.type, column.type
        if type_ in (Type.TEXT, Type.NULL):
            to = "gender" if column.name == "gender" else wanted.value
            return exp.Anonymous(this=f"to_{to}", expressions=[tree])
        if type_ is wanted:
            return tree
        if type_.numeric and wanted.numeric:
            rounds = {Type.MONEY: 2, Type.INTEGER: 0}
            places = exp.Literal.number(rounds.get(wanted, 0))
            return exp.Anonymous(this="round", expressions=[tree, places]) if wanted in rounds else tree
        self.faults.add(
            expression.source.place,
            f"{column.name} is {wanted.value}, but {expression.source.text!r} gives {type_.value}",
            f"{column.name} 的类型是 {wanted.value}，而“{expression.source.text}”得到的是 {type_.value}",
        )
        return None

    def _invalid(self, call: exp.Anonymous, formats: tuple[str, ...]) -> str:
        inner = call.expressions[0]
        text = self.sql(exp.Anonymous(this="to_text", expressions=[inner]))
        return f"({self.sql(call, formats)} IS NULL AND {text} IS NOT NULL)"

    def rejects(self) -> tuple[tuple[str, str], ...]:
        found = []
        for text in self.source.reject:
            expression = self.expression(text, mapped=True, want=Type.BOOL)
            if expression is not None:
                found.append((text.text, self.sql(expression.tree, prefix="t.")))
        return tuple(found)

    def expression(
        self, text: Text, *, extra: bool = False, mapped: bool = False, want: Type | None = None
    ) -> Expression | None:
        """Check one expression against the raw columns, what derives from personal values, and mapped columns."""
        raw = self._raw_names(text)
        columns = dict.fromkeys(raw, Type.TEXT)
        if extra:
            columns |= {name: type_ for name, (_, _, type_) in self.derived.items()}
        own = {name: self.source.into.types[name] for name in self.source.columns} if mapped else {}
        columns |= own
        if self.headers is not None and text.text in self.headers:
            text = Text('"' + text.text.replace('"', '""') + '"', text.place)
        scope = Scope(columns, raw=frozenset(raw - set(own)))
        expression = check(text, scope, self.faults, want=want)
        if expression is not None:
            known = set(own) | set(self.derived)
            lent = {f"{name}.{column}" for name, columns in self.lent.items() for column in columns}
            self.names |= dict.fromkeys(sorted(expression.names - known - lent))
            self.names |= dict.fromkeys(lookup.on for lookup in self.source.lookups)
        return expression

    def _raw_names(self, text: Text) -> set[str]:
        if self.headers is not None:
            return set(self.headers) | {f"{name}.{column}" for name, columns in self.lent.items() for column in columns}
        tree = parse(text, Faults())
        return {dotted(column) for column in tree.find_all(exp.Column)} if tree is not None else set()

    def sql(self, tree: exp.Expression, formats: tuple[str, ...] = (), prefix: str = "") -> str:
        def conversion(to: str) -> object:
            form = formats if to in ("date", "time") else ()
            return lambda args: _converted(args[0], to, form, self.zone)

        functions = {f"to_{to}": conversion(to) for to in _CONVERSIONS}
        functions["to_raw"] = lambda args: exp.cast(args[0], "varchar")
        columns: dict[str, exp.Expression] = {}
        for name in {dotted(column) for column in tree.find_all(exp.Column)}:
            columns[name] = self._column(name, prefix)
        bindings = Bindings(columns, self.as_of, self.zone, functions)  # type: ignore[arg-type]
        return render(tree, bindings).sql(dialect="duckdb")

    def _column(self, name: str, prefix: str) -> exp.Expression:
        if name in self.derived:
            place, column, _ = self.derived[name]
            return exp.column(quote(f"d_{column}"), table=f"m{place}")
        if prefix and name in self.source.columns:
            return exp.column(quote(name), table="t")
        return exp.column(quote(name), table="r")


_HOLE = "_hole_"


def _converted(tree: exp.Expression, to: str, formats: tuple[str, ...], zone: str) -> exp.Expression:
    # The conversions are long; rendering each once and filling in the text is a hundred times as fast.
    return exp.var(_conversion(to, formats, zone).replace(_HOLE, tree.sql(dialect="duckdb")))


@cache
def _conversion(to: str, formats: tuple[str, ...], zone: str) -> str:
    form = formats[0] if len(formats) == 1 else (list(formats) or None)
    return "(" + convert(exp.var(_HOLE), to, format=form, zone=zone).sql(dialect="duckdb") + ")"


def quote(name: str) -> exp.Identifier:
    """Return a quoted identifier."""
    return exp.to_identifier(name, quoted=True)


def _converts(call: exp.Anonymous) -> bool:
    return str(call.this).startswith("to_") and str(call.this) != "to_text"


def key_sql(plan: CleanPlan, part: str) -> str:
    """Return the SQL of a fact's number: the first 64 bits of a stable hash of its key (or of where it stands)."""
    if plan.key:
        kinds = {plan.personal[place].kind: place for place in reversed(plan.priority)}
        parts = [
            f"n{kinds[name]}" if name in kinds and name not in plan.types else f"t.{quoted(name)}" for name in plan.key
        ]
    else:
        parts = [quoted_text(part), "t._row", "t._item"]
    texts = ", ".join(f"coalesce(CAST({each} AS VARCHAR), '')" for each in parts)
    return f"CAST(md5_number_lower(concat_ws(chr(31), {quoted_text(plan.source)}, {texts})) >> 1 AS BIGINT)"


RULES = {
    "undecodable": Words("bytes the encoding does not have", "含有编码无法识别的字节"),
    "too_few_fields": Words("too few fields in the row", "字段数少于表头"),
    "too_many_fields": Words("too many fields in the row", "字段数多于表头"),
    "not_json": Words("not valid JSON", "不是合法的 JSON"),
    "not_a_message": Words("not an e-mail message", "不是合法的邮件"),
}
"""Words of the rules that stop a row; "missing:x", "invalid:x" and "reject: …" say themselves."""
