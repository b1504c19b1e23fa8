"""Reading and cleaning micro-batches: here, or in a process of its own that reads the next one while this is applied.

Both take turns with one interpreter otherwise: what is read ahead there costs the one who applies a few milliseconds.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from huaxiang.errors import HuaxiangError
from huaxiang.inbox.door import Door
from huaxiang.inbox.event import Event
from huaxiang.inbox.log import INBOX_FILE, Inbox
from huaxiang.live.applying import tick_end
from huaxiang.live.cleaning import Cleaned, Cleaner
from huaxiang.live.rebasing import next_events
from huaxiang.privacy.keys import load_master_key
from huaxiang.privacy.scrub import install_scrubber
from huaxiang.processes.parent import end_with_parent
from huaxiang.project import REGISTRY, load_project
from huaxiang.registry import Registry

MOST = 2_500
"""Events in a micro-batch: as many as are computed well within half a second."""
LATE = (100_000, 50, 100)
"""Thresholds of garbage collection: a batch makes many objects that all die together, in no circles."""
_PATIENCE = 5.0
"""Seconds the process has to end when it is told to."""
_log = logging.getLogger("huaxiang.live")

Batch = tuple[list[Event], Cleaned | None]
"""Events, and what cleaning them left; None where they could not be cleaned together."""


def read_batch(inbox: Inbox, doors: Mapping[str, Door], cleaner: Cleaner, after: int, now: datetime) -> Batch:
    """Return the micro-batch that follows event number `after`, cleaned at `now`."""
    events = next_events(inbox, doors, after, MOST)
    if not events:
        return events, None
    try:
        return events, cleaner.clean(events, tick_end(now), now)
    except Exception as error:  # noqa: BLE001  (whoever applies them finds out which event it is)
        _log.warning("%s events could not be cleaned together: %s", len(events), type(error).__name__)
        return events, None


class Ahead:
    """A process that reads for one project as it is at `as_of`. It ends with the one that started it."""

    def __init__(self, root: Path, as_of: datetime) -> None:
        context = get_context("spawn")
        self._mine, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(target=_serve, args=(theirs, root, as_of), daemon=True)
        self._process.start()
        # The process has the only other end now: each sees when the other is gone.
        theirs.close()
        self._ready = False
        self._asked: int | None = None

    def ready(self) -> bool:
        """Tell whether it can be asked. Raises EOFError or OSError when it has died."""
        if not self._ready and self._mine.poll():
            self._ready = bool(self._mine.recv())
        return self._ready

    def prepare(self, after: int, now: datetime) -> None:
        """Have the micro-batch that follows event number `after` read, to be taken in a moment.

        Raises EOFError or OSError when the process has died.
        """
        if self._asked is None and self.ready():
            self._send(after, now)

    def take(self, after: int, now: datetime) -> Batch:
        """Return the micro-batch that follows event number `after`. Raises EOFError or OSError when it has died."""
        found = self._answer() if self._asked is not None else None
        if found is None or found[0] != after or not found[1]:
            # Nothing was asked, something else was, or there was nothing then.
            found = self._ask(after, now)
        return found[1:]

    def close(self) -> None:
        """End the process."""
        self._mine.close()
        self._process.join(_PATIENCE)
        self._process.kill()

    def _ask(self, after: int, now: datetime) -> tuple[int, list[Event], Cleaned | None]:
        self._send(after, now)
        return self._answer()

    def _send(self, after: int, now: datetime) -> None:
        self._mine.send((after, now))
        self._asked = after

    def _answer(self) -> tuple[int, list[Event], Cleaned | None]:
        asked, self._asked = self._asked or 0, None
        events, cleaned = self._mine.recv()
        return asked, events, cleaned


def _serve(asker: Connection, root: Path, as_of: datetime) -> None:
    """Answer (after, now) with the batch until the asker is gone; the first answer says that it is ready."""
    end_with_parent()
    install_scrubber()
    gc.set_threshold(*LATE)
    # What is wrong here is wrong where it is applied, too, and told there. A key stroke is for the server.
    with suppress(EOFError, OSError, KeyboardInterrupt, HuaxiangError), ExitStack() as stack:
        project = load_project(root).at(as_of)
        master = load_master_key(project.id, root)
        doors = {door.code: door for door in project.doors}
        registry = stack.enter_context(closing(Registry(project.store / REGISTRY)))
        cleaner = stack.enter_context(closing(Cleaner(project, registry, master)))
        inbox = stack.enter_context(Inbox(project.store / INBOX_FILE, master))
        asker.send(True)
        while True:
            asker.send(read_batch(inbox, doors, cleaner, *asker.recv()))
