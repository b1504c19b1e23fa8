"""Every reader there is, and choosing one from what a source's `read:` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from huaxiang.connectors import charset
from huaxiang.connectors.base import Reader, ReadSpec
from huaxiang.connectors.csv import CsvReader
from huaxiang.connectors.database import DatabaseReader, query_fault
from huaxiang.connectors.door import EVENT_TYPES, DoorReader
from huaxiang.connectors.excel import ExcelReader
from huaxiang.connectors.json import JsonReader
from huaxiang.connectors.mailbox import MailboxReader
from huaxiang.connectors.parquet import ParquetReader
from huaxiang.words import Words, nearest

READERS: tuple[Reader, ...] = (
    CsvReader(),
    ExcelReader(),
    JsonReader(),
    ParquetReader(),
    DatabaseReader(),
    MailboxReader(),
    DoorReader(),
)


@dataclass(frozen=True)
class ReadFault:
    """One thing wrong in a `read:`. `key` is the key of the mapping it is about, or None; `hint` the word meant."""

    words: Words
    hint: str | None = None
    key: str | None = None


class BadRead(ValueError):
    """A source's `read:` is wrong: `faults` has all of it; `words` and `hint` are those of the first."""

    def __init__(self, faults: list[ReadFault]) -> None:
        self.faults = tuple(faults)
        self.words, self.hint = faults[0].words, faults[0].hint
        super().__init__("; ".join(fault.words.en for fault in faults))


def reader_for(read: str | Mapping[str, Any]) -> tuple[Reader, ReadSpec]:
    """Return the reader that `read` means and its specification. Raises BadRead with everything that is wrong.

    A text is a pattern whose ending chooses ("data/pos/*.csv.gz"); a mapping names it ({csv: pattern, encoding: gbk}).
    """
    if isinstance(read, str):
        return _by_ending(read)
    if not isinstance(read, Mapping):
        raise BadRead(
            [
                _fault(
                    "read: a pattern, or a mapping such as {csv: data/*.csv}",
                    "read：应为文件模式，或形如 {csv: data/*.csv} 的映射",
                )
            ]
        )
    by_kind = {reader.kind: reader for reader in READERS}
    kinds = [key for key in read if key in by_kind]
    if len(kinds) != 1:
        raise BadRead(_kind_faults(read, kinds))
    reader = by_kind[kinds[0]]
    faults = _faults(reader, read)
    if faults:
        raise BadRead(faults)
    options = {key: value for key, value in read.items() if key != reader.kind}
    return reader, ReadSpec(reader.kind, str(read[reader.kind]), options)


def _by_ending(pattern: str) -> tuple[Reader, ReadSpec]:
    if (wrong := _path_fault(pattern)) is not None:
        raise BadRead([wrong])
    for reader in READERS:
        if pattern.lower().endswith(reader.suffixes):
            return reader, ReadSpec(reader.kind, pattern)
    if "://" in pattern:
        raise BadRead(
            [
                _fault(
                    "a database needs a query: {sql: url, query: select …}",
                    "数据库需要查询语句：{sql: 地址, query: select …}",
                )
            ]
        )
    endings = [suffix for reader in READERS for suffix in reader.suffixes]
    ending = "." + pattern.lower().rpartition("/")[2].partition(".")[2]
    known = ", ".join(endings)
    raise BadRead(
        [
            _fault(
                f"no reader for files that end like {pattern}; known: {known}; or name the kind: {{csv: {pattern}}}",
                f"没有能读取 {pattern} 的读取器；已知后缀：{known}；或写明种类：{{csv: {pattern}}}",
                nearest(ending, endings),
            )
        ]
    )


def _kind_faults(read: Mapping[str, Any], kinds: list[str]) -> list[ReadFault]:
    known = [reader.kind for reader in READERS]
    if kinds:
        two = ", ".join(kinds)
        return [_fault(f"read names more than one kind: {two}", f"read 写了不止一个种类：{two}", key=kinds[1])]
    options = {option for reader in READERS for option in reader.options}
    strange = [str(key) for key in read if key not in options]
    names = ", ".join(known)
    if not strange:
        return [_fault(f"read names no kind; one of: {names}", f"read 没有写明种类，可选：{names}")]
    return [
        _fault(f"unknown kind {key}; one of: {names}", f"未知的种类 {key}，可选：{names}", nearest(key, known), key)
        for key in strange
    ]


