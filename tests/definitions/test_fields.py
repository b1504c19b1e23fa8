"""Typed keys of one mapping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.words import Words


def fields_of(text: str) -> Fields:
    faults = Faults()
    node = parse_yaml(text, "f.yaml", faults)
    assert node is not None
    return Fields(node, Words("a thing", "东西"), faults)


READ: dict[str, tuple[str, Callable[[Fields], Any], Any]] = {
    "a text": ("k: x", lambda f: f.text("k"), Text("x")),
    "a number as a text, as written": ("k: 1.10", lambda f: f.text("k"), Text("1.10")),
    "no text": ("j: x", lambda f: f.text("k"), None),
    "a code": ("k: pos_1", lambda f: f.code("k"), "pos_1"),
    "a whole number": ("k: 3", lambda f: f.integer("k", 1), 3),
    "no whole number": ("j: 3", lambda f: f.integer("k", 1), 1),
    "a flag": ("k: true", lambda f: f.flag("k"), True),
    "a choice": ("k: b", lambda f: f.choice("k", "abc", "a"), "b"),
    "a default choice": ("j: b", lambda f: f.choice("k", "abc", "a"), "a"),
    "words": ("k: {zh: 名, en: name}", lambda f: f.words("k", "d"), Words("name", "名")),
    "words in one language": ("k: {zh: 名}", lambda f: f.words("k", "d"), Words("名", "名")),
    "words as a text": ("k: 名", lambda f: f.words("k", "d"), Words("名", "名")),
    "words by default": ("j: 名", lambda f: f.words("k", "d"), Words("d", "d")),
    "texts": ("k: [a, 007]", lambda f: f.texts("k"), (Text("a"), Text("007"))),
    "one text as a list": ("k: a", lambda f: f.texts("k"), (Text("a"),)),
    "a map of texts": ("k: {a: 1, b: x}", lambda f: f.text_map("k"), {"a": Text("1"), "b": Text("x")}),
}


@pytest.mark.parametrize(("text", "read", "value"), READ.values(), ids=READ.keys())
def test_what_is_right(text: str, read: Callable[[Fields], Any], value: Any) -> None:
    fields = fields_of(text)
    assert read(fields) == value
    assert fields.faults.found == []


WRONG: dict[str, tuple[str, Callable[[Fields], Any], Any, str]] = {
    "a list for a text": ("k: [x]", lambda f: f.text("k"), None, "k must be a text"),
    "a flag for a text": ("k: true", lambda f: f.text("k"), None, "k must be a text"),
    "no code": ("k: Pos", lambda f: f.code("k"), "Pos", "'Pos' is not a code"),
    "a code that lacks": ("j: 1", lambda f: f.code("k"), "", "a thing lacks 'k'"),
    "a text for a number": ("k: x", lambda f: f.integer("k", 1), 1, "k must be a whole number"),
    "a flag for a number": ("k: true", lambda f: f.integer("k", 1), 1, "k must be a whole number"),
    "a text for a flag": ("k: yes", lambda f: f.flag("k"), False, "k must be true or false"),
    "no such choice": ("k: weekly", lambda f: f.choice("k", ("week", "day"), "day"), "day", "k cannot be 'weekly'"),
    "words in another language": (
        "k: {fr: nom}",
        lambda f: f.words("k", "d"),
        Words("d", "d"),
        "no language 'fr' here",
    ),
    "words that are none": ("k: {zh: [a]}", lambda f: f.words("k", "d"), Words("d", "d"), "k.zh must be a text"),
    "words that are nothing": ("k: {zh: }", lambda f: f.words("k", "d"), Words("d", "d"), "k.zh must be a text"),
    "words as a list": ("k: [a]", lambda f: f.words("k", "d"), Words("d", "d"), "k must be a text, or"),
    "texts that are none": ("k: [{a: 1}]", lambda f: f.texts("k"), (), "k must be a list of texts"),
    "no mapping": ("k: x", lambda f: f.mapping("k"), {}, "k must be a mapping"),
    "a map of lists": ("k: {a: [1]}", lambda f: f.text_map("k"), {}, "a must be a text"),
    "a mapping that lacks": ("j: 1", lambda f: f.mapping("k", required=True), {}, "a thing lacks 'k'"),
}


@pytest.mark.parametrize(("text", "read", "value", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong(text: str, read: Callable[[Fields], Any], value: Any, words: str) -> None:
    fields = fields_of(text)
    assert read(fields) == value
    [fault] = fields.faults.found
    assert fault.what.en.startswith(words)
    assert fault.line == 1


def test_what_nobody_asked_for_is_a_fault() -> None:
    fields = fields_of("name: x\nnmae: y")
    fields.text("name")
    fields.finish()
    [fault] = fields.faults.found
    assert (fault.line, fault.what.zh, fault.hint) == (2, "东西没有“nmae”这个键", "name")


def test_what_is_no_mapping_is_one_fault() -> None:
    fields = fields_of("[1, 2]")
    assert fields.text("k", required=True) is None
    fields.finish()
    assert [fault.what.zh for fault in fields.faults.found] == ["东西应是“键: 值”的形式"]
    assert "k" not in fields
