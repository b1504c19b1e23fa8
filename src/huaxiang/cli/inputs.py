"""Printing what became of the rows that staged tags read."""

from __future__ import annotations

from collections.abc import Iterable

from huaxiang.cli.screen import screen
from huaxiang.read.inputs import InputRead
from huaxiang.words import Count


def show_inputs(found: Iterable[InputRead]) -> None:
    """Print a table of staged tags, what stopped their rows with the first places, and what failed."""
    found = list(found)
    if not found:
        return
    heads = screen.heads(
        ("tag", "标签"), ("kind", "种类"), ("rows", "行数"), ("used", "采用"), ("idle", "暂不生效"), ("stopped", "拦下")
    )
    rows = [
        (each.tag, each.kind, each.rows, each.used, each.idle, sum(one.rows for one in each.stopped)) for each in found
    ]
    screen.table(screen.t("Values not from facts", "不来自事实的取值"), heads, rows, right=(2, 3, 4, 5))
    stopped = [
        (each.tag, one.words.say(screen.language), one.rows, ", ".join(f"{file}:{row}" for file, row in one.examples))
        for each in found
        for one in each.stopped
    ]
    if stopped:
        heads = screen.heads(("tag", "标签"), ("rule", "规则"), ("rows", "行数"), ("first rows", "最初几行"))
        screen.table(screen.t("Rows stopped", "被拦下的行"), heads, stopped, right=(2,))
    warn_of_inputs(found)


def warn_of_inputs(found: Iterable[InputRead]) -> None:
    """Print a line for every staged tag that failed, has nothing, or had rows stopped."""
    for each in found:
        if each.note is not None:
            # A fault of the definition begins with its own place.
            file = each.place.rpartition(":")[0]
            placed = each.note.en.startswith(f"{file}:")
            en, zh = ("", "") if placed else (f" ({each.place})", f"（{each.place}）")
            screen.say(f"[yellow]![/] {each.tag}{en}: {screen.words(each.note)}",
                       f"[yellow]![/] {each.tag}{zh}：{screen.words(each.note)}")  # fmt: skip
        stopped = sum(one.rows for one in each.stopped)
        if stopped:
            screen.say(
                f"[yellow]![/] {each.tag}: {stopped:,} of {each.rows:,} {Count(each.rows):row|rows} stopped; "
                "see huaxiang quality",
                f"[yellow]![/] {each.tag}：{each.rows:,} 行中有 {stopped:,} 行被拦下，见 huaxiang quality",
            )
