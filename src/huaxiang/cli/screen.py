"""Printing for people and for machines: one place that knows the language, `--json`, colours and exit codes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from huaxiang.errors import HuaxiangError
from huaxiang.words import Language, Words, language_of

EXIT_WRONG = 1
"""Something of the user's is wrong or missing: a definition, a file, a name."""
EXIT_FAULT = 70
"""A fault of ours."""
EXIT_STOPPED = 130
"""Stopped by Ctrl-C."""


class Screen:
    """Where one command prints. `language` follows the project once it is known; --lang and HUAXIANG_LANG win."""

    def __init__(self) -> None:
        self.json = False
        self.forced: Language | None = None
        self.project_language: Language | None = None
        self.out = Console(highlight=False, soft_wrap=False)
        self.err = Console(stderr=True, highlight=False)

    @property
    def language(self) -> Language:
        """The language to print in."""
        named = os.environ.get("HUAXIANG_LANG")
        if self.forced or named:
            return self.forced or language_of(named or "")
        return self.project_language or language_of(os.environ.get("LC_ALL") or os.environ.get("LANG") or "en")

    def t(self, en: str, zh: str) -> str:
        """Return one of two texts, by language."""
        return zh if self.language == "zh" else en

    def say(self, en: str, zh: str) -> None:
        """Print a line for people; nothing with --json. Texts may hold rich markup."""
        if not self.json:
            self.out.print(self.t(en, zh))

    def heads(self, *pairs: tuple[str, str]) -> tuple[str, ...]:
        """Return the headings of a table, given as (English, Chinese)."""
        return tuple(self.t(*pair) for pair in pairs)

    def words(self, words: Words) -> str:
        """Return words in the language, safe to print as markup."""
        return escape(words.say(self.language))

    def data(self, value: object) -> None:
        """Print a value as JSON (with --json only)."""
        if self.json:
            sys.stdout.write(json.dumps(_plain(value), ensure_ascii=False, indent=2) + "\n")

    def table(
        self, title: str, heads: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = ()
    ) -> None:
        """Print a table for people; numbers in `right` columns are aligned right with thousands."""
        if self.json:
            return
        table = Table(title=title or None, title_justify="left", header_style="bold", border_style="dim")
        for place, head in enumerate(heads):
            table.add_column(head, justify="right" if place in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        self.out.print(table)

    def error(self, error: HuaxiangError) -> None:
        """Print what went wrong, to standard error (as JSON with --json)."""
        if self.json:
            faults = [{**asdict(fault), "what": asdict(fault.what)} for fault in getattr(error, "faults", [])]
            body = {"error": asdict(error.words), "kind": type(error).__name__, "faults": faults}
            sys.stderr.write(json.dumps(body, ensure_ascii=False, indent=2) + "\n")
            return
        for line in error.say(self.language).splitlines():
            self.err.print(f"[red]✗[/] {escape(line)}")

    @contextmanager
    def progress(self, stages: Mapping[str, Words]) -> Iterator[Any]:
        """Show the stages of long work as bars; yields watch(stage, fraction, detail)."""
        if self.json or not self.err.is_terminal:
            yield self._plain_progress(stages)
            return
        columns = (
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=32), TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[detail]}"),
        )  # fmt: skip
        with Progress(*columns, console=self.err) as progress:
            tasks: dict[str, Any] = {}

            def watch(stage: str, fraction: float, detail: str) -> None:
                if stage not in tasks:
                    for task in tasks.values():
                        progress.update(task, completed=1.0, detail="")
                    tasks[stage] = progress.add_task(self.words(stages[stage]), total=1.0, detail="")
                update: dict[str, Any] = {"detail": escape(detail[-48:])}
                if fraction >= 0:
                    update["completed"] = min(fraction, 1.0)
                progress.update(tasks[stage], **update)

            yield watch
            for task in tasks.values():
                progress.update(task, completed=1.0, detail="")

    def _plain_progress(self, stages: Mapping[str, Words]) -> Any:
        seen: set[str] = set()

        def watch(stage: str, fraction: float, detail: str) -> None:
            if stage not in seen and not self.json:
                seen.add(stage)
                self.err.print(f"[dim]· {self.words(stages[stage])}[/]")

        return watch


screen = Screen()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "✓" if value else ""
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return "" if value is None else escape(str(value))


def _plain(value: object) -> Any:
    if isinstance(value, Words):
        return {"en": value.en, "zh": value.zh}
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Path) else value
