"""From a source's definition to the SQL that cleans its rows; no engine is touched here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial

from sqlglot import exp

from huaxiang.clean.convert import NUMERIC, SAYING, convert, foreign
from huaxiang.clean.currencies import EVERY
from huaxiang.clean.normalise.phone import HOME
from huaxiang.clean.normalise.registry import NORMALISERS, normaliser
from huaxiang.clean.plain import plain
from huaxiang.clean.raw_names import raw_name
from huaxiang.connectors.base import Layout, ReadSpec
from huaxiang.connectors.door import KIND as DOOR
from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults
from huaxiang.engine.duckdb import SQL_TYPES, quoted, quoted_text
from huaxiang.genders import Genders
from huaxiang.inbox.rules import RULES as EVENT_RULES
from huaxiang.model import COMMON, MONEY_PLACES, Column, Type
from huaxiang.sources import Lookup, Mapped, Source
from huaxiang.sql.check import AS_OF, Expression, Scope, check
from huaxiang.sql.language import dotted, parse
from huaxiang.sql.render import Bindings, Build, render
from huaxiang.sql.zones import to_local
from huaxiang.words import Words

CLEAN_VERSION = 7
"""Raise it when cleaning itself changes, so that parts are cleaned again."""

_OWN_NORMALISERS = frozenset(each.kind for each in NORMALISERS)
_BARE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_NUMBER = re.compile(r"(?:^|_)(?:id|no|number|code|sku|line|session|coupon)$")
"""Columns of facts that hold the numbers by which things are told apart."""
_VALUES = frozenset({"null", "true", "false", AS_OF})
_CONVERSIONS = ("text", "integer", "number", "money", "date", "time", "bool", "gender")


_INSTEAD = {
    (Type.TIME, Type.DATE): Words("; write timestamp '2026-01-31 00:00:00'", "；请写 timestamp '2026-01-31 00:00:00'"),
    **{
        (Type.TEXT, type_): Words("; concat(…) makes a text of it", "；用 concat(…) 可转成文本")
        for type_ in (Type.INTEGER, Type.NUMBER, Type.MONEY, Type.DATE, Type.TIME, Type.BOOL)
    },
}
"""Type that is wanted and type that there is → what to write instead."""


@dataclass(frozen=True)
class Personal:
    """A personal value of a source: its kind, the SQL of its text, whether it identifies, what derives from it.

    A `free` one (a comment, the body of a mail) has no canonical form: its text is kept as it is, trimmed. `column` is
    the raw name of the column that the text is, "" where it is worked out, `raws` are those of all it is made of; only
    what is used is derived. `region` is that of phones without their country's code.
    """

    kind: str
    sql: str
    identifies: bool
    derived: tuple[str, ...]
    free: bool = False
    column: str = ""
    raws: tuple[str, ...] = ()
    region: str = HOME


@dataclass(frozen=True)
class Cell:
    """A raw column as it is used: the words that are no value in it become null. `name` is what the SQL calls it.

    That is the column's own name, or another where one of its uses has words of its own.
    """

    column: str
    name: str
    words: frozenset[str]


@dataclass(frozen=True)
class Reading:
    """A text that becomes a typed value: its SQL over `r` and the maps, how it is read plainly, and its full form.

    `plain` is SQL over the column `_x` and the reading's number; `form` is a position in CleanPlan.forms. `column` is
    the cell that is read as text with nothing done to it, "" for every other reading.
    """

    text: str
    plain: str
    form: int
    column: str = ""


@dataclass(frozen=True)
class Typed:
    """A column of the fact: its SQL over the readings and outside columns, and the readings that can make it invalid.

    A `computed` one may come to a value that its type cannot hold. `raws` are the raw names of what it is made of; of
    an `exact` one every digit is needed, a `measure` is what is added up. `foreign` is the SQL of its being invalid for
    being an amount in another currency, "" where it can be none.
    """

    name: str
    sql: str
    readings: tuple[int, ...]
    computed: bool
    raws: tuple[str, ...]
    exact: bool
    measure: bool
    foreign: str = ""


@dataclass(frozen=True)
class CleanPlan:
    """All that cleaning one part needs, as plain data: it travels to worker processes.

    `forms` are the full readings, as SQL over the column `text`; `outside` is the SQL of what columns and rules use
    without reading it as a type.
    """

    source: str
    table: str
    layout: Layout
    read: ReadSpec
    rows: str | None
    names: tuple[str, ...]
    personal: tuple[Personal, ...]
    priority: tuple[int, ...]
    never: tuple[str, ...]
    allow: tuple[str, ...]
    readings: tuple[Reading, ...]
    forms: tuple[str, ...]
    outside: tuple[str, ...]
    columns: tuple[Typed, ...]
    channel: str
    key: tuple[str, ...]
    required: tuple[str, ...]
    reject: tuple[tuple[str, str], ...]
    day: str
    lookups: tuple[tuple[Lookup, tuple[str, ...]], ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    stamp: str = ""
    """The SQL of the id a record came with, which keys its facts where no key is declared; "" where it has none."""
    cells: tuple[Cell, ...] = ()
    clocked: bool = False
    """Whether it would be another one at another moment: an expression reads the clock."""

    @property
    def identifiers(self) -> tuple[int, ...]:
        """Positions in `personal` of the identifiers, the strongest first."""
        return self.priority

    @property
    def identifier_places(self) -> dict[str, tuple[int, ...]]:
        """Kind → positions in `personal` of its identifiers."""
        found: dict[str, tuple[int, ...]] = {}
        for place in self.priority:
            kind = self.personal[place].kind
            found[kind] = (*found.get(kind, ()), place)
        return found

    @property
    def used(self) -> tuple[str, ...]:
        """Raw names of all that personal values and columns are made of."""
        made_of = [*(each.raws for each in self.personal), *(each.raws for each in self.columns)]
        return tuple(dict.fromkeys(name for raws in made_of for name in raws))

    @property
    def measures(self) -> frozenset[str]:
        """Those of them that measures are made of."""
        return frozenset(name for each in self.columns if each.measure for name in each.raws)

    @property
    def exact(self) -> frozenset[str]:
        """Those of them whose every digit is needed: what tells people and things apart, but no measures."""
        needed = [each.raws for each in self.personal if not each.free]
        needed += [each.raws for each in self.columns if each.exact]
        return frozenset(name for names in needed for name in names) - self.measures

    @property
    def typed_names(self) -> frozenset[str]:
        """Names of the columns the source gives a value."""
        return frozenset(column.name for column in self.columns)


@dataclass(frozen=True)
class Kinds:
    """What cleaning needs of identity.yaml: the kinds that identify, the strongest first, what never does, what may."""

    order: tuple[str, ...]
    never: tuple[str, ...]
    allow: tuple[str, ...] = ()


def compile_source(
    source: Source,
    kinds: Kinds,
    zone: str,
    as_of: datetime,
    faults: Faults,
    headers: frozenset[str] | None = None,
    lent: Mapping[str, tuple[str, ...]] | None = None,
) -> CleanPlan | None:
    """Return the plan for one source; None when its expressions have faults (all noted).

    `headers` are the columns its files really have; None when they cannot be known before reading. `lent` are those
    of its lookups, by name.
    """
    return _Compiler(source, kinds, zone, as_of, faults, headers, lent or {}).plan()


class _Compiler:
    """Compiles one source; readings, outside columns and raw names gather while its expressions are compiled."""

    def __init__(
        self, source: Source, kinds: Kinds, zone: str, as_of: datetime, faults: Faults, headers: frozenset[str] | None,
        lent: Mapping[str, tuple[str, ...]],
    ) -> None:  # fmt: skip
        self.source, self.kinds, self.zone, self.as_of, self.faults = source, kinds, zone, as_of, faults
        self.headers = headers
        self.lent = {f"{name}.{column}" for name, columns in lent.items() for column in columns}
        self.lookups = tuple((lookup, lent.get(lookup.name, ())) for lookup in source.lookups)
        self.unsure = {*source.unsure, *(lookup.name for lookup in source.lookups if lookup.name not in lent)}
        self.names: dict[str, None] = dict.fromkeys(lookup.on for lookup in source.lookups)
        self.derived: dict[str, list[tuple[int, str, Type]]] = {}
        self.readings: dict[tuple[str, str], Reading] = {}
        self.forms: dict[str, int] = {}
        self.outside: dict[str, int] = {}
        self.taken: set[tuple[int, str]] = set()
        self.cells: dict[tuple[str, frozenset[str]], Cell] = {}
        self.blanks = source.blanks
        self.clocked = False
        # Where a column says of each amount in which currency it is, an amount may be in any.
        self.currency = EVERY if "currency" in source.columns else source.currency

    def plan(self) -> CleanPlan | None:
        """Return the plan, or None when there were faults."""
        before = len(self.faults.found)
        self.check_lookups()
        personal = self.personal()
        columns = self.columns()
        reject = self.rejects()
        stamp = self.stamp()
        if len(self.faults.found) > before or not self.source.sound:
            return None
        source = self.source
        personal = tuple(
            replace(each, derived=tuple(name for name in each.derived if (place, name) in self.taken))
            for place, each in enumerate(personal)
        )
        order = {kind: place for place, kind in enumerate(self.kinds.order)}
        identifiers = [place for place, each in enumerate(personal) if each.identifies]
        for lookup in source.lookups:
            self._cell(lookup.on)
        types = {name: SQL_TYPES[type_] for name, type_ in source.into.types.items() if name not in COMMON}
        return CleanPlan(
            source.code, source.into.name, source.layout, source.read, source.rows, tuple(self.names), personal,
            tuple(sorted(identifiers, key=lambda place: (order[personal[place].kind], place))), self.kinds.never,
            self.kinds.allow,
            tuple(self.readings.values()), tuple(self.forms), tuple(self.outside), columns, source.channel, source.key,
            source.required, reject, to_local(exp.column("occurred_at"), self.zone).sql(dialect="duckdb"),
            self.lookups, types, stamp, tuple(self.cells.values()), self.clocked,
        )  # fmt: skip

    def stamp(self) -> str:
        """Return the SQL of the id that an event of a door came with: one that is sent again adds nothing."""
        if self.source.read.kind != DOOR or self.source.key:
            return ""
        self.names.setdefault("messageId", None)
        return f"r.{quoted(raw_name('messageId'))}"

    def check_lookups(self) -> None:
        """Note every lookup whose columns are not there to be joined."""
        for lookup, columns in self.lookups:
            lent = None if lookup.name in self.unsure else frozenset(columns)
            for name, known in ((lookup.on, self.headers), (lookup.key, lent)):
                if known is None or name in known:
                    continue
                en, zh = (
                    f"lookup {lookup.name!r}: there is no column {name!r}",
                    f"对照表“{lookup.name}”：没有“{name}”这一列",
                )
                if name == lookup.on and name.partition(".")[0] in {each.name for each, _ in self.lookups}:
                    en += "; a lookup is matched by a column of the source, not by one of another lookup"
                    zh += "；对照表只能按来源自己的列匹配，不能按另一张对照表的列"
                    self.faults.add(self.source.place, en, zh)
                else:
                    self.faults.add(self.source.place, en, zh, word=name, known=known)

    def personal(self) -> tuple[Personal, ...]:
        """Return the personal values, the identifiers among them; what derives from them is noted."""
        found: list[Personal] = []
        for kind, text, declared in self._declared():
            # Where identity.yaml itself says nothing, that has been told.
            if declared and self.kinds.order and kind not in self.kinds.order:
                self._unknown_kind(kind, text)
            expression = self.expression(text)
            if expression is None:
                continue
            free = not declared and kind not in _OWN_NORMALISERS
            derived = {} if free else normaliser(kind).derived
            for name, type_ in derived.items():
                self.derived.setdefault(f"{kind}.{name}", []).append((len(found), name, Type(type_)))
            sql = self.sql(exp.Anonymous(this="to_raw", expressions=[expression.tree]), self._inside)
            raw, raws = raw_name(self._raw_column(expression.tree)), self._raws(expression.tree)
            found.append(Personal(kind, sql, declared, tuple(derived), free, raw, raws, self.source.region))
        return tuple(found)

    def _unknown_kind(self, kind: str, text: Text) -> None:
        self.faults.add(
            text.place, f"identity.yaml has no identifier {kind!r}", f"identity.yaml 里没有“{kind}”这种标识",
            word=kind, known=self.kinds.order,
        )  # fmt: skip

    def _declared(self) -> list[tuple[str, Text, bool]]:
        # What stands under `personal` is kept but never joins people, even if it is a phone number: a recipient's.
        return [(kind, text, True) for kind, text in self.source.identifiers] + [
            (kind, text, False) for kind, text in self.source.personal
        ]

    def columns(self) -> tuple[Typed, ...]:
        """Return the columns of the fact that the source gives a value."""
        table = self.source.into
        targets = {name: COMMON[name] for name in ("occurred_at", "channel")} | dict(table.columns)
        found = []
        for name, column in targets.items():
            mapped = self.source.columns.get(name) or self._automatic(name)
            typed = self.column(column, mapped) if mapped else None
            if typed is not None:
                found.append(typed)
        for name, mapped in self.source.columns.items():
            # The name of the column is wrong, which has been told; its expression may be too.
            if name not in targets:
                self.expression(mapped.value, extra=True)
        return tuple(found)

    def _automatic(self, name: str) -> Mapped | None:
        if name == "currency" and self.source.declared_currency:
            return Mapped(Text(quoted_text(self.source.currency), self.source.place))
        # What derives from personal values fills the column of the same name, unless the source maps it: the first
        # that is known, in the order in which they are declared.
        found = [known for known in self.derived if known.endswith(f".{name}")]
        if not found:
            return None
        quoted_names = ", ".join(quoted(known) for known in found)
        return Mapped(Text(f"coalesce({quoted_names})" if len(found) > 1 else quoted_names, self.source.place))

    def column(self, column: Column, mapped: Mapped) -> Typed | None:
        """Return one column of the fact."""
        expression = self.expression(mapped.value, extra=True)
        tree = None if expression is None else self._as(expression, column)
        if tree is None:
            return None
        used: dict[int, None] = {}
        self.blanks = mapped.missing.over(self.source.blanks)
        read = self._read_texts(tree, mapped.formats, used, mapped.missing.named)
        sql = self.sql(read, self._outside)
        self.blanks = self.source.blanks
        exact = column.name in self.source.key or bool(_NUMBER.search(column.name))
        measure, abroad = column.type.numeric and not exact, self._foreign(column, tuple(used))
        return Typed(column.name, sql, tuple(used), not _is_reading(read), self._raws(tree), exact, measure, abroad)

    def _foreign(self, column: Column, readings: tuple[int, ...]) -> str:
        if column.type.value not in NUMERIC or self.currency == EVERY:
            return ""
        return " OR ".join(_foreign(f"_x{number}", self.currency) for number in readings)

    def _as(self, expression: Expression, column: Column) -> exp.Expression | None:
        tree, type_, wanted = expression.tree, expression.type, column.type
        if type_ in (Type.TEXT, Type.NULL):
            to = "gender" if column.name == "gender" else wanted.value
            return exp.Anonymous(this=f"to_{to}", expressions=[tree])
        if type_ is wanted:
            return tree
        if type_.numeric and wanted.numeric:
            rounds = {Type.MONEY: MONEY_PLACES, Type.INTEGER: 0}
            places = exp.Literal.number(rounds.get(wanted, 0))
            return exp.Anonymous(this="round", expressions=[tree, places]) if wanted in rounds else tree
        instead = _INSTEAD.get((wanted, type_), Words("", ""))
        self.faults.add(
            expression.source.place,
            f"{column.name} is {wanted.value}, but {expression.source.text!r} gives {type_.value}{instead.en}",
            f"{column.name} 的类型是 {wanted.value}，而“{expression.source.text}”得到的是 {type_.value}{instead.zh}",
        )
        return None

    def _read_texts(
        self, tree: exp.Expression, formats: tuple[str, ...], used: dict[int, None], named: frozenset[str]
    ) -> exp.Expression:
        """Return the tree with a reading in place of each text that is converted; `used` gets those that can fail.

        `named` are words for no value that stand for it in any type.
        """

        def replace(node: exp.Expression) -> exp.Expression:
            if not isinstance(node, exp.Anonymous) or not str(node.this).startswith("to_"):
                return node
            to = str(node.this).removeprefix("to_")
            around, self.blanks = self.blanks, self.blanks - (self._saying(to) - named)
            number = self._reading(node.expressions[0], to, formats if to in ("date", "time") else ())
            self.blanks = around
            if to != "text":
                used[number] = None
            return exp.Anonymous(this="reading", expressions=[exp.Literal.number(number)])

        return tree.copy().transform(replace)

    def _saying(self, to: str) -> frozenset[str]:
        """Return the words that say something where a text is read as a type, although they are no value elsewhere."""
        if to == "gender":
            return frozenset(word for _, words in self.source.genders for word in words)
        return SAYING.get(to, frozenset())

    def _reading(self, text: exp.Expression, to: str, formats: tuple[str, ...]) -> int:
        sql = self.sql(text, self._inside)
        currency = self.currency if to in NUMERIC else ""
        value = _conversion(to, formats, self.zone, self.source.genders, currency)
        form = self.forms.setdefault(value, len(self.forms))
        key = (sql, value)
        if key not in self.readings:
            raw = self._raw_column(text) if to == "text" else ""
            raw = self._cell(raw) if raw else ""
            first = _plain_reading(f"_x{len(self.readings)}", to, formats, self.zone, self.source.genders)
            self.readings[key] = Reading(sql, first, form, raw)
        return list(self.readings).index(key)

    def rejects(self) -> tuple[tuple[str, str], ...]:
        """Return each rule with its SQL over the typed rows."""
        found = []
        for text in self.source.reject:
            expression = self.expression(text, mapped=True, want=Type.BOOL)
            if expression is not None:
                tree = self._read_texts(expression.tree, (), {}, frozenset())
                found.append((text.text, self.sql(tree, self._mapped)))
        return tuple(found)

    def expression(
        self, text: Text, *, extra: bool = False, mapped: bool = False, want: Type | None = None
    ) -> Expression | None:
        """Check one expression against the raw columns, what derives from personal values, and mapped columns."""
        text = self._named(text)
        raw = self._raw_names(text)
        columns = dict.fromkeys(raw, Type.TEXT)
        if extra:
            columns |= {name: places[0][2] for name, places in self.derived.items()}
        own = self._own() if mapped else {}
        columns |= own
        scope = Scope(columns, raw=frozenset(raw - set(own)))
        expression = check(text, scope, self.faults, want=want)
        if expression is not None:
            self.clocked |= expression.reads_clock
            known = set(own) | (set(self.derived) if extra else set())
            self.names |= dict.fromkeys(sorted(expression.names - known - self.lent))
        return expression

    def _own(self) -> dict[str, Type]:
        """Return the columns that are mapped; if one's name is wrong, it may have been meant to be any of the table."""
        types = self.source.into.types
        if all(name in types for name in self.source.columns):
            return {name: types[name] for name in self.source.columns}
        return {**dict.fromkeys(self.source.columns, Type.NULL), **types}

    def _named(self, text: Text) -> Text:
        """Return a text that only names a column in quotes: names may hold blanks, or be words of SQL (comment)."""
        if self.headers is not None:
            return Text(quoted(text.text), text.place) if text.text in self.headers else text
        if not _BARE.fullmatch(text.text) or text.text.lower() in _VALUES:
            return text
        return Text(".".join(quoted(step) for step in text.text.split(".")), text.place)

    def _raw_names(self, text: Text) -> set[str]:
        tree = parse(text, Faults())
        named = {dotted(column) for column in tree.find_all(exp.Column)} if tree is not None else set[str]()
        if self.headers is None:
            return named
        return {*self.headers, *self.lent, *(name for name in named if name.partition(".")[0] in self.unsure)}

    def sql(self, tree: exp.Expression, column: Callable[[str], exp.Expression]) -> str:
        """Return the engine's SQL, its columns as `column` says."""
        names = {dotted(each) for each in tree.find_all(exp.Column)} - {AS_OF}
        functions: dict[str, Build] = {f"to_{to}": partial(self._converted, to) for to in _CONVERSIONS}
        functions["to_raw"] = lambda arguments: exp.cast(arguments[0], "varchar")
        functions["reading"] = lambda arguments: exp.column(f"_c{arguments[0].name}")
        bindings = Bindings({name: column(name) for name in names}, self.as_of, self.zone, functions)
        return render(tree, bindings).sql(dialect="duckdb")

    def _raw_column(self, tree: exp.Expression) -> str:
        """Return the raw column that an expression is, "" when it is more than that, or lent by something else."""
        name = dotted(tree) if isinstance(tree, exp.Column) else ""
        return "" if name in self.derived or name == AS_OF else name

    def _raws(self, tree: exp.Expression) -> tuple[str, ...]:
        """Return the raw names of all columns that an expression is made of."""
        names = {dotted(column) for column in tree.find_all(exp.Column)} - {AS_OF} - self.derived.keys()
        return tuple(sorted(map(raw_name, names)))

    def _converted(self, to: str, arguments: list[exp.Expression]) -> exp.Expression:
        return convert(arguments[0], to, zone=self.zone, genders=self.source.genders, currency=self.currency)

    def _inside(self, name: str) -> exp.Expression:
        """Return a column where raw rows and maps are joined."""
        if name not in self.derived:
            return exp.column(quote(self._cell(name)), table="r")
        self.taken |= {(place, column) for place, column, _ in self.derived[name]}
        found = [exp.column(quote(lent(place, f"d_{column}")), table="r") for place, column, _ in self.derived[name]]
        return found[0] if len(found) == 1 else exp.Coalesce(this=found[0], expressions=found[1:])

    def _cell(self, name: str) -> str:
        """Return what a raw column is called where it is used as it is used now."""
        key = (name, self.blanks)
        if key not in self.cells:
            raw = raw_name(name)
            called = raw if self.blanks == self.source.blanks else lent(len(self.cells), f"cell {raw}")
            self.cells[key] = Cell(raw, called, self.blanks)
        return self.cells[key].name

    def _outside(self, name: str) -> exp.Expression:
        """Return a column where texts have been read."""
        sql = self._inside(name).sql(dialect="duckdb")
        return exp.column(f"_o{self.outside.setdefault(sql, len(self.outside))}")

    def _mapped(self, name: str) -> exp.Expression:
        """Return a column where the fact's own columns are known."""
        return exp.column(quote(name)) if name in self.source.columns else self._outside(name)


