"""The tables handed between stages."""

from __future__ import annotations

import re

import pytest

from huaxiang.definitions.fields import CODE
from huaxiang.model import BUILT_IN, COLUMN_TYPES, COMMON, FACTS, FactTable, Type
from huaxiang.sources import RESERVED

TABLES = list(FACTS.values())
PERSONAL = re.compile(r"phone|mobile|email|address|id_card|openid|unionid|^name$|手机|身份证号|姓名|住址")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_and_column_has_words(table: FactTable) -> None:
    for words in (table.words, *(column.words for column in table.columns.values())):
        assert words.en
        assert re.search(r"[\u4e00-\u9fff]", words.zh)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_names_are_codes_and_not_reserved(table: FactTable) -> None:
    assert CODE.fullmatch(table.name)
    assert all(CODE.fullmatch(name) and column.name == name for name, column in table.columns.items())
    assert not RESERVED & set(table.columns)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_column_holds_personal_data(table: FactTable) -> None:
    assert [
        name for name, column in table.columns.items() if PERSONAL.search(name) or PERSONAL.search(column.words.zh)
    ] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_is_required_exists_and_types_are_storable(table: FactTable) -> None:
    assert set(table.required) <= set(table.types)
    assert all(column.type in COLUMN_TYPES for column in table.columns.values())
    assert set(table.types) == set(COMMON) | set(table.columns)


def test_numeric_types() -> None:
    assert [kind for kind in Type if kind.numeric] == [Type.INTEGER, Type.NUMBER, Type.MONEY]


def test_the_built_in_facts_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        BUILT_IN.facts["more"] = TABLES[0]  # type: ignore[index]
