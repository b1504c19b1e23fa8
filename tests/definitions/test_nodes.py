"""YAML as nodes that remember where they stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.definitions.nodes import Faults, Node, Place, parse_yaml, read_yaml


def parsed(text: str) -> Node:
    faults = Faults()
    node = parse_yaml(text, "f.yaml", faults)
    assert node is not None
    assert not faults.found
    return node


def test_every_node_knows_its_line() -> None:
    node = parsed("a: 1\n\n# note\nb:\n  - x\n  - c: 2\n")
    assert node.place == Place("f.yaml", 1)
    assert node.mapping["a"].place.line == 1
    assert node.mapping["b"].place.line == 4
    assert [item.place.line for item in node.mapping["b"].items] == [5, 6]
    assert node.mapping["b"].items[1].mapping["c"].place.line == 6


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [("7", 7, "7"), ("007", 7, "007"), ("0x1F", 31, "0x1F"), ("1_000", 1000, "1_000"), ("1.10", 1.1, "1.10"),
     ("-3", -3, "-3"),
     ('"7"', "7", "7"), ("2024-01-01", "2024-01-01", "2024-01-01"), ("no", "no", "no"),
     ("13800138000", 13800138000, "13800138000")],
)  # fmt: skip
def test_scalars(text: str, value: object, written: str) -> None:
    node = parsed(f"k: {text}").mapping["k"]
    assert (node.value, node.text) == (value, written)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False), ("null", None), ("~", None), ("", None)])
def test_what_is_no_text(text: str, value: object) -> None:
    node = parsed(f"k: {text}").mapping["k"]
    assert (node.value, node.text) == (value, None)


def test_lists_and_single_values() -> None:
    node = parsed("a: [1, 2]\nb: 1\nc:\n")
    assert [len(node.mapping[key].items) for key in "abc"] == [2, 1, 0]
    assert node.plain() == {"a": [1, 2], "b": 1, "c": None}
    assert parsed("").value is None


def test_an_alias_stands_for_a_single_value() -> None:
    assert parsed("a: &x 007\nb: [*x, *x]").plain() == {"a": 7, "b": [7, 7]}


LAUGHS = "a0: &a0 [ha, ha]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [(LAUGHS, 2, "the alias *a0 stands for a list"), ("a: &x [*x]", 1, "the alias *x stands for a list"),
     ("a: &x {b: 1}\n<<: *x", 2, "the alias *x stands for a list"),
     ("a: &x " + "ha" * 5_000 + "\nb:\n" + "- *x\n" * 1_000, 422, "has more than 4,194,304 characters"),
     ("a" * ((4 << 20) + 1), 1, "has more than 4,194,304 characters"),
     ("k:\n  " + "[" * 3_000 + "]" * 3_000, 2, "is nested more than 64 levels deep"),
     ("".join(" " * level + "k:\n" for level in range(1_000)), 64, "is nested more than 64 levels deep"),
     ("- " * 3_000, 1, "is nested more than 64 levels deep"), ("? " * 3_000, 1, "is nested more than 64 levels deep"),
     ("a: 1\n[b, c]: 2", 2, "a list or a mapping cannot be a key"),
     ('a: "\\ud83d"', 1, "half a character (a surrogate"), ('"\\ud83d": 1', 1, "half a character (a surrogate")],
)  # fmt: skip
def test_a_small_text_that_would_become_large_is_refused_where_it_does(text: str, line: int, words: str) -> None:
    faults = Faults()
    parse_yaml(text, "f.yaml", faults)
    [fault] = faults.found
    assert (fault.line, fault.what.en[: len(words)]) == (line, words)


def test_thirty_thousand_keys_that_stand_there_again_are_each_told_once() -> None:
    faults = Faults()
    parse_yaml("k: 1\n" * 30_000, "f.yaml", faults)
    assert [fault.line for fault in faults.found] == list(range(2, 30_001))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [("a: [1\nb: 2", 2, "is not YAML"), ("a: 1\na: 2", 2, "'a' stands here twice"),
     ("a: 1\n---\nb: 2", 2, "is not YAML"), ("a: *nobody", 1, "is not YAML"),
     ("k: !!int x", 1, "'x' is not a value YAML knows")],
)  # fmt: skip
def test_faults_of_a_file(text: str, line: int, words: str) -> None:
    faults = Faults()
    parse_yaml(text, "f.yaml", faults)
    [fault] = faults.found
    assert (fault.file, fault.line) == ("f.yaml", line)
    assert fault.what.en.startswith(words)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    faults = Faults()
    assert read_yaml(tmp_path / "none.yaml", "none.yaml", faults) is None
    (tmp_path / "gbk.yaml").write_bytes("名: 值".encode("gbk"))
    assert read_yaml(tmp_path / "gbk.yaml", "gbk.yaml", faults) is None
    assert [fault.file for fault in faults.found] == ["none.yaml", "gbk.yaml"]
    (tmp_path / "bom.yaml").write_text("a: 1", encoding="utf-8-sig")
    node = read_yaml(tmp_path / "bom.yaml", "bom.yaml", faults)
    assert node is not None
    assert node.plain() == {"a": 1}


def test_a_fault_is_noted_once_and_asks_for_the_nearest_word() -> None:
    faults = Faults()
    for _ in range(2):
        faults.add(Place("f", 1), "x", "x", word="amont", known=["amount", "count"])
    assert [fault.hint for fault in faults.found] == ["amount"]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab名: #-", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc名", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc名", min_size=1, max_size=3), PLAIN))
def test_plain_gives_back_what_was_written(value: dict[str, object]) -> None:
    # JSON is YAML, and no writer of YAML is free of faults of its own.
    assert parsed(json.dumps(value, ensure_ascii=False)).plain() == value
