"""Which words are offered while a definition is written, and where a new one begins."""

from __future__ import annotations

import pytest

from huaxiang.console import words_govern as wg
from huaxiang.console.palette import before_cursor, fitting, kind_in, offered
from huaxiang.console.starting import KIND_NAMES, starting_kinds, starting_text
from huaxiang.govern import check_text, code_in
from huaxiang.project import Project, load_project
from tests.read.sample import template


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return load_project(template(tmp_path_factory.mktemp("palette") / "shop"))


@pytest.mark.parametrize("kind", starting_kinds())
def test_each_kind_begins_with_a_sound_definition(project: Project, kind: str) -> None:
    text = starting_text(project, kind)
    assert check_text(project, text) == []
    assert kind_in(text) == kind
    assert code_in(text) not in project.tags.tags


def test_every_kind_has_a_name() -> None:
    assert set(KIND_NAMES) == set(starting_kinds())


@pytest.mark.parametrize(
    ("old", "new", "before"),
    [
        ("a: b\nc: d\n", "a: bx\nc: d\n", "a: bx"),
        ("", "from: ord", "from: ord"),
        ("aa", "aaa", "a"),
        ("abc", "ac", "a"),
        ("same", "same", ""),
    ],
)
def test_where_somebody_types(old: str, new: str, before: str) -> None:
    assert before_cursor(old, new) == before


def test_what_fits_depends_on_the_place(project: Project) -> None:
    text = "tag: x\nfrom: orders\nvalue: sum("

    def words(before: str, wanted: str = "") -> dict[str, list[str]]:
        return {each.name.en: [word.code for word in each.found] for each in fitting(project, text, before, wanted)}

    assert list(words("tag: x\nfrom: ")) == [wg.TABLES.en]
    assert words("tag: x\nfrom: ord")[wg.TABLES.en] == ["orders", "order_items"]
    assert list(words("tag: x\nwin")) == [wg.KEYS.en]
    assert words("tag: x\nwin")[wg.KEYS.en] == ["window: "]
    assert words(f"{text}amo")[wg.COLUMNS_OF.en] == ["amount"]
    assert "sum()" in words("tag: x\nvalue: s")[wg.FUNCTIONS.en]
    # People look for words they know things by.
    assert "amount" in words("", "实付")[wg.COLUMNS_OF.en]
    assert not fitting(project, text, "", "no such word")
    # A word of one's own narrows nothing.
    assert words("tag: zzzz")[wg.COLUMNS_OF.en]


def test_every_sort_of_word_is_completed(project: Project) -> None:
    found = {sort: {word.code for word in words} for sort, words in offered(project, "from: orders\n").items()}
    wanted = {"keys": "where: ", "kinds": "peers: ", "tables": "orders", "columns": "amount", "functions": "sum()"}
    assert {sort: code in found[sort] for sort, code in wanted.items()} == dict.fromkeys(wanted, True)
    assert found["tags"] == set(project.tags.tags)
    assert found["segments"] == set(project.segments.segments)
    assert not offered(project, "tag: x\n")["columns"]
