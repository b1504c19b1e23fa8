"""Measuring a build from the command line: what every build ends with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.markup import escape

from huaxiang.cli.screen import screen
from huaxiang.engine.duckdb import GIB
from huaxiang.errors import HuaxiangError
from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild, Warehouse
from huaxiang.watch import load_watching, measure
from huaxiang.words import Count, Words

STAGES = {
    "watch": Words("Measuring tags", "监测标签"),
    "lift": Words("Measuring lift", "测量提升度"),
}
_MEMORY = 3 * GIB
"""Lift computes all tags once more, as a build does."""


@contextmanager
def opened(project: Project) -> Iterator[CurrentBuild]:
    """Lend the current build to the block, with the memory that measuring takes."""
    with Warehouse(project.root, project, memory=_MEMORY) as warehouse, warehouse.current() as current:
        yield current


def measure_new_build(project: Project) -> None:
    """Measure the build just made. It stands whatever becomes of its measuring, which is said and can be done again."""
    try:
        measure_build(project)
    except HuaxiangError as error:
        screen.say(
            f"[yellow]![/] the build is done, but measuring it failed: {escape(error.words.en)}; "
            "again with: huaxiang health --measure",
            f"[yellow]![/] 构建已完成，但测量失败：{escape(error.words.zh)}；可以重试：huaxiang health --measure",
        )


def measure_build(project: Project) -> None:
    """Measure the current build and say how many alerts wait."""
    rules = load_watching(project)
    with screen.progress(STAGES) as watch, opened(project) as current:
        found = measure(current, watching=rules, progress=lambda done, what: watch("watch", done, what))
    waiting = sum(alert.open for alert in found.alerts)
    if waiting:
        screen.say(
            f"[yellow]![/] {waiting} {Count(waiting):alert|alerts}: huaxiang alerts list",
            f"[yellow]![/] {waiting} 条告警：huaxiang alerts list",
        )
