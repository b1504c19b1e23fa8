"""huaxiang job: what the server does beside serving."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated

import typer
from rich.markup import escape

from huaxiang.cli.building import HERE, Folder, open_project
from huaxiang.cli.screen import screen
from huaxiang.errors import NotFound
from huaxiang.jobs.lock import lives
from huaxiang.jobs.stages import KIND_WORDS, STATE_WORDS
from huaxiang.project import REGISTRY, Project
from huaxiang.read.showing import local
from huaxiang.registry import Registry
from huaxiang.registry.jobs import Job, State, finish_job, job_of, jobs, stop_job
from huaxiang.server.presence import running_server
from huaxiang.server.talk import Talk
from huaxiang.words import Words

job_app = typer.Typer(no_args_is_help=True, help="Jobs of the server: list, show, cancel. 服务的任务。")
Number = Annotated[int, typer.Argument(help="The job's number. 任务编号。", min=1)]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(job_app, name="job")
    job_app.command("list", epilog="Example: huaxiang job list --open")(list_command)
    job_app.command("show", epilog="Example: huaxiang job show 12")(show_command)
    job_app.command("cancel", epilog="Example: huaxiang job cancel 12")(cancel_command)


def list_command(
    only_open: Annotated[bool, typer.Option("--open", help="Those not over yet. 只看未结束的。")] = False,
    limit: Annotated[int, typer.Option(help="At most so many. 最多显示几条。", min=1, max=2000)] = 20,
    project: Folder = HERE,
) -> None:
    """List jobs, the newest first. 列出任务。"""
    loaded = open_project(project)
    with _registry(loaded) as registry:
        found = jobs(registry, states=(State.QUEUED, State.RUNNING) if only_open else (), limit=limit)
    screen.data(found)
    if not found:
        screen.say("No jobs.", "没有任务。")
        return
    heads = screen.heads(
        ("number", "编号"), ("job", "任务"), ("state", "状态"), ("progress", "进度"), ("asked by", "发起"),
        ("asked at", "发起时间"), ("seconds", "秒"),
    )  # fmt: skip
    screen.table(screen.t("Jobs", "任务"), heads, [_row(job, loaded.zone) for job in found], right=(0, 6))


def show_command(number: Number, project: Folder = HERE) -> None:
    """Show one job: how far it is, what came of it. 查看一个任务。"""
    loaded = open_project(project)
    with _registry(loaded) as registry:
        job = _there(job_of(registry, number), number)
    screen.data(job)
    _show(job, loaded.zone)


def cancel_command(number: Number, project: Folder = HERE) -> None:
    """Stop a job: the last build stays as it was. 取消任务，上一次构建保持不变。"""
    loaded = open_project(project)
    with _registry(loaded) as registry:
        before = _there(job_of(registry, number), number)
        if not before.open:
            state = STATE_WORDS[before.state]
            screen.say(f"Job {number} is over: {state.en}.", f"任务 {number} 已结束：{state.zh}。")
        elif (server := running_server(loaded.root)) is not None:
            Talk(server).stop(number)
        else:
            _stop_alone(registry, loaded, number)
        after = _there(job_of(registry, number), number)
    screen.data(after)
    if before.open:
        state = STATE_WORDS[after.state] if not after.open else Words("stopping", "正在停止")
        screen.say(f"[green]✓[/] Job {number}: {state.en}.", f"[green]✓[/] 任务 {number}：{state.zh}。")


def _stop_alone(registry: Registry, project: Project, number: int) -> None:
    """Stop a job whose server is gone."""
    job = stop_job(registry, number)
    if job is None or job.state is not State.RUNNING:
        return
    if not lives(project.root, number):
        finish_job(registry, number, State.CANCELLED)
    elif job.pid:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(job.pid, signal.SIGINT)


def _show(job: Job, zone: str) -> None:
    state, kind = STATE_WORDS[job.state], KIND_WORDS[job.kind]
    screen.say(f"Job {job.id}: {kind.en}, [b]{state.en}[/]", f"任务 {job.id}：{kind.zh}，[b]{state.zh}[/]")
    if job.state is State.RUNNING:
        screen.say(f"  {job.words.en} {escape(job.detail)} ({job.progress:.0%})",
                   f"  {job.words.zh} {escape(job.detail)}（{job.progress:.0%}）")  # fmt: skip
    asked = f"{local(job.asked_at, zone):%Y-%m-%d %H:%M:%S}"
    screen.say(f"  asked by {escape(job.asked_by)}, {asked}", f"  发起：{escape(job.asked_by)}，{asked}")
    seconds = _seconds(job)
    if seconds is not None:
        screen.say(f"  {seconds:,.1f} s", f"  用时 {seconds:,.1f} 秒")
    if job.fault is not None:
        screen.say(f"  [red]{escape(job.fault.en)}[/]", f"  [red]{escape(job.fault.zh)}[/]")
    if job.result and "build" in job.result:
        screen.say(f"  build {job.result['build']}", f"  第 {job.result['build']} 次构建")


def _row(job: Job, zone: str) -> tuple[object, ...]:
    return (
        job.id, screen.words(KIND_WORDS[job.kind]), screen.words(STATE_WORDS[job.state]),
        f"{job.progress:.0%} {job.words.say(screen.language) if job.open else ''}".strip(),
        job.asked_by, f"{local(job.asked_at, zone):%Y-%m-%d %H:%M}", _seconds(job),
    )  # fmt: skip


def _seconds(job: Job) -> float | None:
    return (job.finished - job.begun).total_seconds() if job.finished and job.begun else None


def _there(job: Job | None, number: int) -> Job:
    if job is None:
        raise NotFound(Words(f"there is no job {number}", f"没有编号为 {number} 的任务"))
    return job


@contextmanager
def _registry(project: Project) -> Iterator[Registry]:
    registry = Registry(project.store / REGISTRY)
    try:
        yield registry
    finally:
        registry.close()
