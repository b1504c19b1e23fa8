"""huaxiang segment: count, list, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from huaxiang.cli.building import HERE, Folder, open_project
from huaxiang.cli.screen import screen
from huaxiang.cli.who import who
from huaxiang.errors import HuaxiangError
from huaxiang.read.current import current_build
from huaxiang.read.export import FORMATS, Written, export_people
from huaxiang.read.filters import Filter, known_segment
from huaxiang.read.people import count_people
from huaxiang.read.segments import segment_list
from huaxiang.segment.compile import count_expression
from huaxiang.words import Count, Words

segment_app = typer.Typer(no_args_is_help=True, help="Segments of customers: count, list, export. 人群。")


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(segment_app, name="segment")
    segment_app.command("count", epilog='Example: huaxiang segment count --where "orders_total >= 3"')(count)
    segment_app.command("list", epilog="Example: huaxiang segment list")(list_command)
    segment_app.command("export", epilog="Example: huaxiang segment export winback --to winback.xlsx")(export)


def count(
    segment: Annotated[str | None, typer.Argument(help="A segment. 人群编码。")] = None,
    where: Annotated[str | None, typer.Option(help="Or a condition over tags. 或标签条件。")] = None,
    project: Folder = HERE,
) -> None:
    """Count a segment's members, or those who meet a condition. 统计人数。"""
    if (segment is None) == (where is None):
        raise HuaxiangError(Words("give a segment, or --where with a condition", "请给出人群编码，或用 --where 写条件"))
    loaded = open_project(project)
    with current_build(loaded.root, loaded) as current:
        if where is not None:
            found = count_expression(current.engine, where, loaded.tags, as_of=current.build.as_of, zone=loaded.zone)
        else:
            known_segment(current, segment or "")
            found = count_people(current, Filter(segment=segment))
        share = found / current.customers if current.customers else 0.0
        screen.say(f"{found:,} {Count(found):customer|customers} ({share:.1%}), build {current.build.id}",
                   f"{found:,} 位客户（{share:.1%}），第 {current.build.id} 次构建")  # fmt: skip
        screen.data({"count": found, "of": current.customers, "build": current.build.id})


def list_command(project: Folder = HERE) -> None:
    """List all segments with their sizes. 列出全部人群。"""
    loaded = open_project(project)
    with current_build(loaded.root, loaded) as current:
        found = segment_list(current)
        screen.data(found)
        heads = screen.heads(
            ("code", "编码"),
            ("name", "名称"),
            ("members", "人数"),
            ("share", "占比"),
            ("entered", "进入"),
            ("left", "离开"),
        )
        screen.table(screen.t(f"Segments, build {current.build.id}", f"人群（第 {current.build.id} 次构建）"), heads, [
            (
                each.code, each.name.say(screen.language), each.size, f"{each.share:.1%}",
                *("—" if moved is None else moved for moved in (each.entered, each.left)),
            )
            for each in found
        ], right=(2, 3, 4, 5))  # fmt: skip


def export(
    segment: Annotated[str, typer.Argument(help="A segment. 人群编码。")],
    to: Annotated[Path, typer.Option(help=f"The file; {', '.join(FORMATS)} by its ending. 目标文件。")],
    tag: Annotated[list[str] | None, typer.Option(help="A tag to add as a column; repeat. 附带的标签列。")] = None,
    masked: Annotated[
        list[str] | None, typer.Option(help="A kind of identifier to add, masked. 附带脱敏标识。")
    ] = None,
    values: Annotated[
        Written, typer.Option(help="words as people read them, or codes and raw values. 显示用词，或编码与原始值。")
    ] = Written.WORDS,
    project: Folder = HERE,
) -> None:
    """Write a segment's members to csv, xlsx or parquet; pseudonymous, personal values masked. 导出人群。"""
    loaded = open_project(project)
    with current_build(loaded.root, loaded) as current:
        written = export_people(
            current, Filter(segment=segment), to, tags=tag or (), kinds=masked or (), language=screen.language,
            values=values, by=f"cli:{who(None)}",
        )  # fmt: skip
        screen.say(f"[green]✓[/] {written.rows:,} {Count(written.rows):customer|customers} → {escape(str(to))}",
                   f"[green]✓[/] {written.rows:,} 位客户 → {escape(str(to))}")  # fmt: skip
        screen.data(written)
