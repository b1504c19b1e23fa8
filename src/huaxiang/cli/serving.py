"""Commands that run and check the product itself: serve, doctor."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from huaxiang.cli.building import HERE, Folder, open_project, with_key
from huaxiang.cli.screen import EXIT_WRONG, screen
from huaxiang.doctor import diagnose
from huaxiang.loading import load_module

PORT = 8420


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("serve", epilog="Example: huaxiang serve --port 8420")(serve)
    app.command("doctor", epilog="Example: huaxiang doctor")(doctor)


def serve(
    host: Annotated[
        str, typer.Option(help="Whom to listen to; 127.0.0.1 is this machine only. 监听地址。")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port. 端口。", min=1, max=65535)] = PORT,
    project: Folder = HERE,
) -> None:
    """Serve the console, events and jobs. 启动服务：控制台、事件接入与任务。"""
    loaded = open_project(project)
    if loaded.doors:
        # What comes in is sealed from the first event on.
        loaded = with_key(loaded)
    # The console and its libraries take a second to load; no other command should wait for them.
    load_module("huaxiang.server.run").run_server(loaded.root, host, port, ready=_served)


def _served(address: str) -> None:
    screen.say(f"[green]●[/] Console: [b]{address}[/]  (Ctrl-C stops it)",
               f"[green]●[/] 控制台：[b]{address}[/]  （Ctrl-C 停止）")  # fmt: skip


def doctor(project: Folder = HERE) -> None:
    """Check that everything the project needs is there. 检查运行环境。"""
    findings = diagnose(project)
    screen.data(findings)
    marks = {"good": "[green]✓[/]", "warning": "[yellow]![/]", "bad": "[red]✗[/]"}
    for each in findings:
        screen.say(f"{marks[each.state]} {escape(each.words.en)}", f"{marks[each.state]} {escape(each.words.zh)}")
    if any(each.state == "bad" for each in findings):
        raise typer.Exit(EXIT_WRONG)