def from_1904(plan: CleanPlan) -> CleanPlan:
    """Return the plan with bare numbers of days read as counted from 1904."""
    return replace(plan, forms=tuple(form.replace("'1899-12-30'", "'1904-01-01'") for form in plan.forms))


def lent(place: int, what: str) -> str:
    """Return the name of a column lent to the rows: what is known of the personal value at a place of the plan."""
    return f":{what} {place}"


def first_known(places: tuple[int, ...]) -> str:
    """Return the SQL of the first identifier that is known of those at some places."""
    nodes = [f"_n{place}" for place in places]
    return nodes[0] if len(nodes) == 1 else f"coalesce({', '.join(nodes)})"


def quote(name: str) -> exp.Identifier:
    """Return a quoted identifier."""
    return exp.to_identifier(name, quoted=True)


def _is_reading(tree: exp.Expression) -> bool:
    return isinstance(tree, exp.Anonymous) and str(tree.this) == "reading"


def key_sql(plan: CleanPlan, part: str) -> str:
    """Return the SQL of the text that a fact's number is made of: its key, its record's own id, or where it stands."""
    if plan.key:
        kinds = plan.identifier_places
        parts = [
            first_known(kinds[name]) if name in kinds and name not in plan.types else f"t.{quoted(name)}"
            for name in plan.key
        ]
    elif plan.stamp:
        parts = ["t._stamp", "t._item"]
    else:
        parts = [quoted_text(part), "t._row", "t._item"]
    texts = ", ".join(f"coalesce(CAST({each} AS VARCHAR), '')" for each in parts)
    return f"concat_ws(chr(31), {quoted_text(plan.source)}, {texts})"


