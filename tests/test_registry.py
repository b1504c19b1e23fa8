"""The registry: parts keep their numbers, one build is current, quality over builds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from huaxiang.registry import KnownPart, Registry
from huaxiang.registry.tables import META

AT = datetime(2026, 6, 1)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry(tmp_path / "store" / "registry.db")
    yield opened
    opened.close()


def test_who_opens_a_new_one_at_the_same_moment_finds_it_whole(tmp_path: Path) -> None:
    def opened(_: int) -> set[str]:
        registry = Registry(tmp_path / "registry.db")
        try:
            return set(sa.inspect(registry.engine).get_table_names())
        finally:
            registry.close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(opened, range(8))) == [set(META.tables)] * 8


def test_a_table_that_an_older_one_lacks_is_made(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    old = Registry(path)
    old.reserve_part("pos", "a.csv", "1")
    with old.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE builds")
    old.close()
    new = Registry(path)
    assert new.current() is None and [each.name for each in new.parts()] == ["a.csv"]
    new.close()


def part(number: int, name: str = "a.csv", order: str = "1") -> KnownPart:
    return KnownPart(
        number, "pos", name, order, "s", "f", "d", "folder", "state", None, "now", {"rows": 3, "x": {"y": 1}}
    )


def test_a_part_keeps_its_number(registry: Registry) -> None:
    first = registry.reserve_part("pos", "a.csv", "1")
    second = registry.reserve_part("pos", "b.csv", "2")
    assert first != second
    registry.put_part(part(first))
    assert registry.reserve_part("pos", "a.csv", "1") == first
    assert registry.reserve_part("web", "a.csv", "1") not in (first, second)


def test_parts_come_back_as_they_were_put(registry: Registry) -> None:
    number = registry.reserve_part("pos", "a.csv", "1")
    [blank] = registry.parts()
    assert (blank.fingerprint, blank.folder, dict(blank.counts)) == ("", "", {})
    registry.put_part(part(number))
    assert registry.parts("pos") == [part(number)]
    registry.put_part(replace(part(number), same_as="b.csv", order="7"))
    assert [(each.same_as, each.order) for each in registry.parts()] == [("b.csv", "7")]


def test_parts_are_in_the_order_in_which_later_replaces_earlier(registry: Registry) -> None:
    for source, name, order in (("web", "x", "2"), ("pos", "b", "9"), ("web", "y", "1"), ("pos", "a", "10")):
        registry.reserve_part(source, name, order)
    assert [(each.source, each.name) for each in registry.parts()] == [
        ("pos", "a"),
        ("pos", "b"),
        ("web", "y"),
        ("web", "x"),
    ]


def test_parts_that_are_gone_are_forgotten(registry: Registry) -> None:
    numbers = [registry.reserve_part("pos", name, name) for name in "abc"]
    registry.drop_parts(numbers[:2])
    registry.drop_parts([])
    assert [each.name for each in registry.parts()] == ["c"]


def test_a_number_is_never_given_twice(registry: Registry) -> None:
    """The vault and old warehouses know a part by its number."""
    last = [registry.reserve_part("pos", name, name) for name in "abc"][-1]
    registry.drop_parts([last])
    assert registry.reserve_part("pos", "d", "d") > last


def test_a_build_becomes_current_when_it_is_finished(registry: Registry) -> None:
    assert registry.current() is None
    build = registry.begin_build(AT)
    assert (build.id, build.as_of, build.state, build.file, build.finished) == (
        1,
        AT,
        "running",
        "build-000001.duckdb",
        None,
    )
    assert registry.current() is None
    registry.finish_build(1, {"rows": 3}, {"tags": {"a": "h"}}, [("pos", "amount", {"rows": 3, "missing": 1})])
    current = registry.current()
    assert current is not None
    assert (current.id, current.state, current.summary, current.definitions) == (
        1,
        "done",
        {"rows": 3},
        {"tags": {"a": "h"}},
    )
    assert current.finished is not None


def test_a_failed_build_leaves_the_one_before(registry: Registry) -> None:
    registry.begin_build(AT)
    registry.finish_build(1, {}, {}, [])
    registry.begin_build(AT)
    registry.fail_build(2)
    assert registry.begin_build(AT).id == 3
    assert registry.begin_build(AT).id == 4
    assert [registry.build(number).state for number in (1, 2, 3, 4)] == ["done", "failed", "failed", "running"]
    current = registry.current()
    assert current is not None
    assert current.id == 1
    assert [each.id for each in registry.builds()] == [1]


def test_quality_by_build_and_source(registry: Registry) -> None:
    for number in (1, 2):
        registry.begin_build(AT)
        registry.finish_build(number, {}, {}, [("pos", "", {"rows": number}), ("web", "amount", {"rows": 0})])
    assert [(row["build"], row["source"], row["column"]) for row in registry.quality()] == [
        (1, "pos", ""), (1, "web", "amount"), (2, "pos", ""), (2, "web", "amount"),
    ]  # fmt: skip
    assert [row["counts"] for row in registry.quality(2, "pos")] == [{"rows": 2}]


def test_it_is_still_there_when_opened_again(registry: Registry, tmp_path: Path) -> None:
    registry.reserve_part("pos", "a.csv", "1")
    registry.begin_build(AT)
    registry.finish_build(1, {}, {}, [])
    again = Registry(tmp_path / "store" / "registry.db")
    assert [each.name for each in again.parts()] == ["a.csv"]
    assert again.current() == registry.current()
    again.close()
