"""huaxiang apply, huaxiang export: definitions of tags between files and registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from huaxiang.cli.building import HERE, Folder, open_project
from huaxiang.cli.screen import EXIT_WRONG, screen
from huaxiang.cli.who import By, who
from huaxiang.errors import ProjectError
from huaxiang.govern import DIFFERENCE_WORDS, Pair, Side, Synced
from huaxiang.govern import apply as apply_files
from huaxiang.govern import export as export_registry
from huaxiang.words import Words

Taken = Annotated[
    list[str] | None, typer.Argument(help="With --take: the tags in conflict. 与 --take 合用：冲突的标签。")
]
Take = Annotated[Side | None, typer.Option(help="Whose definition counts, files or registry. 冲突时采用哪一边。")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Only show it. 只预览。")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("apply", epilog="Example: huaxiang apply --dry-run")(apply)
    app.command("export", epilog="Example: huaxiang export --take registry spend_total")(export)


def apply(codes: Taken = None, take: Take = None, dry_run: Dry = False, by: By = None, project: Folder = HERE) -> None:
    """Take the files' definitions of tags into the registry. 把文件中的标签定义应用到登记库。"""
    loaded = open_project(project)
    done = apply_files(loaded, by=who(by), take=_sides(take, codes), dry_run=dry_run)
    _show(done, dry_run, Words("taken into the registry", "已应用到登记库"))


def export(codes: Taken = None, take: Take = None, dry_run: Dry = False, project: Folder = HERE) -> None:
    """Write the registry's online definitions of tags into the files. 把登记库中已上线的标签定义写入文件。"""
    loaded = open_project(project)
    done = export_registry(loaded, take=_sides(take, codes), dry_run=dry_run)
    _show(done, dry_run, Words("written into files", "已写入文件"))
    for file in done.files:
        screen.say(f"  {escape(file)}", f"  {escape(file)}")


def _sides(take: Side | None, codes: Sequence[str] | None) -> dict[str, Side]:
    if (take is None) != (not codes):
        raise ProjectError(Words("--take goes with the tags it is for", "--take 与标签编码须同时给出"))
    return dict.fromkeys(codes or (), take) if take else {}


def _show(done: Synced, dry_run: bool, words: Words) -> None:
    screen.data({"dry_run": dry_run, "done": done.done, "conflicts": done.conflicts, "files": done.files})
    if done.done:
        title = screen.t("What would happen", "将会发生") if dry_run else screen.words(words)
        heads = screen.heads(("code", "编码"), ("what", "变化"), ("file", "文件"), ("version", "登记库版本"))
        screen.table(title, heads, [
            (pair.code, DIFFERENCE_WORDS[pair.what].say(screen.language), pair.place, pair.version)
            for pair in done.done
        ])  # fmt: skip
    elif not done.conflicts:
        screen.say("[green]✓[/] Files and registry agree.", "[green]✓[/] 文件与登记库一致。")
    for pair in done.conflicts:
        _side_by_side(pair)
    if done.conflicts:
        screen.say(
            "[yellow]![/] Changed on both sides: nothing was overwritten. Choose with --take files|registry CODE.",
            "[yellow]![/] 两边都有修改，均未覆盖。请用 --take files|registry 编码 选择一边。",
        )
        raise typer.Exit(EXIT_WRONG)


def _side_by_side(pair: Pair) -> None:
    if screen.json:
        return
    registry = screen.t(f"registry, version {pair.version}", f"登记库（第 {pair.version} 版）")
    table = Table(title=pair.code, title_justify="left", header_style="bold", border_style="dim")
    table.add_column(escape(pair.place) or screen.t("files: gone", "文件：已删除"), ratio=1, overflow="fold")
    table.add_column(registry, ratio=1, overflow="fold")
    table.add_row(escape(pair.file.rstrip()), escape(pair.registry.rstrip()))
    screen.out.print(table)