def _faults(reader: Reader, read: Mapping[str, Any]) -> list[ReadFault]:
    faults = []
    target = read[reader.kind]
    if not isinstance(target, str) or not target.strip():
        faults.append(_fault(f"{reader.kind}: a text is needed", f"{reader.kind}：需要文本", key=reader.kind))
    elif reader.suffixes and (wrong := _path_fault(target)) is not None:
        faults.append(wrong)
    for key, value in read.items():
        if key == reader.kind:
            continue
        if key not in reader.options:
            known = ", ".join(sorted(reader.options)) or "-"
            hint = nearest(str(key), reader.options)
            faults.append(
                _fault(
                    f"{reader.kind} has no option {key}; known: {known}",
                    f"{reader.kind} 没有选项 {key}；已知：{known}",
                    hint,
                    str(key),
                )
            )
        elif (rule := _OPTIONS[key]) and not rule.holds(value):
            faults.append(_fault(f"{key}: {rule.words.en}", f"{key}：{rule.words.zh}", rule.hint(value), key))
    missing = sorted(reader.required - set(read))
    faults += [_fault(f"{reader.kind} needs {key}", f"{reader.kind} 缺少 {key}", key=key) for key in missing]
    return faults + _query_faults(reader, read)


def _query_faults(reader: Reader, read: Mapping[str, Any]) -> list[ReadFault]:
    query, url = read.get("query"), read.get("sql")
    if reader.kind != "sql" or not isinstance(query, str) or not isinstance(url, str):
        return []
    words = query_fault(query, url)
    return [] if words is None else [ReadFault(words, key="query")]


def _path_fault(pattern: str) -> ReadFault | None:
    """Return what is wrong with a pattern of files that no file could have."""
    if "\\" in pattern:
        meant = pattern.replace("\\", "/")
        return _fault(f"{pattern}: write / between folders: {meant}", f"{pattern}：目录之间请用 /：{meant}", meant)
    if pattern[:1] in ("“", "‘", "”", "’"):
        return _fault(
            f'{pattern}: these quotes are typographic: write "…"', f'{pattern}：这是中文引号，请改为半角引号 "…"'
        )
    return None


def _fault(en: str, zh: str, hint: str | None = None, key: str | None = None) -> ReadFault:
    return ReadFault(Words(en=en, zh=zh), hint, key)


@dataclass(frozen=True)
class _Rule:
    """What an option's value must be."""

    holds: Callable[[Any], bool]
    words: Words
    known: tuple[str, ...] = ()

    def hint(self, value: Any) -> str | None:
        wrong = [each for each in value if each not in self.known] if _is_texts(value) else [value]
        return nearest(str(wrong[0]), self.known) if wrong else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_encoding(value: Any) -> bool:
    try:
        charset.known(str(value))
    except (LookupError, ValueError):
        return False
    return isinstance(value, str)


def _is_mark(value: Any, named: tuple[str, ...]) -> bool:
    return isinstance(value, str) and (value in named or (len(value) == 1 and value.isascii() and value not in "\r\n"))


_TEXT = _Rule(_is_text, Words(en="a text is needed", zh="需要文本"))
_OPTIONS: dict[str, _Rule] = {
    "encoding": _Rule(
        _is_encoding,
        Words(en="no such encoding", zh="没有这种编码"),
        ("utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030", "big5", "latin-1"),
    ),
    "separator": _Rule(
        lambda value: _is_mark(value, ("whitespace", "tab")),
        Words(en="one character, tab or whitespace", zh="应为单个字符、tab 或 whitespace"),
        ("whitespace", "tab"),
    ),
    "quote": _Rule(
        lambda value: _is_mark(value, ("none",)),
        Words(en="one character, or none", zh="应为单个字符，或 none"),
        ("none",),
    ),
    "header": _Rule(lambda value: isinstance(value, bool), Words(en="true or false", zh="应为 true 或 false")),
    "names": _Rule(_is_texts, Words(en="a list of texts", zh="应为文本列表")),
    "skip": _Rule(_is_count, Words(en="a whole number, 0 or more", zh="应为不小于 0 的整数")),
    "sheet": _Rule(
        lambda value: _is_text(value) or _is_texts(value),
        Words(en="a name, a pattern, or a list of them", zh="应为名称、模式或其列表"),
    ),
    "header_row": _Rule(
        lambda value: _is_count(value) and value > 0, Words(en="a whole number, 1 or more", zh="应为不小于 1 的整数")
    ),
    "at": _TEXT,
    "rows": _Rule(lambda value: True, Words(en="", zh="")),
    "query": _TEXT,
    "cursor": _TEXT,
    "name": _TEXT,
    "type": _Rule(
        lambda value: set(value if _is_texts(value) else [str(value)]) <= set(EVENT_TYPES),
        Words(en=f"one or more of {', '.join(EVENT_TYPES)}", zh=f"应为 {'、'.join(EVENT_TYPES)} 中的一个或多个"),
        EVENT_TYPES,
    ),
    "event": _Rule(
        lambda value: _is_text(value) or _is_texts(value),
        Words(en="the name of an event, or a list of them", zh="应为事件名或其列表"),
    ),
}
