"""A tag that fails never stops the others: it keeps its last good values, and the build says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from huaxiang.pipeline import build, refresh
from tests.pipeline.test_refresh import FILES, HEAD, START, run, tables, write
from tests.read.sample import with_key

TAGS = """
- {tag: n, category: a, from: orders, value: count(*), default: 0}
- {tag: big, category: a, from: orders, value: count(*) * 4000000000000000000}
- {tag: bigger, category: a, rule: {much: 'big > 5', else: little}}
- {tag: spend, category: a, from: orders, value: sum(amount)}
"""
SEGMENTS = "- {segment: little, where: \"bigger = 'little'\"}"
THIRD = HEAD + "C1,2026-02-20,M2,13912345678,5,茶\nC2,2026-02-21,M2,,5,茶\n"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "shop"
    for name, text in FILES.items():
        write(root, name, text)
    write(root, "tags/all.yaml", TAGS)
    write(root, "segments/all.yaml", SEGMENTS)
    with with_key():
        yield root


def test_it_keeps_its_last_good_values(shop: Path) -> None:
    first = run(build, shop, START)
    assert first.summary["stale"] == {}
    before = tables(shop, first)
    write(shop, "data/three.csv", THIRD)
    second = run(build, shop, START)
    stale = second.summary["stale"]
    assert {code: each["since"] for code, each in stale.items()} == {"big": first.id, "bigger": first.id}
    assert stale["bigger"]["en"] == "it depends on big, which failed"
    after = tables(shop, second)
    old, new = ({row[0]: row[1:] for row in each["tags"]} for each in (before, after))
    assert sorted(row[0] for row in new.values()) != sorted(row[0] for row in old.values())
    # Good tags first, as they are computed; failed ones behind them.
    assert {who: row[2:] for who, row in new.items()} == {who: row[1:3] for who, row in old.items()}
    assert after["segment_members"] == before["segment_members"]
    # It stays at the last build in which it was good, and recovers by itself.
    assert run(refresh, shop, START).summary["stale"]["big"]["since"] == first.id
    (shop / "data/three.csv").unlink()
    third = run(refresh, shop, START)
    assert (third.summary["stale"], third.summary["rebuilt"]["en"]) == (
        {},
        "tags failed in the last build: big, bigger",
    )


def test_a_tag_that_never_was_good_is_unknown(shop: Path) -> None:
    write(shop, "data/three.csv", THIRD)
    done = run(build, shop, START)
    assert {code: each["since"] for code, each in done.summary["stale"].items()} == {"big": None, "bigger": None}
    assert {row[3:] for row in tables(shop, done)["tags"]} == {(None, None)}


def test_a_refresh_in_which_a_tag_fails_becomes_a_build(shop: Path) -> None:
    run(build, shop, START)
    write(shop, "data/three.csv", THIRD)
    done = run(refresh, shop, START)
    assert set(done.summary["stale"]) == {"big", "bigger"}
    assert "failed" in done.summary["rebuilt"]["en"]
