"""Each store damaged in each way at rest: named, nothing lost, and docs/damage says what was seen."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from huaxiang.deliver.state import Deliveries
from huaxiang.stores import STORES, Keeping
from huaxiang.words import Language
from tests.damage.table import TARGETS, Row, cases, page, tried
from tests.read.sample import with_key

DOCS = Path(__file__).parents[2] / "docs/damage"
ALL = frozenset(f"Name {number}" for number in range(20))


@pytest.fixture(scope="module")
def rows(built: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    seen, older = [], built.parent / "older"
    folder = tmp_path_factory.mktemp("cases")
    Deliveries(built / ".huaxiang/deliveries.db").close()
    with with_key():
        for store, way in cases(older):
            root = Path(shutil.copytree(built, folder / "shop"))
            seen.append(tried(root, older, store, way, ALL))
            shutil.rmtree(root)
    return seen


def test_nothing_lacks_afterwards(rows: list[Row]) -> None:
    assert {(each.store, each.way): each.lacks for each in rows if each.lacks} == {}


def test_the_doctor_names_the_store_unless_nothing_was_lost_with_it(rows: list[Row]) -> None:
    unnamed = [
        (each.store, each.way) for each in rows if not any(each.store.rstrip("/") in words.en for words in each.doctor)
    ]
    # What is made again by itself is nobody's concern while it is not there, or older than it was.
    assert {store for store, _ in unnamed} <= {"live.db", "deliveries.db"}
    assert all(way in ("deleted", "emptied", "rolled_back") for _, way in unnamed), unnamed


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_what_was_seen(rows: list[Row], language: Language) -> None:
    path = DOCS / f"{language}.md"
    text = page(rows, language)
    if os.environ.get("HUAXIANG_WRITE"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_every_store_that_is_a_file_of_ours_is_tried() -> None:
    ours = {each.path.removeprefix(".huaxiang/") for each in STORES if each.path.startswith(".huaxiang/")}
    passing = {each.path.removeprefix(".huaxiang/") for each in STORES if each.keeping is Keeping.PASSING}
    # What models predicted is imported, and the places of callbacks are files of one line.
    assert ours - passing - set(TARGETS) == {"predictions/", "cursors/"}
