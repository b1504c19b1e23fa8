"""Values of files and tables: identifiers go through the blind index, texts become typed, each row has its fate.

No identifier is kept beyond the batch it was read in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from huaxiang.clean.convert import SAYING, convert
from huaxiang.clean.emptied import emptied
from huaxiang.clean.normalise.registry import normaliser
from huaxiang.connectors.base import ROW, Part
from huaxiang.connectors.marks import values
from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults
from huaxiang.engine.duckdb import quoted, quoted_text
from huaxiang.errors import DefinitionError, NotFound, ReadError
from huaxiang.identify.definition import IdentityDefinition
from huaxiang.identify.subject_ids import decode_subject
from huaxiang.inputs.merged import MERGED
from huaxiang.inputs.personal import personal_columns
from huaxiang.inputs.staging import EXAMPLES, Context, Staged, Stopped
from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.scrub import looks_personal
from huaxiang.sources import Source, reader_of
from huaxiang.sql.render import moment
from huaxiang.sql.zones import to_local, to_utc
from huaxiang.tag.kinds.imported import SUBJECT, Imported
from huaxiang.words import Words

_ROWS, _TYPED, _FATES = "input_rows", "input_typed", "input_fates"
_SCHEMA = pa.schema(
    [
        ("part", pa.int32()),
        ("row", pa.int64()),
        ("state", pa.string()),
        ("private", pa.bool_()),
        ("hi", pa.int64()),
        ("lo", pa.int64()),
        ("value", pa.string()),
        ("valid_from", pa.string()),
        ("valid_to", pa.string()),
    ]
)
_NO_ROWS = Words("there are no rows", "没有任何行")


def check_imported(
    identity: IdentityDefinition, sources: Sequence[Source], root: Path, meaning: Imported, faults: Faults
) -> None:
    """Note what is wrong with the file: it cannot be read, has no such column, the column of the values is personal.

    And that the kind of identifier is not in identity.yaml.
    """
    known = [*identity.by_kind, SUBJECT]
    if meaning.kind.text not in known:
        faults.add(
            meaning.kind.place,
            f"there is no kind of identifier {meaning.kind.text!r}",
            f"没有“{meaning.kind.text}”这种标识",
            word=meaning.kind.text,
            known=known,
        )
    reader = reader_of(meaning.read)
    try:
        parts = reader.parts(meaning.read, root, None)
        columns = reader.columns(meaning.read, root, parts[0]) if parts else None
    except ReadError as error:
        faults.add(meaning.value.place, error.words.en, error.words.zh)
        return
    for column in meaning.columns:
        if columns is not None and column.text not in columns:
            faults.add(
                column.place,
                f"{meaning.read.target} has no column {column.text!r}",
                f"{meaning.read.target} 没有“{column.text}”这一列",
                word=column.text,
                # Of a file without a heading, the first row stands here.
                known=[each for each in columns if not looks_personal(each)],
            )
    values = [each for each in (meaning.value, meaning.valid_from, meaning.valid_to) if each]
    private = personal_columns(sources, root, meaning.read, [each.text for each in values])
    for column in values:
        if column.text in private:
            faults.add(
                column.place,
                f"column {column.text!r} holds personal values, which a tag may not: they belong to the vault",
                f"“{column.text}”列是个人信息，不能作为标签的取值：个人信息只存放在保险库中",
            )


def stage_imported(context: Context, code: str, meaning: Imported) -> Staged:
    """Write the values valid at as_of. Raises DefinitionError or ReadError when the file is not as described."""
    faults = Faults()
    check_imported(context.identity, context.sources, context.root, meaning, faults)
    if faults.found:
        raise DefinitionError(faults.found)
    parts = reader_of(meaning.read).parts(meaning.read, context.root, None)
    if not parts:
        target = meaning.read.target
        raise ReadError(Words(f"no file is there for {target}", f"没有与 {target} 相符的文件"))
    places = dict(enumerate(sorted(parts, key=lambda part: part.order)))
    broken = _read(context, meaning, places)
    _settle(context, meaning)
    files = _files(places)
    used = context.write(code, meaning.type, _winners(files))
    return _counts(context, used, broken, places)


Broken = list[tuple[str, int, int]]


def _read(context: Context, meaning: Imported, parts: dict[int, Part]) -> Broken:
    """Make the table of rows, identifiers as numbers; return what could not be read: rule, part, row."""
    reader = reader_of(meaning.read)
    names = list(dict.fromkeys(each.text for each in meaning.columns))
    broken: Broken = []
    with context.engine.shown(_none=_SCHEMA.empty_table()):
        context.keep(_ROWS, "SELECT * FROM _none", "values read")
    identify = _Identify(context, meaning.kind.text)
    for number, part in parts.items():
        for batch in reader.read(meaning.read, context.root, part, names):
            broken += [(each.rule, number, each.row) for each in batch.broken]
            table = _batch(_emptied(batch.table, meaning, context.blanks), meaning, number, identify)
            with context.engine.shown(_batch=table):
                context.engine.run(f"INSERT INTO {_ROWS} SELECT * FROM _batch", step="values read")
    return broken


def _emptied(table: pa.Table, meaning: Imported, words: frozenset[str]) -> pa.Table:
    """Return the rows with null where a word for no value stands, as sources have them."""
    for text in meaning.columns:
        own = words - SAYING.get(meaning.type.value, frozenset()) if text == meaning.value else words
        place = table.column_names.index(text.text)
        table = table.set_column(place, text.text, emptied(table[text.text], own))
    return table


def _batch(table: pa.Table, meaning: Imported, part: int, identify: _Identify) -> pa.Table:
    count = table.num_rows
    states, numbers = identify.many(values(table.column(meaning.by.text)).to_pylist())
    # What is no identifier has no number: it joins nobody.
    nobody = np.array([state != "good" for state in states], np.bool_)
    nothing = pa.nulls(count, pa.string())
    texts = [
        values(table.column(each.text)).combine_chunks() if each else nothing
        for each in (meaning.value, meaning.valid_from, meaning.valid_to)
    ]
    private = [bool(text) and looks_personal(text) for text in texts[0].to_pylist()]
    # What is personal goes no further than this batch.
    texts[0] = pc.if_else(pa.array(private, pa.bool_()), pa.scalar(None, pa.string()), texts[0])
    columns = [
        pa.array(np.full(count, part, np.int32)),
        table.column(ROW).combine_chunks(),
        pa.array(states, pa.string()),
        pa.array(private, pa.bool_()),
        pa.array(numbers[:, 0], mask=nobody),
        pa.array(numbers[:, 1], mask=nobody),
        *texts,
    ]
    return pa.Table.from_arrays(columns, schema=_SCHEMA)


class _Identify:
    """Texts → numbers, as sources and lists do; (subject, 0) for a customer id."""

    def __init__(self, context: Context, kind: str) -> None:
        self.kind, self.identity = kind, context.identity
        self.blind = None if kind == SUBJECT else BlindIndex(context.master)
        self.normalise = normaliser(kind, context.identity.region).normalise

    def many(self, texts: list[str | None]) -> tuple[list[str], np.ndarray]:
        """Return for each text "good", "missing" or "invalid", and its pair of numbers."""
        states = ["missing" if text is None or not text.strip() else "invalid" for text in texts]
        numbers = np.zeros((len(texts), 2), np.int64)
        places, good = [], []
        for place, text in enumerate(texts):
            canonical = self._canonical(text) if states[place] == "invalid" and text else None
            if canonical is not None:
                states[place] = "good"
                places.append(place)
                good.append(canonical)
        if good and self.blind is None:
            numbers[places, 0] = [int(value) for value in good]
        elif good and self.blind is not None:
            numbers[places] = self.blind.many(self.kind, good)
        return states, numbers

    def _canonical(self, text: str) -> str | None:
        if self.kind == SUBJECT:
            try:
                return str(decode_subject(text))
            except NotFound:
                return None
        canonical = self.normalise(text)
        return canonical if canonical is not None and self.identity.joinable(canonical) else None


def _settle(context: Context, meaning: Imported) -> None:
    """Make the tables of typed rows, and of each row's fate: the rule that stops it, idle, or a subject's value."""
    context.keep(_TYPED, _typed(context, meaning), "values typed")
    if meaning.kind.text == SUBJECT:
        context.follow_merges(f"SELECT hi AS subject FROM {_ROWS} WHERE state = 'good'")
        owner = f"{MERGED} o ON o.origin = t.hi"
    else:
        kind = quoted_text(meaning.kind.text)
        owner = f"identifiers o ON o.node = t.hi AND o.lo = t.lo AND o.kind = {kind}"
    names = {name: text.text for name, text in _named(meaning)}
    rules = [
        ("t.state <> 'good'", f"t.state || ':' || {quoted_text(meaning.kind.text)}"),
        ("t.private", quoted_text(f"personal:{meaning.value}")),
        *((f"t.{name} IS NULL AND t.{name}_given", quoted_text(f"invalid:{text}")) for name, text in names.items()),
        ("t.value IS NULL", quoted_text(f"missing:{meaning.value}")),
        ("t.until <= t.valid_from", quoted_text(f"reject: {meaning.valid_to} <= {meaning.valid_from}")),
        ("o.subject IS NULL", quoted_text(f"unknown:{meaning.kind}")),
    ]
    cases = " ".join(f"WHEN {condition} THEN {rule}" for condition, rule in rules)
    now = moment(context.as_of).sql(dialect="duckdb")
    holds = f"coalesce(t.valid_from <= {now}, true) AND coalesce(t.until > {now}, true)"
    sql = f"SELECT t.*, o.subject, CASE {cases} END AS rule, {holds} AS holds FROM {_TYPED} t LEFT JOIN {owner}"
    context.keep(_FATES, sql, "values settled")


def _named(meaning: Imported) -> Iterator[tuple[str, Text]]:
    yield "value", meaning.value
    if meaning.valid_from:
        yield "valid_from", meaning.valid_from
    if meaning.valid_to:
        yield "valid_to", meaning.valid_to


def _typed(context: Context, meaning: Imported) -> str:
    """Return the SELECT of typed rows: each column's texts are read once, however many rows have them.

    `until`: the moment from which a value no longer holds.
    """
    named = dict(_named(meaning))
    joins, columns = [], ["r.part", f"r.{quoted('row')}", "r.state", "r.private", "r.hi", "r.lo"]
    for name in ("value", "valid_from", "valid_to"):
        if name in named:
            context.keep(f"input_{name}", _texts(context, meaning, name), "texts read")
            joins.append(f"LEFT JOIN input_{name} {name} ON {name}.text = r.{name}")
            columns += [f"{name}.typed AS {name}", f"coalesce({name}.given, false) AS {name}_given"]
        else:
            columns += [f"CAST(NULL AS TIMESTAMP) AS {name}", f"false AS {name}_given"]
    columns.append("valid_to.until" if "valid_to" in named else "CAST(NULL AS TIMESTAMP) AS until")
    return "\n".join([f"SELECT {', '.join(columns)} FROM {_ROWS} r", *joins])


def _texts(context: Context, meaning: Imported, name: str) -> str:
    """Return SELECT text, typed, given (whether it says anything), and of valid_to also until."""
    zone, formats = context.zone, list(meaning.formats) or None

    def read(to: str) -> str:
        dated = to in ("date", "time")
        return _sql(
            convert(exp.column("text"), to, format=formats if dated else None, zone=zone, currency=context.currency)
        )

    distinct = f"(SELECT DISTINCT {name} AS text FROM {_ROWS} WHERE {name} IS NOT NULL)"
    given = f"({read('text')}) IS NOT NULL AS given"
    if name != "valid_to":
        to = meaning.type.value if name == "value" else "time"
        return f"SELECT text, {read(to)} AS typed, {given} FROM {distinct}"
    # A day without a clock is meant to its end; 9999-12-31 is for ever, as no calendar of ours has the day after.
    local = _sql(to_local(exp.column("typed"), zone))
    whole = f"regexp_full_match(text, '[^:：点时T]*') AND {local} = CAST(day AS TIMESTAMP)"
    next_day = exp.cast(exp.column("day"), "timestamp") + exp.Interval(this="1", unit=exp.var("DAY"))
    end = f"least({_sql(to_utc(exp.paren(next_day), zone))}, TIMESTAMP '9999-12-31 00:00:00')"
    inner = f"SELECT text, {read('time')} AS typed, {read('date')} AS day, {given} FROM {distinct}"
    return f"SELECT text, typed, given, CASE WHEN {whole} THEN {end} ELSE typed END AS until FROM ({inner})"


def _sql(tree: exp.Expression) -> str:
    return tree.sql(dialect="duckdb")


def _files(parts: dict[int, Part]) -> str:
    rows = ", ".join(f"({number}, {quoted_text(part.name)})" for number, part in parts.items())
    return f"(VALUES {rows}) AS files(part, file)"


def _winners(files: str) -> str:
    order = f"valid_from DESC NULLS LAST, part DESC, value, {quoted('row')}"
    latest = f"row_number() OVER (PARTITION BY subject ORDER BY {order})"
    columns = f"subject, value, file, {quoted('row')}, valid_from, until AS valid_to"
    return f"SELECT {columns} FROM {_FATES} JOIN {files} USING (part) WHERE rule IS NULL AND holds QUALIFY {latest} = 1"


def _counts(context: Context, used: int, broken: Broken, parts: dict[int, Part]) -> Staged:
    first = (
        f"list_slice(list(struct_pack(p := part, r := {quoted('row')}) ORDER BY part, {quoted('row')}), 1, {EXAMPLES})"
    )
    found = context.engine.rows(f"SELECT rule, count(*), {first} FROM {_FATES} GROUP BY rule ORDER BY rule NULLS FIRST")
    sound = sum(count for rule, count, _ in found if rule is None)
    stopped = {
        rule: Stopped(count, tuple((parts[each["p"]].name, each["r"]) for each in places))
        for rule, count, places in found
        if rule is not None
    }
    for rule in dict.fromkeys(rule for rule, _, _ in broken):
        mine = [(parts[part].name, row) for each, part, row in broken if each == rule]
        stopped[rule] = Stopped(len(mine), tuple(mine[:EXAMPLES]))
    rows = sum(count for _, count, _ in found) + len(broken)
    return Staged(rows, used, sound - used, stopped, None if rows else _NO_ROWS)
