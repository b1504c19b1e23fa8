"""The server of a project: one process, this machine only unless told otherwise, nothing fetched from elsewhere."""

from __future__ import annotations

import errno
import gc
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import uvicorn

from huaxiang.errors import ProjectError
from huaxiang.privacy.scrub import install_scrubber
from huaxiang.server.app import create_front
from huaxiang.server.bounds import BoundedProtocol
from huaxiang.server.presence import Presence, announced, new_token, only_server
from huaxiang.words import Words

PORT = 8420
LOCAL = ("127.0.0.1", "localhost", "::1")
_ANYWHERE = ("0.0.0.0", "::")  # noqa: S104  (to be told apart, not a default)
_SWITCH = 0.0005
"""Seconds after which a thread that computes lets the loop go on: answers wait for it."""
_LATE = (20_000, 20, 100)
"""Thresholds of garbage collection: an answer's objects die with it, in no circles, and others wait meanwhile."""
_LEAVE = 5
"""Seconds that answers have to end when the server stops; streams never would."""


def run_server(
    root: Path,
    host: str = "127.0.0.1",
    port: int = PORT,
    show: bool = False,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve a project until it is stopped.

    `show` opens the console in the browser; `ready` is told the address once it answers. Raises DefinitionError when
    the project's files are wrong, ProjectError when it is served already, or the port is taken.
    """
    install_scrubber()
    sys.setswitchinterval(_SWITCH)
    token = new_token()
    shown = f"http://{'127.0.0.1' if host in _ANYWHERE + LOCAL else host}:{port}"
    with only_server(root), _listening(host, port) as listening:
        front = create_front(root, token, LOCAL if host in LOCAL else ("*",))
        config = uvicorn.Config(
            front, log_level="warning", access_log=False, lifespan="on", loop="uvloop", http=BoundedProtocol,
            timeout_graceful_shutdown=_LEAVE,
        )  # fmt: skip
        with ExitStack() as afterwards:

            def opened() -> None:
                # What is there now lives as long as the server: it is not searched for garbage again and again.
                gc.freeze()
                gc.set_threshold(*_LATE)
                afterwards.enter_context(announced(root, Presence(os.getpid(), host, port, token)))
                if show:
                    threading.Thread(target=webbrowser.open, args=(shown,), daemon=True).start()
                if ready:
                    ready(shown)

            # Once all is stopped, uvicorn raises the signal again that stopped it: left alone, SIGTERM would end the
            # process before the rest is put in order.
            signal.signal(signal.SIGTERM, _terminated)
            _Server(config, opened, front.leave).run(sockets=[listening])


def _terminated(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _listening(host: str, port: int) -> socket.socket:
    """Take the port before anything is started. Raises ProjectError when it is taken or not allowed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        en = "another program listens there" if error.errno == errno.EADDRINUSE else "it is not allowed here"
        zh = "已被其他程序占用" if error.errno == errno.EADDRINUSE else "当前用户无权使用"
        raise ProjectError(
            Words(f"port {port}: {en}; choose another with --port", f"端口 {port} {zh}：请用 --port 换一个端口")
        ) from None
    return taken


class _Server(uvicorn.Server):
    """Calls back when it answers, and before it waits for its answers to end."""

    def __init__(self, config: uvicorn.Config, opened: Callable[[], None], leave: Callable[[], None]) -> None:
        super().__init__(config)
        self._opened, self._leave = opened, leave

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then call back."""
        await super().startup(sockets)
        if self.started:
            self._opened()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Call back, then stop."""
        self._leave()
        await super().shutdown(sockets)
