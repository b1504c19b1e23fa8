"""A background task that fails is restarted, later each time, and says so where others read it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from huaxiang.processes.supervision import Running, TaskReport, keep_running, reported_tasks
from huaxiang.words import Words

WORDS = Words("counting", "计数")


def test_a_task_that_fails_is_restarted_until_it_returns_and_reports_each_failure(tmp_path: Path) -> None:
    file, seen = tmp_path / "tasks.json", []
    report = TaskReport(file)

    async def work() -> None:
        (task,) = reported_tasks(file)
        seen.append((task.state, task.failures, task.fault))
        if len(seen) < 3:
            raise KeyError("a value that must not be reported")

    asyncio.run(keep_running(work, report, "count", WORDS, first=0.01))
    assert seen == [(Running.RUNNING, 0, ""), (Running.RUNNING, 1, "KeyError"), (Running.RUNNING, 2, "KeyError")]
    assert reported_tasks(file) == ()


def test_a_failed_task_is_reported_while_it_waits_without_what_the_error_said(tmp_path: Path) -> None:
    file = tmp_path / "tasks.json"
    report = TaskReport(file)

    async def work() -> None:
        raise ValueError("13912345678")

    async def live() -> None:
        task = asyncio.create_task(keep_running(work, report, "count", WORDS, first=60.0))
        while not any(each.failures for each in reported_tasks(file)):
            await asyncio.sleep(0.01)
        assert "13912345678" not in file.read_text(encoding="utf-8")
        (state,) = reported_tasks(file)
        assert (state.state, state.words, state.fault) == (Running.RESTARTING, WORDS, "ValueError")
        task.cancel()

    asyncio.run(live())


def test_a_task_that_is_wanted_no_more_is_not_restarted(tmp_path: Path) -> None:
    over, runs = asyncio.Event(), []

    async def work() -> None:
        runs.append(1)
        over.set()
        raise OSError

    asyncio.run(keep_running(work, TaskReport(), "count", WORDS, over=over.is_set, first=60.0))
    assert runs == [1]


def test_a_report_that_cannot_be_written_or_read_stops_nobody(tmp_path: Path) -> None:
    TaskReport(tmp_path / "missing" / "tasks.json").running("count", WORDS)
    file = tmp_path / "tasks.json"
    for text in ("", "[]", "{", '[{"name": 1}]', json.dumps([{"name": "x", "words": {"en": "x"}, "state": "running"}])):
        file.write_text(text, encoding="utf-8")
        assert reported_tasks(file) == ()
