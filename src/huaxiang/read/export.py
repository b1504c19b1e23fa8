"""A segment (or any filter) as a file: public ids, chosen tags, masked values where asked for; written as read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa

from huaxiang.engine.duckdb import quoted
from huaxiang.errors import HuaxiangError
from huaxiang.model import Type
from huaxiang.read.current import CurrentBuild
from huaxiang.read.filters import Filter, condition, known_tag
from huaxiang.read.masks import masked, personal_values
from huaxiang.read.sensitive import plain_value, refuse_sensitive, show_tag
from huaxiang.read.showing import local
from huaxiang.read.spreadsheet import BATCH, WRITERS, Column
from huaxiang.read.subject_ids import encode_subject
from huaxiang.read.terms import kind_words
from huaxiang.registry.exports import record_export
from huaxiang.registry.health import note_use
from huaxiang.words import Language, Words

FORMATS = tuple(WRITERS)
_ID = "customer_id"


class Written(StrEnum):
    """How values and headings are written: as people read them, or as definitions and data have them."""

    WORDS = "words"
    CODES = "codes"


@dataclass(frozen=True)
class Exported:
    """What was written: the file, its rows, its columns."""

    path: Path
    rows: int
    columns: tuple[str, ...]


def export_people(
    current: CurrentBuild,
    wanted: Filter,
    path: Path,
    *,
    tags: Sequence[str] = (),
    kinds: Sequence[str] = (),
    form: str | None = None,
    language: Language | None = None,
    values: Written = Written.WORDS,
    by: str = "",
) -> Exported:
    """Write the customers who meet a filter to `path`; `form` is csv, xlsx or parquet (else the path's ending says).

    Columns: the public id, each of `tags`, and of each of `kinds` of personal values the masked ones. With `values`
    as codes nothing depends on `language`: headings are codes, values as stored, moments UTC, lists lists (in csv and
    xlsx JSON). What was written is noted in the registry, as done `by` whom. Raises NotFound for a tag or segment that
    is not there, NotAllowed for a sensitive tag, HuaxiangError for another format a folder that is not there,
    or more rows than Excel takes.
    """
    form = form or path.suffix.lstrip(".").lower()
    if form not in WRITERS:
        known = ", ".join(FORMATS)
        raise HuaxiangError(Words(f"{form!r} is no format of exports: {known}", f"不能导出为“{form}”：可选 {known}"))
    if not path.absolute().parent.is_dir():
        folder = path.parent
        raise HuaxiangError(Words(f"there is no folder {folder}: make it first", f"没有 {folder} 这个目录：请先新建"))
    refuse_sensitive(current.tags, (*tags, *(each.tag for each in wanted.tags)), "exports do not hold it", "不能导出")
    chosen = _Chosen(current, tuple(tags), tuple(kinds), language or current.project.language, values, form)
    columns = chosen.columns()
    partial = path.with_name(path.name + ".part")
    rows = WRITERS[form](partial, columns, chosen.rows(wanted))
    partial.replace(path)
    note_use(current.registry, "export", {*tags, *_named(current, wanted)})
    record_export(
        current.registry, build=current.build.id, file=path.name, form=form, rows=rows, segment=wanted.segment,
        tags=tags, filters=[each.tag for each in wanted.tags], kinds=kinds, by=by,
    )  # fmt: skip
    return Exported(path, rows, tuple(column.name for column in columns))


def _named(current: CurrentBuild, wanted: Filter) -> set[str]:
    """Return the tags that decide who is exported."""
    condition = current.project.segments.conditions.get(wanted.segment or "")
    named = {part.tag for part in wanted.tags} | (condition.names if condition else frozenset())
    return named & current.tags.keys()


@dataclass(frozen=True)
class _Chosen:
    """What of each customer is written, and how."""

    current: CurrentBuild
    tags: tuple[str, ...]
    kinds: tuple[str, ...]
    language: Language
    values: Written
    form: str

    def columns(self) -> list[Column]:
        """Return the columns: the id, the tags, the masked kinds."""
        current, codes = self.current, self.values is Written.CODES
        named = [(code, known_tag(current, code).name) for code in self.tags]
        heads = [(_ID, Words("customer id", "客户编号")), *named]
        heads += [(kind, kind_words(current.project, kind)) for kind in self.kinds]
        names = _distinct([code if codes else words.say(self.language) for code, words in heads])
        masks = pa.list_(pa.string()) if codes else pa.string()
        types = [pa.string(), *(self._stored() if codes else self._shown()), *[masks] * len(self.kinds)]
        return [Column(name, type_) for name, type_ in zip(names, types, strict=True)]

    def _shown(self) -> list[pa.DataType]:
        return [_SHOWN.get(self.current.type_of(code), pa.string()) for code in self.tags]

    def _stored(self) -> list[pa.DataType]:
        if not self.tags:
            return []
        listed = ", ".join(map(quoted, self.tags))
        found = self.current.engine.arrow(f"SELECT {listed} FROM tags LIMIT 0").schema.types
        return [pa.timestamp("us", tz="UTC") if pa.types.is_timestamp(each) else each for each in found]

    def rows(self, wanted: Filter) -> Iterator[list[Any]]:
        """Yield a row per customer, in the order of their numbers; each batch begins after the last number before."""
        current = self.current
        sql, parameters = condition(current, wanted)
        listed = ", ".join(["t.subject", *(f"t.{quoted(code)}" for code in self.tags)])
        last = -1
        while True:
            batch = current.engine.rows(
                f"SELECT {listed} FROM tags t WHERE {sql} AND t.subject > ? ORDER BY t.subject LIMIT {BATCH}",
                [*parameters, last],
            )
            if not batch:
                return
            last = batch[-1][0]
            personal = personal_values(current, [row[0] for row in batch]) if self.kinds else {}
            for row in batch:
                values = [self._value(code, value) for code, value in zip(self.tags, row[1:], strict=True)]
                known = personal.get(row[0], {})
                hidden = [list(masked(current, kind, known.get(kind, [])).values) for kind in self.kinds]
                yield [encode_subject(row[0]), *values, *(hidden if self._coded else map("、".join, hidden))]

    @property
    def _coded(self) -> bool:
        return self.values is Written.CODES

    def _value(self, code: str, value: Any) -> Any:
        current = self.current
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC) if self._coded else local(value, current.project.zone)
        if self._coded:
            return plain_value(value)
        if isinstance(value, int | float | Decimal | date) and (self.form != "csv" or not isinstance(value, bool)):
            return value
        return show_tag(value, current.tags[code], current.type_of(code), current.project).say(self.language)


_SHOWN: dict[Type, pa.DataType] = {
    Type.INTEGER: pa.int64(),
    Type.NUMBER: pa.float64(),
    Type.MONEY: pa.float64(),
    Type.DATE: pa.date32(),
    Type.TIME: pa.timestamp("us"),
    Type.BOOL: pa.bool_(),
}
"""What values are in Parquet as people read them; of others their words."""


def _distinct(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found
