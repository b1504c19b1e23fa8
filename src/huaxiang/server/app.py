"""What the server of a project is made of."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from fastapi import Depends, FastAPI

from huaxiang.api.app import create_api
from huaxiang.api.door import DoorApp, no_door
from huaxiang.api.jobs import create_jobs_api
from huaxiang.api.profiles.answers import Answering
from huaxiang.api.profiles.desk import Desk
from huaxiang.api.profiles.direct import Direct
from huaxiang.api.profiles.refusals import Refused
from huaxiang.console.app import create_app
from huaxiang.deliver.deliverer import Deliverer
from huaxiang.deliver.router import stream_router
from huaxiang.deliver.stream import Stream
from huaxiang.holdings import last_known_event
from huaxiang.inbox.log import Inbox
from huaxiang.jobs.runner import JobRunner
from huaxiang.privacy.keys import load_master_key
from huaxiang.processes.supervision import TaskReport
from huaxiang.project import REGISTRY, STORE, TASKS, Project, load_project
from huaxiang.registry import Registry
from huaxiang.registry.tokens import Right
from huaxiang.server.front import Asgi, Front, Part, Scope, Service
from huaxiang.server.supervise import Supervised
from huaxiang.serving.store import STORE_FILE
from huaxiang.words import Words

APPLIER = "huaxiang.live"
"""The module of the child that brings events into profiles."""
_APPLIER = Words("event processing: events into profiles", "事件处理进程：把事件写入画像")
OURS = "cli"
"""In whose name commands of this machine speak."""


def create_front(root: Path, token: str, hosts: Sequence[str]) -> Front:
    """Return the application that serves a project: doors, API and console, with what works beside them.

    `token` lets commands of this machine ask for jobs; `hosts` are the names the console answers to ("*" = any).
    Raises DefinitionError when the project's files are wrong, InboxError when what comes in could not be kept.
    """
    project = load_project(root)
    report = TaskReport(root / STORE / TASKS)
    registry = Registry(root / STORE / REGISTRY)
    stream = Stream(root, report=report)
    api = api_with_stream(root, stream)
    desk: Desk = api.state.desk
    jobs = create_jobs_api(registry, Speakers(token, desk).name)
    direct = Part(cast(Asgi, Direct(desk)), Direct.takes, lifespan=False)
    parts = [direct, Part(jobs, _under("/v1/jobs")), Part(api, _under("/v1"))]
    applier = Supervised(APPLIER, str(root), words=_APPLIER, report=report)
    services: list[Service] = [
        Closing(report), Closing(registry), Jobs(root, report), applier, Deliverer(root, report=report), stream
    ]  # fmt: skip
    if project.doors:
        inbox = opened_inbox(project, registry)
        services.insert(0, Closing(inbox))
        doors = DoorApp.over(project.doors, inbox, project.store / STORE_FILE)
        parts.insert(0, Part(cast(Asgi, doors), _for_doors))
    else:
        parts.insert(0, Part(cast(Asgi, no_door), _for_doors, lifespan=False))
    return Front(parts, create_app(root, hosts=tuple(hosts)), services, stream.leave)


def api_with_stream(root: Path, stream: Stream) -> FastAPI:
    """Return the API of a project with its stream of changes, which only a valid token may hear."""
    api = create_api(root)
    desk: Desk = api.state.desk
    known = [Depends(desk.known)]
    api.include_router(stream_router(stream, known, route=Answering, guarded=desk.reader.guarded))
    return api


def opened_inbox(project: Project, registry: Registry) -> Inbox:
    """Return the inbox of a project, to write. Raises InboxError, MasterKeyError.

    What comes in is numbered behind every event that is known, though the inbox be another or an older one: what was
    applied under a number is not applied again.
    """
    project.inbox.parent.mkdir(parents=True, exist_ok=True)
    master = load_master_key(project.id, project.root)
    return Inbox(project.inbox, master, writing=True, after=last_known_event(project, registry), mends=True)


class Speakers:
    """Who may see to jobs: commands of this machine by their own token, others by an API token that may."""

    def __init__(self, token: str, desk: Desk) -> None:
        self._token, self._desk = token, desk

    def name(self, given: str) -> str | None:
        """Return in whose name a token speaks, None when it may not."""
        if hmac.compare_digest(given.encode(), self._token.encode()):
            return OURS
        try:
            known = self._desk.guard.token(f"Bearer {given}")
        except Refused:
            return None
        return f"api:{known.name}" if Right.JOBS in known.may else None


class Jobs:
    """The runner of jobs, as a service of the server."""

    def __init__(self, root: Path, report: TaskReport) -> None:
        self._root, self._report = root, report
        self._runner: JobRunner | None = None

    async def start(self) -> None:
        """Begin to run jobs."""
        self._runner = await asyncio.to_thread(JobRunner, self._root, report=self._report)
        self._runner.start()

    async def stop(self) -> None:
        """Stop every job; what was wanted is taken up at the next start."""
        if self._runner is not None:
            await asyncio.to_thread(self._runner.stop)


class Closing:
    """Closes what requests read or write, when the server ends."""

    def __init__(self, held: Registry | Inbox | TaskReport) -> None:
        self._held = held

    async def start(self) -> None:
        """Nothing: it is open."""

    async def stop(self) -> None:
        """Close it."""
        self._held.close()


def _under(folder: str) -> Callable[[Scope], bool]:
    def takes(scope: Scope) -> bool:
        path = str(scope.get("path", ""))
        return scope["type"] == "http" and (path == folder or path.startswith(f"{folder}/"))

    return takes


def _for_doors(scope: Scope) -> bool:
    return scope["type"] == "http" and DoorApp.serves(str(scope.get("path", "")))
