"""A plan is a list of named steps: run, explained, and named when one fails."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from huaxiang.engine.duckdb import Engine
from huaxiang.errors import StepError
from huaxiang.steps import PythonStep, SqlStep, explain_steps, needed, run_steps

STEPS = (
    SqlStep("one", "CREATE TABLE one AS SELECT 1 AS v", "one"),
    PythonStep("two", lambda engine: engine.run("CREATE TABLE two AS SELECT v + 1 AS v FROM one"), "two", ("one",)),
    SqlStep("three", "CREATE TABLE three AS SELECT v + 1 AS v FROM two", "three", ("two",)),
)


def test_steps_run_in_order_and_are_timed() -> None:
    told: list[tuple[str, float]] = []
    with Engine(threads=1) as engine:
        seconds = run_steps(engine, iter(STEPS), lambda name, fraction: told.append((name, round(fraction, 2))))
        assert engine.one("SELECT v FROM three") == 3
    assert list(seconds) == ["one", "two", "three"]
    assert all(each >= 0 for each in seconds.values())
    assert told == [("one", 0.0), ("two", 0.33), ("three", 0.67)]


def test_only_what_is_asked_for_is_done() -> None:
    steps = [*STEPS, SqlStep("aside", "SELECT 1", "aside", ("one",)), SqlStep("drop one", "DROP TABLE one", "one")]
    assert [step.name for step in needed(steps, {"two"})] == ["one", "two"]
    assert [step.name for step in needed(steps, {"aside", "three"})] == ["one", "two", "three", "aside"]
    assert needed(steps, {"nothing"}) == []


def test_steps_of_one_name_are_timed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([0.0, 1.0, 10.0, 10.5, 20.0, 22.0])
    monkeypatch.setattr("huaxiang.steps.time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    with Engine(threads=1) as engine:
        steps = [SqlStep(name, "SELECT 1", "") for name in ("one", "other", "one")]
        assert run_steps(engine, steps) == {"one": 3.0, "other": 0.5}


def test_a_failure_names_its_step_and_sql() -> None:
    with Engine(threads=1) as engine, pytest.raises(StepError) as caught:
        run_steps(engine, [SqlStep("bad", "SELECT * FROM nobody", "x")])
    assert (caught.value.step, caught.value.sql) == ("bad", "SELECT * FROM nobody")


def test_explaining_reads_the_same_list() -> None:
    assert explain_steps(STEPS) == (
        "-- one: one\nCREATE TABLE one AS SELECT 1 AS v\n\n-- two: two ← one\n(Python)\n\n"
        "-- three: three ← two\nCREATE TABLE three AS SELECT v + 1 AS v FROM two"
    )
