"""A plan is a list of named steps; running, explaining and planning are readers of the same list."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from huaxiang.engine.duckdb import Engine


@dataclass(frozen=True)
class SqlStep:
    """One statement of a plan: its readable name, the tables it reads and the one it writes."""

    name: str
    sql: str
    writes: str
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class PythonStep:
    """A step that is not SQL; `run` gets the engine and keeps to the tables it names."""

    name: str
    run: Callable[[Engine], None] = field(compare=False)
    writes: str = ""
    reads: tuple[str, ...] = ()
    told: str = "(Python)"
    """What it does, for those who read the plan."""


Step = SqlStep | PythonStep
Progress = Callable[[str, float], None]
"""Told a step's name and the fraction of the stage that is done, 0 to 1."""


def run_steps(engine: Engine, steps: Iterable[Step], progress: Progress | None = None) -> dict[str, float]:
    """Run the steps in order; return seconds by step name, those of one name together.

    Raises StepError naming the step that failed.
    """
    steps = list(steps)
    seconds: dict[str, float] = {}
    for number, step in enumerate(steps):
        if progress:
            progress(step.name, number / len(steps))
        begun = time.perf_counter()
        if isinstance(step, SqlStep):
            engine.run(step.sql, step=step.name)
        else:
            step.run(engine)
        seconds[step.name] = seconds.get(step.name, 0.0) + time.perf_counter() - begun
    return seconds


def needed(steps: Iterable[Step], wanted: Collection[str]) -> list[Step]:
    """Return the steps without which the tables `wanted` would not be as they are at the end; none that drop others."""
    kept: list[Step] = []
    open_ = set(wanted)
    for step in reversed(list(steps)):
        if step.writes in open_:
            kept.append(step)
            open_ |= set(step.reads)
    return kept[::-1]


def explain_steps(steps: Iterable[Step]) -> str:
    """Return the plan as text: each step's name, what it reads and writes, and its SQL."""
    parts = []
    for step in steps:
        reads = f" ← {', '.join(step.reads)}" if step.reads else ""
        body = step.sql if isinstance(step, SqlStep) else step.told
        parts.append(f"-- {step.name}: {step.writes}{reads}\n{body}")
    return "\n\n".join(parts)
