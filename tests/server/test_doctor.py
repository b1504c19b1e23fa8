"""The doctor says how the background tasks of a running server fare, and nothing of those of one that was killed."""

from __future__ import annotations

from pathlib import Path

from huaxiang.doctor import diagnose
from huaxiang.processes.supervision import TaskReport
from huaxiang.project import TASKS
from huaxiang.server.presence import only_server
from huaxiang.words import Words
from tests.deliver.shop import make_shop

WEBHOOKS = Words("webhooks", "Webhook 任务")


def said(root: Path) -> list[tuple[str, str]]:
    return [(each.state, each.words.en) for each in diagnose(root) if "webhooks" in each.words.en]


def test_a_task_that_failed_is_bad_until_it_runs_and_a_warning_then(tmp_path: Path) -> None:
    root = make_shop(tmp_path / "shop")
    report = TaskReport(root / ".huaxiang" / TASKS)
    with only_server(root):
        report.failed("webhooks", WEBHOOKS, "OperationalError")
        ((state, words),) = said(root)
        assert state == "bad" and "OperationalError" in words and "restarted" in words
        report.running("webhooks", WEBHOOKS)
        ((state, words),) = said(root)
        assert state == "warning" and "after 1 failure" in words
    assert said(root) == []
