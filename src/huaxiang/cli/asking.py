"""Having the running server do what takes long, and showing how far it is as if this command did it."""

from __future__ import annotations

import getpass
import time
from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from huaxiang.cli.screen import screen
from huaxiang.engine.duckdb import GIB
from huaxiang.errors import JobError, ServiceError
from huaxiang.jobs.stages import STAGE_WORDS
from huaxiang.project import REGISTRY, Project
from huaxiang.registry import Build, Registry
from huaxiang.registry.jobs import Kind, State
from huaxiang.server.presence import Presence
from huaxiang.server.talk import Talk
from huaxiang.words import Count, Words

_LOOK = 0.25
_PATIENCE = 45.0
"""Seconds a job has to stop after Ctrl-C."""


def job_done(project: Project, server: Presence, kind: Kind, settings: Mapping[str, Any]) -> Build:
    """Have the server build or refresh, show its progress, and return the build made; `settings`: of jobs.asking.

    Ctrl-C stops the job, if this command asked for it. Raises JobError when it was not done, ServiceError.
    """
    talk = Talk(server)
    wanted: dict[str, Any] = {"kind": kind.value, "by": getpass.getuser(), **settings}
    if "memory" in wanted:
        wanted["memory"] /= GIB
    if "as_of" in wanted:
        wanted["as_of"] += "+00:00"
    job, new = talk.ask(wanted)
    number = int(job["id"])
    screen.say(
        f"[dim]The server on port {server.port} does it as job {number}.[/]",
        f"[dim]由端口 {server.port} 上的服务执行，任务编号 {number}。[/]",
    )
    try:
        job = _watched(talk, number)
    except KeyboardInterrupt:
        if new:
            _stopped(talk, number)
        raise
    if job["state"] != State.DONE.value:
        raise _failed(job)
    _say_measured(job["result"])
    registry = Registry(project.store / REGISTRY)
    try:
        return registry.build(int(job["result"]["build"]))
    finally:
        registry.close()


def _watched(talk: Talk, number: int) -> dict[str, Any]:
    with screen.progress(STAGE_WORDS) as watch:
        while True:
            job = talk.job(number)
            if job["stage"]:
                watch(job["stage"], job["fraction"], job["detail"])
            if job["finished"]:
                return job
            time.sleep(_LOOK)


def _stopped(talk: Talk, number: int) -> None:
    screen.say(f"[yellow]Stopping job {number} …[/]", f"[yellow]正在停止任务 {number} …[/]")
    talk.stop(number)
    until = time.monotonic() + _PATIENCE
    while not (job := talk.job(number))["finished"] and time.monotonic() < until:
        time.sleep(_LOOK)
    if job["state"] == State.CANCELLED.value:
        screen.say("[yellow]Stopped; the last build is as it was.[/]", "[yellow]已停止；上一次构建保持不变。[/]")


def _failed(job: dict[str, Any]) -> JobError | ServiceError:
    fault = job["fault"]
    if fault is not None and job["state"] == State.FAILED.value:
        return JobError(Words(fault["en"], fault["zh"]))
    why = f": {fault['en']}" if fault else "", f"：{fault['zh']}" if fault else ""
    state = {"cancelled": ("was cancelled", "已取消"), "lost": ("was lost", "已丢失")}[job["state"]]
    return JobError(Words(f"job {job['id']} {state[0]}{why[0]}", f"任务 {job['id']} {state[1]}{why[1]}"))


def _say_measured(result: dict[str, Any]) -> None:
    fault = result.get("not_measured")
    if fault:
        screen.say(
            f"[yellow]![/] the build is done, but measuring it failed: {escape(fault['en'])}; "
            "again with: huaxiang health --measure",
            f"[yellow]![/] 构建已完成，但测量失败：{escape(fault['zh'])}；可以重试：huaxiang health --measure",
        )
    elif result.get("alerts"):
        waiting = result["alerts"]
        screen.say(
            f"[yellow]![/] {waiting} {Count(waiting):alert|alerts}: huaxiang alerts list",
            f"[yellow]![/] {waiting} 条告警：huaxiang alerts list",
        )
