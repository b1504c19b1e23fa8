"""The registry's part in watching: measurements, uses, baselines, alerts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from huaxiang.registry import Registry
from huaxiang.registry.health import (
    NewAlert,
    acknowledge,
    alerts,
    earlier_builds,
    first_measured,
    health_rows,
    measured_builds,
    note_use,
    pin_baseline,
    pinned_baseline,
    put_alerts,
    put_health,
    put_lifts,
    uses,
)
from huaxiang.words import Words


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry(tmp_path / "registry.db")
    yield opened
    opened.close()


def record(definition: str = "x", known: int = 5, **more: Any) -> dict[str, Any]:
    return {"definition": definition, "known": known, **more}


def new(alert: str, tag: str, psi: float = 0.3) -> NewAlert:
    return NewAlert(alert, tag, "warning", Words("Drift", "漂移"), "psi > 0.25", {"psi": psi})


def test_measurements_are_kept_by_build_and_tag(registry: Registry) -> None:
    put_health(registry, 1, {"b": record(), "a": record(psi=0.1)})
    put_health(registry, 3, {"a": record(psi=0.2)})
    assert [(row.build, row.tag) for row in health_rows(registry)] == [(1, "a"), (1, "b"), (3, "a")]
    assert [row.measured["psi"] for row in health_rows(registry, tag="a")] == [0.1, 0.2]
    assert (measured_builds(registry), first_measured(registry)) == ([1, 3], {"a": 1, "b": 1})


def test_measuring_again_replaces_and_keeps_lifts(registry: Registry) -> None:
    put_health(registry, 1, {"a": record(), "b": record()})
    put_lifts(registry, 1, {"a": {"outcome": "orders"}})
    put_health(registry, 1, {"a": record(known=9)})
    [row] = health_rows(registry, build=1)
    assert (row.measured["known"], row.lift) == (9, {"outcome": "orders"})
    put_lifts(registry, 1, {})
    assert health_rows(registry, build=1)[0].lift is None


def test_earlier_builds_are_those_of_the_same_definition(registry: Registry) -> None:
    put_health(registry, 1, {"a": record("old"), "b": record(known=0)})
    put_health(registry, 2, {"a": record("new", known=0), "b": record()})
    put_health(registry, 3, {"a": record("new"), "b": record()})
    put_health(registry, 4, {"a": record("new"), "b": record()})
    assert earlier_builds(registry, 4, {"a": "new", "b": "x", "c": "x"}) == ({"a": 3, "b": 2}, {"a": 3, "b": 3})
    assert earlier_builds(registry, 3, {"a": "new"}) == ({}, {"a": 2})
    assert earlier_builds(registry, 4, {"a": "newer"}) == ({}, {})


def test_the_last_pin_counts(registry: Registry) -> None:
    assert pinned_baseline(registry) is None
    pin_baseline(registry, 4)
    pin_baseline(registry, 7)
    assert pinned_baseline(registry) == 7
    pin_baseline(registry, None)
    assert pinned_baseline(registry) is None


def test_uses_add_up_by_kind_from_a_day_on(registry: Registry) -> None:
    note_use(registry, "export", ["a", "b"], day=date(2026, 6, 1))
    note_use(registry, "export", ["a"], day=date(2026, 6, 2))
    note_use(registry, "console", ["a", "a"], day=date(2026, 6, 2))
    assert uses(registry, date(2026, 6, 1)) == {"a": {"console": 2, "export": 2}, "b": {"export": 1}}
    assert uses(registry, date(2026, 6, 2)) == {"a": {"console": 2, "export": 1}}


def test_alerts_that_no_longer_hold_go_and_acknowledged_ones_stay(registry: Registry) -> None:
    first, second = put_alerts(registry, 1, [new("drift", "a"), new("drift", "b")])
    seen = acknowledge(registry, first.id, "li", "known")
    assert seen is not None and (seen.by, seen.note, seen.open) == ("li", "known", False)
    again = put_alerts(registry, 1, [new("drift", "a", 0.9), new("gone", "c")])
    assert [(each.alert, each.tag, each.open) for each in again] == [("drift", "a", False), ("gone", "c", True)]
    assert again[0] == seen and second.id not in {each.id for each in again}
    put_alerts(registry, 2, [new("drift", "b")])
    assert [each.build for each in alerts(registry)] == [2, 1, 1]
    assert [each.tag for each in alerts(registry, only_open=True)] == ["b", "c"]
    assert [each.build for each in alerts(registry, tag="a")] == [1]
    assert acknowledge(registry, 999, "li") is None