RULES = {
    "too_few_fields": Words("too few fields in the row", "字段数少于表头"),
    "too_many_fields": Words("too many fields in the row", "字段数多于表头"),
    "open_quote": Words("a quote that is never closed", "引号没有闭合"),
    "too_long": Words(
        "longer than a record may be; only its beginning is kept", "超过一条记录的长度上限，只保留开头部分"
    ),
    "not_json": Words("not valid JSON", "不是合法的 JSON"),
    "not_an_item": Words(
        "an item of the list in `rows` that is no object, so that nothing inside it can be read",
        "rows 列表中的一项不是对象，无法读取其中的值",
    ),
    "not_a_message": Words("not an e-mail message", "不是合法的邮件"),
    **EVENT_RULES,
}
"""Words of the rules that stop a row; "missing:x", "invalid:x", "shortened:x" … and "reject: …" say themselves."""


# Columns of all sources are read in few ways, and writing one down takes longer than everything else about a column.
@lru_cache(maxsize=1024)
def _conversion(to: str, formats: tuple[str, ...], zone: str, genders: Genders, currency: str) -> str:
    """Return the SQL that reads the column `text`."""
    given = list(formats) or None
    tree = convert(exp.column("text"), to, format=given, zone=zone, genders=genders, currency=currency)
    return tree.sql(dialect="duckdb")


@lru_cache(maxsize=1024)
def _foreign(column: str, currency: str) -> str:
    """Return the SQL of a column's being an amount in another currency."""
    return foreign(exp.column(column), currency).sql(dialect="duckdb")


@lru_cache(maxsize=1024)
def _plain_reading(column: str, to: str, formats: tuple[str, ...], zone: str, genders: Genders) -> str:
    """Return the SQL of the plain reading of a column."""
    return plain(exp.column(column), to, formats, zone, genders).sql(dialect="duckdb")
