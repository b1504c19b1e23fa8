"""The commands of `huaxiang`, and what happens when one of them fails."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from huaxiang import __version__
from huaxiang.cli import (
    building,
    delivering,
    health,
    jobs,
    lineage,
    looking,
    manual,
    quarantine,
    segments,
    serving,
    suggest,
    syncing,
    tags,
    tokens,
)
from huaxiang.cli.screen import EXIT_FAULT, EXIT_STOPPED, EXIT_WRONG, screen
from huaxiang.damage import named
from huaxiang.errors import HuaxiangError
from huaxiang.privacy.scrub import install_scrubber
from huaxiang.words import language_of

app = typer.Typer(
    name="huaxiang",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    help="[b]huaxiang 画像[/] · one living, explained profile per customer, from what a company already has.\n\n"
    "从企业已有的数据出发，为每位客户建立一份鲜活、可解释的画像。",
    epilog="[dim]Example 示例:[/]  huaxiang init my-shop && cd my-shop && huaxiang simulate && huaxiang build",
)
building.add_to(app)
looking.add_to(app)
lineage.add_to(app)
suggest.add_to(app)
syncing.add_to(app)
tags.add_to(app)
segments.add_to(app)
quarantine.add_to(app)
health.add_to(app)
serving.add_to(app)
delivering.add_to(app)
jobs.add_to(app)
manual.add_to(app)
tokens.add_to(app)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"huaxiang {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for machines. 以 JSON 输出。")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="en or zh. 界面语言。")] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="The version. 版本。")
    ] = False,
) -> None:
    """Read the options that every command has."""
    screen.json = as_json
    screen.forced = language_of(lang) if lang else None


def _our_fault(error: Exception) -> NoReturn:
    """Say that it is our fault, without a traceback, whose values might be personal; HUAXIANG_DEBUG=1 shows it."""
    if os.environ.get("HUAXIANG_DEBUG"):
        raise error
    if (fault := named(error)) is not None:
        screen.error(fault)
        sys.exit(EXIT_WRONG)
    kind = type(error).__name__
    screen.err.print(
        screen.t(
            f"[red]✗[/] huaxiang failed ({kind}); this is a fault of ours: please report it, with HUAXIANG_DEBUG=1 set",
            f"[red]✗[/] huaxiang 出错（{kind}），这是程序的问题：请设置 HUAXIANG_DEBUG=1 重试并反馈",
        )
    )
    sys.exit(EXIT_FAULT)


def main() -> None:
    """Run the command line; no traceback reaches a user."""
    install_scrubber()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        app(standalone_mode=True)
    except HuaxiangError as error:
        screen.error(error)
        sys.exit(EXIT_WRONG)
    except KeyboardInterrupt:
        screen.say("[yellow]Stopped; the last build is as it was.[/]", "[yellow]已停止；上一次构建保持不变。[/]")
        sys.exit(EXIT_STOPPED)
    except OSError as error:
        if error.errno is None:
            _our_fault(error)
        if (fault := named(error)) is not None:
            screen.error(fault)
            sys.exit(EXIT_WRONG)
        where = Path(error.filename).name if error.filename else ""
        screen.err.print(f"[red]✗[/] {error.strerror or type(error).__name__} {where}", markup=True)
        sys.exit(EXIT_WRONG)
    except Exception as error:  # noqa: BLE001 — the last line of defence: no traceback reaches a user
        _our_fault(error)
