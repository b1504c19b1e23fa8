"""huaxiang quarantine: list, redrive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from huaxiang.cli.building import HERE, Folder, open_project, show_build
from huaxiang.cli.screen import screen
from huaxiang.cli.watching import measure_new_build
from huaxiang.jobs.stages import STAGE_WORDS
from huaxiang.project import Project
from huaxiang.read.current import current_build
from huaxiang.read.data import quarantine as quarantine_of
from huaxiang.read.data import rules as rules_of
from huaxiang.read.live.stopped import StoppedLive, live_rules, stopped_live
from huaxiang.redrive import redrive
from huaxiang.words import Count

quarantine_app = typer.Typer(no_args_is_help=True, help="Rows that a rule stopped: list, redrive. 被规则拦下的行。")


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(quarantine_app, name="quarantine")
    quarantine_app.command("list", epilog="Example: huaxiang quarantine list --source pos")(list_command)
    quarantine_app.command("redrive", epilog="Example: huaxiang quarantine redrive --source pos")(redrive_command)


def list_command(
    source: Annotated[str | None, typer.Option(help="Only this source. 只看一个来源。")] = None,
    rule: Annotated[str | None, typer.Option(help="The rows of this rule. 某条规则拦下的行。")] = None,
    limit: Annotated[int, typer.Option(help="At most so many rows. 最多行数。", min=1)] = 50,
    project: Folder = HERE,
) -> None:
    """List what was stopped, by rule; with --source and --rule, where the rows stand. 列出隔离的数据行。"""
    loaded = open_project(project)
    with current_build(loaded.root, loaded) as current:
        live = stopped_live(current, source, rule)
        found = [each for each in rules_of(current) if source in (None, each.source)]
        if source is not None and rule is not None:
            there = any(each.rule == rule for each in found)
            rows = quarantine_of(current, source, rule, limit=limit) if there or not live else ()
            screen.data([*rows, *live[:limit]])
            heads = screen.heads(("file", "文件"), ("row", "行"), ("item", "项"))
            if rows:
                screen.table(rule, heads, [(each.file, each.row, each.item) for each in rows], right=(1, 2))
            _live_events(live[:limit])
            return
        screen.data([*found, *live_rules(live)])
        if not found and not live:
            screen.say("Nothing is quarantined there.", "没有被隔离的行。")
            return
        heads = screen.heads(
            ("source", "来源"),
            ("rule", "规则"),
            ("meaning", "含义"),
            ("what was stopped", "拦下的是"),
            ("rows", "行数"),
        )
        screen.table(screen.t("Quarantine", "隔离区"), heads, [
            (each.source, each.rule, each.words.say(screen.language), each.fate_words.say(screen.language), each.rows)
            for each in found
        ], right=(4,))  # fmt: skip
        _live_rules(live)


def _live_rules(live: Sequence[StoppedLive]) -> None:
    """Show what was stopped since the build, by rule: an event that several sources stopped is one event."""
    if not live:
        return
    heads = screen.heads(
        ("sources", "来源"), ("rule", "规则"), ("meaning", "含义"), ("what was stopped", "拦下的是"),
        ("events", "事件数"), ("last", "最近"),
    )  # fmt: skip
    screen.table(screen.t("Live: not yet in a build", "实时：尚未进入构建"), heads, [
        (", ".join(each.sources), each.rule, each.words.say(screen.language), each.fate_words.say(screen.language),
         each.events, f"{each.at:%Y-%m-%d %H:%M:%S}")
        for each in live_rules(live)
    ], right=(4,))  # fmt: skip


def _live_events(live: Sequence[StoppedLive]) -> None:
    """Show events stopped since the build, one a line."""
    if not live:
        return
    heads = screen.heads(("event", "事件"), ("door", "入口"), ("name", "名称"), ("sources", "来源"), ("when", "时间"))
    screen.table(screen.t("Live: not yet in a build", "实时：尚未进入构建"), heads, [
        (each.number, each.door, each.name or each.type, ", ".join(each.sources), f"{each.at:%Y-%m-%d %H:%M:%S}")
        for each in live
    ], right=(0,))  # fmt: skip


def _live_now(project: Project, source: str | None, rule: str | None) -> int:
    """Return how many different events were stopped since the build."""
    with current_build(project.root, project) as current:
        return len({each.number for each in stopped_live(current, source, rule)})


def redrive_command(
    source: Annotated[str | None, typer.Option(help="Only this source. 只处理一个来源。")] = None,
    rule: Annotated[str | None, typer.Option(help="Only rows this rule stopped. 只处理某条规则。")] = None,
    project: Folder = HERE,
) -> None:
    """Take stopped rows up again, after a rule or a file was mended. 规则修正后重新处理隔离的行。"""
    loaded = open_project(project)
    waiting = Count(_live_now(loaded, source, rule))
    with screen.progress(STAGE_WORDS) as watch:
        done = redrive(loaded, source=source, rule=rule, watch=watch)
    if done is None:
        if waiting:
            screen.say(
                f"No row of the build is quarantined there. {waiting} {waiting:event was|events were} stopped live: "
                f"the next build or refresh takes {waiting:it|them} up (huaxiang refresh).",
                f"构建中没有需要重新处理的行。实时拦下的 {waiting} 个事件由下一次构建或刷新处理（huaxiang refresh）",
            )
        else:
            screen.say("Nothing is quarantined there.", "没有需要重新处理的行。")
        screen.data({"parts": 0, "live": waiting})
        return
    measure_new_build(loaded)
    parts, before, after = Count(done.parts), Count(sum(done.before.values())), Count(sum(done.after.values()))
    screen.say(
        f"[green]✓[/] {parts} {parts:part|parts} read again: "
        f"{before} {before:row was|rows were} quarantined, now {after}",
        f"[green]✓[/] 重新读取 {parts} 份数据：隔离行由 {before} 变为 {after}",
    )
    if waiting:
        screen.say(f"{waiting} {waiting:event|events} stopped live {waiting:was|were} taken up as well.",
                   f"实时拦下的 {waiting} 个事件已一并重新处理。")  # fmt: skip
    if screen.json:
        screen.data(
            {"parts": done.parts, "live": waiting, "before": done.before, "after": done.after, "build": done.build.id}
        )
    else:
        show_build(done.build)
