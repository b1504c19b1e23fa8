"""Group commit: answered when on the disk, all that wait in one transaction, and never answered when it is not."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from huaxiang.inbox.commit import GroupCommit, InboxUnavailable
from huaxiang.inbox.log import Body, Inbox
from huaxiang.privacy.keys import MasterKey
from tests.full_disk import full_disk


def body(number: int, size: int = 100) -> Body:
    return Body("web", "track", number, b"%d " % number + b"x" * size, 1)


class Slow:
    """An inbox that writes when it is let, and counts its transactions."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox, self.groups, self.go = inbox, list[int](), threading.Event()

    def append(self, bodies: Sequence[Body]) -> int:
        assert self.go.wait(120)
        self.groups.append(len(bodies))
        return self.inbox.append(bodies)


def test_what_waits_goes_into_one_transaction(tmp_path: Path) -> None:
    async def run() -> None:
        waiting = [asyncio.create_task(commit.submit(body(number))) for number in range(3)]
        await asyncio.sleep(0.02)
        waiting += [asyncio.create_task(commit.submit(body(number))) for number in range(3, 50)]
        await asyncio.sleep(0.02)
        assert not any(each.done() for each in waiting)
        assert inbox.last == 0
        slow.go.set()
        await asyncio.gather(*waiting)
        assert inbox.last == 50
        await commit.close()

    with Inbox(tmp_path / "inbox.db", MasterKey.random(), writing=True) as inbox:
        slow = Slow(inbox)
        commit = GroupCommit(slow)
        asyncio.run(run())
        assert slow.groups == [3, 47]
        assert [each.received for each in inbox.bodies(0, 1 << 20)] == list(range(50))


def test_closing_waits_for_the_disk(tmp_path: Path) -> None:
    async def run() -> None:
        waiting = [asyncio.create_task(commit.submit(body(number))) for number in range(5)]
        await asyncio.sleep(0)
        await commit.close()
        assert inbox.last == 5
        await asyncio.gather(*waiting)
        with pytest.raises(InboxUnavailable):
            await commit.submit(body(6))

    with Inbox(tmp_path / "inbox.db", MasterKey.random(), writing=True) as inbox:
        commit = GroupCommit(inbox)
        asyncio.run(run())


def test_a_client_that_gives_up_does_not_stop_the_others(tmp_path: Path) -> None:
    async def run() -> None:
        waiting = [asyncio.create_task(commit.submit(body(number))) for number in range(5)]
        await asyncio.sleep(0.02)
        waiting[2].cancel()
        slow.go.set()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(result) for result in results].count(type(None)) == 4
        # It had been handed over: what was sent is kept though nobody waits for the answer.
        assert inbox.last == 5
        await commit.close()

    with Inbox(tmp_path / "inbox.db", MasterKey.random(), writing=True) as inbox:
        slow = Slow(inbox)
        commit = GroupCommit(slow)
        asyncio.run(run())


def test_a_disk_that_refuses_is_no_acknowledgement(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        await commit.submit(body(1))
        with full_disk(200_000):
            failed = [commit.submit(body(number, 300_000)) for number in (2, 3)]
            results = await asyncio.gather(*failed, return_exceptions=True)
            assert all(isinstance(result, InboxUnavailable) for result in results)
        assert inbox.last == 1
        # The disk is well again, and so are we.
        await commit.submit(body(4, 300_000))
        assert inbox.last == 2
        await commit.close()

    caplog.set_level(logging.ERROR)
    with Inbox(tmp_path / "inbox.db", MasterKey.random(), writing=True) as inbox:
        commit = GroupCommit(inbox)
        asyncio.run(run())
        assert [each.received for each in inbox.bodies(0, 1 << 30)] == [1, 4]
    assert "xxx" not in caplog.text
    assert "took nothing of 2 bodies: InboxError: inbox.db could not be read or written" in caplog.text


_WRITER = """
import asyncio, os, sys
from pathlib import Path
from huaxiang.inbox.commit import GroupCommit
from huaxiang.inbox.log import Body, Inbox
from huaxiang.privacy.keys import MasterKey
from tests.full_disk import full_disk

async def client(commit, number):
    while True:
        await commit.submit(Body("web", "track", number, b"%d" % number, 1))
        os.write(1, b"%d\\n" % number)
        number += 20

async def main():
    inbox = Inbox(Path(sys.argv[1]), MasterKey(bytes(32)), writing=True)
    commit = GroupCommit(inbox)
    await asyncio.gather(*(client(commit, number) for number in range(20)))

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [0.0, 0.05, 0.2])
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, after: float) -> None:
    path = tmp_path / "inbox.db"
    command = [sys.executable, "-c", _WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ)) as writer:
        assert writer.stdout
        told = [writer.stdout.readline()]
        threading.Timer(after, writer.send_signal, [signal.SIGKILL]).start()
        told += writer.stdout.readlines()
    acknowledged = {int(line) for line in told if line.endswith(b"\n") and line.strip()}
    assert acknowledged
    with Inbox(path, MasterKey(bytes(32))) as inbox:
        kept = inbox.bodies(0, 1 << 30)
        assert acknowledged <= {each.received for each in kept}
        assert len({each.received for each in kept}) == len(kept)
        assert [each.first for each in kept] == list(range(1, len(kept) + 1))
        assert all(each.raw == b"%d" % each.received for each in kept)
