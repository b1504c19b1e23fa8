"""What `check` says although no definition is wrong: what the first rows of the data show to be missing in one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from huaxiang.clean.dates import Ambiguous, ambiguous
from huaxiang.clean.documents import extract
from huaxiang.definitions.fields import Text
from huaxiang.engine.duckdb import Engine
from huaxiang.errors import Fault, ReadError
from huaxiang.model import COMMON, Type
from huaxiang.project import Project
from huaxiang.sources import Mapped, Source, reader_of
from huaxiang.words import Words

SAMPLE = 1000
"""So many rows of a source are looked at."""
_FILES = frozenset({"csv", "excel", "json", "parquet"})
"""Readers of files: a database is not asked, and the events of a door say their own time."""


def advice(project: Project) -> list[Fault]:
    """Return what is to be said of the sources, each with its place; nothing of a source that cannot be read now."""
    found = []
    for source in project.sources:
        found += [Fault(text.place.file, text.place.line, _never_empty(text)) for text in _texts(source) if _asks(text)]
        dated = {name: mapped for name, mapped in source.columns.items() if _is_dated(source, name, mapped)}
        if dated and source.read.kind in _FILES:
            texts = _sample(project.root, source, {_column(mapped) for mapped in dated.values()})
            for name, mapped in dated.items():
                seen = ambiguous(texts.get(_column(mapped), ()))
                if seen is not None:
                    found.append(Fault(mapped.value.place.file, mapped.value.place.line, _words(name, mapped, seen)))
    return found


_EMPTY = re.compile(r"(?:=|<>|!=)\s*''(?!')")


def _texts(source: Source) -> Iterator[Text]:
    yield from (mapped.value for mapped in source.columns.values())
    yield from (text for _, text in (*source.identifiers, *source.personal))
    yield from source.reject


def _asks(text: Text) -> bool:
    """Whether an expression compares something with the empty text."""
    return _EMPTY.search(text.text) is not None


def _never_empty(text: Text) -> Words:
    return Words(
        f"{text.text!r} compares with '': an empty cell is null, write … is null",
        f"“{text.text}”与 '' 比较：空单元格是空值，请写 … is null",
    )


def _is_dated(source: Source, name: str, mapped: Mapped) -> bool:
    column = source.into.columns.get(name) or COMMON.get(name)
    return column is not None and column.type in (Type.DATE, Type.TIME) and not mapped.formats


def _column(mapped: Mapped) -> str:
    return mapped.value.text.strip().strip('"')


def _sample(root: Path, source: Source, names: set[str]) -> dict[str, list[str]]:
    """Return the texts of the first rows, by column; columns that are not there (an expression's text) have none."""
    try:
        table = next(_tables(root, source, sorted(names)), None)
    except ReadError:
        return {}
    if table is None:
        return {}
    there = names & set(table.column_names)
    return {name: [text for text in table[name].to_pylist() if text is not None] for name in there}


def _tables(root: Path, source: Source, names: list[str]) -> Iterator[pa.Table]:
    reader = reader_of(source.read)
    for part in reader.parts(source.read, root, None):
        there = reader.columns(source.read, root, part)
        wanted = names if there is None else [name for name in names if name in there]
        for batch in reader.read(source.read, root, part, wanted):
            if not batch.table.num_rows:
                continue
            rows = batch.table.slice(0, SAMPLE)
            if source.layout == "columns":
                yield rows
                continue
            with Engine(threads=1) as engine:
                yield engine.arrow_of(extract(tuple(names), source.rows), _arrow=rows)


def _words(name: str, mapped: Mapped, seen: Ambiguous) -> Words:
    column = _column(mapped)
    en = f"{name}: {seen.count} of the first {seen.of} values of {column!r} are dates like 3/5/2024"
    en += ", where day and month cannot be told apart"
    zh = f"{name}：“{column}”的前 {seen.of} 个值中有 {seen.count} 个是 3/5/2024 这样的日期，分不清日和月"
    if seen.formats:
        listed = _listed(seen.formats)
        en, zh = f"{en}; write format: {listed}", f"{zh}；请写明 format: {listed}"
    elif seen.shows:
        en += "; in some the day stands first, in some the month: no format can read both"
        zh += "；有的日在前、有的月在前，任何 format 都不能同时读对"
    else:
        day, month = _listed(seen.day_first), _listed(seen.month_first)
        en += f"; write format: {day} if the day stands first, {month} if the month does"
        zh += f"；日在前请写 format: {day}，月在前请写 format: {month}"
    if seen.count < seen.of and not (seen.shows and not seen.formats):
        en, zh = f"{en}, with a pattern for each other way they are written", f"{zh}，并为其余写法各加一种"
    return Words(en, zh)


def _listed(formats: tuple[str, ...]) -> str:
    texts = [f'"{each}"' for each in formats]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
