"""The sample shop's API, served by a real server in a thread of this process, and tokens to read it with."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from huaxiang.project import load_project
from huaxiang.read.subject_ids import encode_subject
from huaxiang.registry import Registry
from huaxiang.serving.base import Base
from huaxiang.serving.export import base_folder, export_base


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an application on a free port; give its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 120
        while not server.started:
            assert time.monotonic() < until and thread.is_alive(), "the server does not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(120)


def make_base(root: Path) -> Base:
    """Make the base of a project's current build."""
    project = load_project(root)
    registry = Registry(project.store / "registry.db")
    build = registry.current()
    registry.close()
    assert build is not None
    folder = base_folder(project.store, build.id)
    export_base(project.store / "builds" / build.file, folder, list(project.model.facts), events=0)
    return Base(folder)


def ids(base: Base, many: int) -> list[str]:
    """Return the public ids of the first customers."""
    return [encode_subject(int(subject)) for subject in base.subjects[:many]]


def registry_of(app: FastAPI) -> Registry:
    registry: Registry = app.state.desk.registry
    return registry
