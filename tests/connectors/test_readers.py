"""Choosing a reader from what `read:` says, and saying all that is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from huaxiang.connectors.readers import READERS, BadRead, reader_for


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [(f"data/x*{suffix}", reader.kind) for reader in READERS for suffix in reader.suffixes]
    + [("data/X.CSV.GZ", "csv")],
)
def test_the_ending_chooses(pattern: str, kind: str) -> None:
    reader, spec = reader_for(pattern)
    assert (reader.kind, spec.kind, spec.target, dict(spec.options)) == (kind, kind, pattern, {})


def test_a_mapping_names_the_kind() -> None:
    reader, spec = reader_for({"csv": "data/*.dat", "encoding": "gbk", "separator": "|"})
    assert (reader.kind, spec.target, dict(spec.options)) == (
        "csv",
        "data/*.dat",
        {"encoding": "gbk", "separator": "|"},
    )


def test_kinds_and_endings_are_not_taken_twice() -> None:
    kinds = [reader.kind for reader in READERS]
    endings = [suffix for reader in READERS for suffix in reader.suffixes]
    assert len(set(kinds)) == len(kinds)
    assert len(set(endings)) == len(endings)
    assert all(reader.required <= reader.options for reader in READERS)


@pytest.mark.parametrize(
    ("read", "said", "hint"),
    [
        ("data/x.cvs", "no reader", ".csv"),
        ("data/x", "no reader", None),
        ("postgresql://h/d", "needs a query", None),
        ({"excell": "x.xlsx"}, "unknown kind excell", "excel"),
        ({"encoding": "gbk"}, "names no kind", None),
        ({"csv": "a", "json": "b"}, "more than one kind", None),
        ({"csv": "a", "seperator": ";"}, "no option seperator", "separator"),
        ({"csv": "a", "encoding": "utf8x"}, "no such encoding", "utf-8"),
        ({"csv": "a", "separator": "whitespaces"}, "one character", "whitespace"),
        ({"csv": "a", "header": "no"}, "true or false", None),
        ({"csv": "a", "skip": -1}, "whole number", None),
        ({"csv": "a", "names": "x"}, "list of texts", None),
        ({"csv": ""}, "a text is needed", None),
        ({"excel": "a", "header_row": 0}, "1 or more", None),
        ({"sql": "sqlite:///x"}, "needs query", None),
        ({"sql": "sqlite:///x", "query": "drop table x"}, "single SELECT", None),
        (["a"], "a pattern", None),
    ],
)
def test_what_is_wrong_is_said(read: Any, said: str, hint: str | None) -> None:
    with pytest.raises(BadRead, match=said) as caught:
        reader_for(read)
    assert said in caught.value.words.en
    assert caught.value.words.zh
    assert caught.value.hint == hint


def test_all_faults_at_once() -> None:
    with pytest.raises(BadRead) as caught:
        reader_for({"sql": "sqlite:///x", "cursr": "id", "name": 3})
    assert [fault.key for fault in caught.value.faults] == ["cursr", "name", "query"]
    assert [fault.hint for fault in caught.value.faults] == ["cursor", None, None]
