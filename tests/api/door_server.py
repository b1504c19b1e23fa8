"""A real server for the doors: uvicorn on a free port, in a thread, over an inbox on the disk."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import uvicorn

from huaxiang.api.depth import Depth
from huaxiang.api.door import DoorApp
from huaxiang.api.gate import Gate
from huaxiang.inbox.commit import GroupCommit
from huaxiang.inbox.door import Door
from huaxiang.inbox.event import Event
from huaxiang.inbox.log import Inbox, Stored
from huaxiang.inbox.reading import events_of
from huaxiang.privacy.keys import MasterKey
from huaxiang.words import Words

KEY = "web-key"
WEB = Door("web", Words("Web", "官网"), ("segment", "sensors"), KEY, origins=("https://shop.example.com",))


@dataclass
class Served:
    """A running server: its address and what its inbox holds."""

    url: str
    inbox: Inbox
    doors: Sequence[Door]
    gate: Gate

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def bodies(self) -> list[Stored]:
        return self.inbox.bodies(0, 1 << 30)

    def events(self) -> list[Event]:
        return events_of(self.bodies(), {door.code: door for door in self.doors})

    def documents(self) -> list[dict]:
        return [msgspec.json.decode(event.document) for event in self.events()]


@contextmanager
def serving(
    folder: Path, doors: Sequence[Door] = (WEB,), gate: Callable[[Inbox], Gate] | None = None
) -> Iterator[Served]:
    """Serve `doors` while the block runs."""
    inbox = Inbox(folder / "inbox.db", MasterKey.random(), writing=True)
    guard = gate(inbox) if gate else Gate(Depth(inbox, folder / "live.db"))
    app = DoorApp(doors, GroupCommit(inbox), guard)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(
        app, port=port, log_level="warning", access_log=False, loop="uvloop", http="httptools", lifespan="on"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield Served(f"http://127.0.0.1:{port}", inbox, doors, guard)
    finally:
        server.should_exit = True
        thread.join(120)
        inbox.close()
    assert not thread.is_alive()
