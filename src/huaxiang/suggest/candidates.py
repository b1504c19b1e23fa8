"""Statistics worth trying: each measure of each fact table, over several windows, of all facts and of frequent ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b

from huaxiang.engine.duckdb import quoted_text
from huaxiang.model import COMMON, Type
from huaxiang.pinyin import syllables
from huaxiang.suggest.columns import STATUS, Columns
from huaxiang.suggest.definition import Plain
from huaxiang.words import Words

WINDOWS = (7, 30, 90, 365, None)
"""Days a statistic looks back; None: everything."""
LONG = (90, 365, None)
"""Windows of what needs many facts to mean something."""
DAYS: dict[str, Plain] = {"unit": {"zh": "天", "en": "days"}}


@dataclass(frozen=True)
class Candidate:
    """A statistic to try: its code, its words and its definition. Of one `about` only the window differs."""

    code: str
    name: Words
    definition: dict[str, Plain]
    table: str
    about: str


@dataclass(frozen=True)
class _Measure:
    code: str
    words: Words
    value: str
    windows: tuple[int | None, ...]
    more: dict[str, Plain]


@dataclass(frozen=True)
class _Filter:
    code: str
    words: Words
    where: str | None


def candidates(tables: Iterable[Columns], taken: Iterable[str]) -> list[Candidate]:
    """Return every statistic to try, in a fixed order; no code is one of `taken`."""
    used = set(taken)
    found = []
    for columns in tables:
        for candidate in _of_table(columns):
            code = free(candidate.code, used)
            used.add(code)
            found.append(replace(candidate, code=code, definition={"tag": code, **candidate.definition}))
    return found


def free(code: str, used: Iterable[str]) -> str:
    """Return a code like `code` that is not used yet."""
    known, code = set(used), code[:60]
    number = 2
    while code in known:
        code = f"{code.removesuffix(f'_{number - 1}')[:58]}_{number}"
        number += 1
    return code


def _of_table(columns: Columns) -> Iterator[Candidate]:
    whole = _Filter("", Words("", ""), columns.sold)
    for measure in _measures(columns):
        for window in measure.windows:
            yield _candidate(columns, measure, whole, window)
    few = [each for each in _measures(columns) if each.code in ("count", "recency")]
    for kind in _filters(columns):
        for measure in few:
            for window in measure.windows:
                yield _candidate(columns, measure, kind, window)


def _measures(columns: Columns) -> Iterator[_Measure]:
    table, words = columns.table, {**COMMON, **columns.table.columns}
    count = f"count(distinct {columns.id})" if columns.id else "count(*)"
    named = table.words
    yield _Measure("count", Words(f"Number of {named.en}", f"{named.zh}数"), count, WINDOWS, {})
    since = Words(f"Days since the last of {named.en}", f"距最近{named.zh}天数")
    yield _Measure("recency", since, "days_since(max(occurred_at))", (None,), DAYS)
    days = Words(f"Days with {named.en}", f"有{named.zh}的天数")
    yield _Measure("days", days, "count(distinct day)", WINDOWS, DAYS)
    for name in columns.measures:
        said, type_ = words[name].words, words[name].type
        shape: dict[str, Plain] = {"format": "money"} if type_ is Type.MONEY else {}
        if type_ is not Type.INTEGER:
            total = Words(f"Total {said.en} of {named.en}", f"{named.zh}{said.zh}合计")
            yield _Measure(f"{name}_sum", total, f"sum({name})", WINDOWS, {**shape, "default": 0})
        mean = Words(f"Average {said.en} of {named.en}", f"{named.zh}平均{said.zh}")
        yield _Measure(f"{name}_avg", mean, f"avg({name})", LONG, shape)
    for name in columns.different:
        said = words[name].words
        different = Words(f"Distinct {said.en} in {named.en}", f"{named.zh}的不同{said.zh}数")
        yield _Measure(f"{name}_kinds", different, f"count(distinct {name})", LONG, {})


def _filters(columns: Columns) -> Iterator[_Filter]:
    words = {**COMMON, **columns.table.columns}
    for name, values in columns.kinds.items():
        for value in values:
            where = f"{name} = {quoted_text(value)}"
            # What was taken back is not left out where that is what is asked for.
            if columns.sold and name != STATUS:
                where += f" and ({columns.sold})"
            said = words[name].words
            shown = Words(f"{said.en}: {value}", f"{said.zh}：{value}")
            yield _Filter(f"{name}_{slug(value)}", shown, where)


def _candidate(columns: Columns, measure: _Measure, chosen: _Filter, window: int | None) -> Candidate:
    table = columns.table
    parts = [table.name, chosen.code, measure.code, f"{window}d" if window else ""]
    en, zh = measure.words.en, measure.words.zh
    if chosen.words.en:
        en, zh = f"{en} ({chosen.words.en})", f"{zh}（{chosen.words.zh}）"
    if window:
        en, zh = f"{en} in {window} days", f"近{window}天{zh}"
    definition: dict[str, Plain] = {"name": {"zh": zh, "en": en}, "category": f"建议/{table.words.zh}"}
    definition |= {key: value for key, value in measure.more.items() if key != "default"}
    definition |= {"from": table.name} | ({"where": chosen.where} if chosen.where else {}) | {"value": measure.value}
    definition |= {"window": f"{window} days"} if window else {}
    definition |= {"default": measure.more["default"]} if "default" in measure.more else {}
    about = " ".join((table.name, chosen.where or "", measure.value))
    return Candidate("_".join(filter(None, parts)), Words(en, zh), definition, table.name, about)


def slug(value: str) -> str:
    """Return a value as part of a code: Chinese in pinyin; what has no letters is a short hash."""
    found = re.sub(r"[^a-z0-9]+", "_", "_".join(syllables(value)).lower()).strip("_")[:24].strip("_")
    return found or blake2b(value.encode(), digest_size=3).hexdigest()
