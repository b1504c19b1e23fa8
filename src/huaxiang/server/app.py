"""What the server of a project is made of."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Sequence
from pathlib import Path

from huaxiang.api.app import create_api
from huaxiang.api.jobs import create_jobs_api
from huaxiang.console.app import create_app
from huaxiang.jobs.runner import JobRunner
from huaxiang.project import REGISTRY, STORE, load_project
from huaxiang.registry import Registry
from huaxiang.server.front import Front, Part, Scope, Service
from huaxiang.server.supervise import Supervised

APPLIER = "huaxiang.live"
"""The module of the child that brings events into profiles."""
OURS = "cli"
"""In whose name commands of this machine speak."""


def create_front(root: Path, token: str, hosts: Sequence[str]) -> Front:
    """Return the application that serves a project: doors, API and console, with what works beside them.

    `token` lets commands of this machine ask for jobs; `hosts` are the names the console answers to ("*" = any).
    Raises DefinitionError when the project's files are wrong.
    """
    registry = Registry(root / STORE / REGISTRY)
    jobs = create_jobs_api(registry, lambda given: OURS if _same(given, token) else None)
    parts = (Part(jobs, _under("/v1/jobs")), Part(create_api(root), _under("/v1")))
    services: list[Service] = [Jobs(root), Closing(registry)]
    if load_project(root).doors:
        services.append(Supervised(APPLIER, str(root)))
    return Front(parts, create_app(root, hosts=tuple(hosts)), services)


class Jobs:
    """The runner of jobs, as a service of the server."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._runner: JobRunner | None = None

    async def start(self) -> None:
        """Begin to run jobs."""
        self._runner = await asyncio.to_thread(JobRunner, self._root)
        self._runner.start()

    async def stop(self) -> None:
        """Stop every job; what was wanted is taken up at the next start."""
        if self._runner is not None:
            await asyncio.to_thread(self._runner.stop)


class Closing:
    """Closes the registry that requests read, when the server ends."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def start(self) -> None:
        """Nothing: it is open."""

    async def stop(self) -> None:
        """Close it."""
        self._registry.close()


def _under(folder: str) -> Callable[[Scope], bool]:
    def takes(scope: Scope) -> bool:
        path = str(scope.get("path", ""))
        return scope["type"] == "http" and (path == folder or path.startswith(f"{folder}/"))

    return takes


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())
