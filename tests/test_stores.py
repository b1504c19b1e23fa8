from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.stores import BASES, KEEPING_WORDS, REGISTRY, STORE, STORES, Keeping, store_of
from huaxiang.words import Language

ROOT = Path(__file__).parents[1]


def test_architecture_lists_what_is_kept_and_where() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = [
        f"| `{each.path}` | {each.what.en} | {each.written_by} | {KEEPING_WORDS[each.keeping].en} |" for each in STORES
    ]
    assert "\n".join(rows) in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_guide_lists_all_that_a_backup_must_hold(language: Language) -> None:
    text = (ROOT / f"docs/guide/{language}/9-operations.md").read_text(encoding="utf-8")
    state = [each for each in STORES if each.keeping is Keeping.STATE]
    rows = [f"| `{each.path}` | {each.what.say(language)} | {each.lost.say(language)} |" for each in state]
    assert "\n".join(rows) in text


def test_a_file_is_found_in_the_list_by_its_place() -> None:
    found = store_of(Path("/a/shop") / STORE / BASES / "base-000001/node.npy")
    assert found is not None
    assert found.name == BASES
    known = store_of(Path(REGISTRY))
    assert known is not None
    assert known.keeping is Keeping.STATE
    assert store_of(Path("/a/shop") / STORE / "never-heard-of") is None
