"""Printing what people should know of how their sources are read."""

from __future__ import annotations

from collections.abc import Iterable

from huaxiang.cli.screen import screen
from huaxiang.project import Note


def show_notes(found: Iterable[Note]) -> None:
    """Print a line for each."""
    for each in found:
        text = screen.words(each.words)
        screen.say(f"[yellow]![/] source {each.source}: {text}", f"[yellow]![/] 来源 {each.source}：{text}")
