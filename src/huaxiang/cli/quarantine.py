"""huaxiang quarantine: list, redrive."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang.cli.building import HERE, Folder, open_project, show_build
from huaxiang.cli.screen import screen
from huaxiang.cli.watching import measure_new_build
from huaxiang.jobs.stages import STAGE_WORDS
from huaxiang.read.current import current_build
from huaxiang.read.data import quarantine as quarantine_of
from huaxiang.read.data import rules as rules_of
from huaxiang.redrive import redrive

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
        if source is not None and rule is not None:
            rows = quarantine_of(current, source, rule, limit=limit)
            screen.data(rows)
            heads = screen.heads(("file", "文件"), ("row", "行"), ("item", "项"))
            screen.table(rule, heads, [(each.file, each.row, each.item) for each in rows], right=(1, 2))
            return
        found = [each for each in rules_of(current) if source in (None, each.source)]
        screen.data(found)
        if not found:
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


def redrive_command(
    source: Annotated[str | None, typer.Option(help="Only this source. 只处理一个来源。")] = None,
    rule: Annotated[str | None, typer.Option(help="Only rows this rule stopped. 只处理某条规则。")] = None,
    project: Folder = HERE,
) -> None:
    """Take stopped rows up again, after a rule or a file was mended. 规则修正后重新处理隔离的行。"""
    loaded = open_project(project)
    with screen.progress(STAGE_WORDS) as watch:
        done = redrive(loaded, source=source, rule=rule, watch=watch)
    if done is None:
        screen.say("Nothing is quarantined there.", "没有需要重新处理的行。")
        screen.data({"parts": 0})
        return
    measure_new_build(loaded)
    before, after = sum(done.before.values()), sum(done.after.values())
    screen.say(f"[green]✓[/] {done.parts} parts read again: {before:,} rows were quarantined, now {after:,}",
               f"[green]✓[/] 重新读取 {done.parts} 份数据：隔离行由 {before:,} 变为 {after:,}")  # fmt: skip
    if screen.json:
        screen.data({"parts": done.parts, "before": done.before, "after": done.after, "build": done.build.id})
    else:
        show_build(done.build)
