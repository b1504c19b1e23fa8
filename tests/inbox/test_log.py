"""The log: numbers without gaps, sealed bodies, bounded reading, and nothing lost that was acknowledged."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from huaxiang.inbox import log
from huaxiang.inbox.log import Body, Inbox, InboxError, Segment
from huaxiang.privacy.keys import MasterKey
from huaxiang.privacy.seal import SealError

MASTER = MasterKey(bytes(range(32)))
AT = 1_780_000_000_000_000


def body(events: int = 1, door: str = "web", raw: bytes = b'{"phone":"13911112222"}') -> Body:
    return Body(door, "track", AT, raw, events)


def test_numbers_are_dense_over_all_doors_and_openings(tmp_path: Path) -> None:
    path = tmp_path / "inbox.db"
    with Inbox(path, MASTER, writing=True) as inbox:
        assert inbox.last == 0
        assert inbox.append([body(3), body(2, "app")]) == 5
    with Inbox(path, MASTER, writing=True) as inbox:
        assert inbox.append([body()]) == inbox.last == 6
        found = inbox.bodies(0, 1 << 20)
        assert [(each.first, each.last, each.door) for each in found] == [(1, 3, "web"), (4, 5, "app"), (6, 6, "web")]
        assert found[0].raw == b'{"phone":"13911112222"}'
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_read_is_bounded_and_goes_on_where_it_ended(tmp_path: Path) -> None:
    with Inbox(tmp_path / "inbox.db", MASTER, writing=True) as inbox:
        inbox.append([body(10, raw=b"x" * 1000) for _ in range(100)])
        seen, after, reads = [], 0, 0
        while some := inbox.bodies(after, 10_500):
            assert sum(len(each.raw) for each in some) <= 10_500
            seen += [each.first for each in some]
            after, reads = some[-1].last, reads + 1
        assert seen == list(range(1, 1001, 10))
        assert reads == 10
        assert [each.first for each in inbox.bodies(0, 1)] == [1]


def test_a_range_takes_the_bodies_that_reach_into_it(tmp_path: Path) -> None:
    with Inbox(tmp_path / "inbox.db", MASTER, writing=True) as inbox:
        inbox.append([body(10, door) for door in ("web", "app", "web", "web")])
        assert [each.first for each in inbox.bodies(15, 1 << 20, upto=25)] == [11, 21]
        assert [each.first for each in inbox.bodies(15, 1 << 20, upto=35, door="web")] == [21, 31]
        assert inbox.bodies(40, 1 << 20) == []


def test_segments_count_each_doors_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "SEGMENT", 10)
    with Inbox(tmp_path / "inbox.db", MASTER, writing=True) as inbox:
        inbox.append([body(8), body(4, "app"), body(25)])
        inbox.append([body(1)])
        assert inbox.segments("app") == [Segment(0, 10, 2), Segment(1, 12, 2)]
        assert inbox.segments("web") == [Segment(0, 8, 8), Segment(1, 20, 8), Segment(2, 30, 10), Segment(3, 38, 8)]
        assert inbox.segments("none") == []


def test_nothing_readable_is_in_the_file(tmp_path: Path) -> None:
    with Inbox(tmp_path / "inbox.db", MASTER, writing=True) as inbox:
        inbox.append([body()])
        assert all(b"13911112222" not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_body_that_was_moved_or_changed_does_not_open(tmp_path: Path) -> None:
    path = tmp_path / "inbox.db"
    with Inbox(path, MASTER, writing=True) as inbox:
        inbox.append([body()])
    for change in ("first = 2", "door = 'app'", "received = 1", "sealed = x'00'"):
        copy = tmp_path / "copy.db"
        copy.write_bytes(path.read_bytes())
        with sqlite3.connect(copy) as db:
            db.execute(f"UPDATE bodies SET {change}")
        db.close()
        with Inbox(copy, MASTER) as inbox, pytest.raises(SealError):
            inbox.bodies(0, 1 << 20)
    with Inbox(path, MasterKey.random()) as inbox, pytest.raises(SealError):
        inbox.bodies(0, 1 << 20)


def test_a_reader_waits_for_an_inbox_that_is_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "inbox.db"
    with Inbox(path, MASTER) as reader:
        assert (reader.last, reader.bodies(0, 1), reader.segments("web")) == (0, [], [])
        assert not path.exists()
        with Inbox(path, MASTER, writing=True) as writer:
            writer.append([body(2)])
            assert reader.last == 2
        with pytest.raises(ValueError, match="reading only"):
            reader.append([body()])


def test_two_writers_never_give_a_number_twice(tmp_path: Path) -> None:
    path = tmp_path / "inbox.db"
    with Inbox(path, MASTER, writing=True) as one, Inbox(path, MASTER, writing=True) as two:
        assert [one.append([body(2)]), two.append([body(3)]), one.append([body(1)])] == [2, 5, 6]


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with Inbox(tmp_path / "inbox.db", MASTER, writing=True) as inbox:
        inbox.append([body()])
        with pytest.raises(ValueError, match="without events"):
            inbox.append([body(), body(0)])
        with pytest.raises(InboxError):
            inbox.append([body(), Body("web", None, AT, b"", 1)])  # type: ignore[arg-type]
        assert inbox.append([body()]) == 2


def test_a_file_that_is_no_inbox(tmp_path: Path) -> None:
    path = tmp_path / "inbox.db"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(InboxError, match=r"inbox\.db is damaged"):
        Inbox(path, MASTER, writing=True)
    with Inbox(path, MASTER) as inbox, pytest.raises(InboxError):
        inbox.bodies(0, 1)


_WRITER = """
import sys
from pathlib import Path
from huaxiang.inbox.log import Body, Inbox
from huaxiang.privacy.keys import MasterKey
inbox = Inbox(Path(sys.argv[1]), MasterKey(bytes(range(32))), writing=True)
number = 0
while True:
    bodies = [Body("web", "batch", 1, b"%d|" % (number + k) + b"x" * 2000, 3) for k in range(5)]
    number += 5
    print(inbox.append(bodies), flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_what_was_acknowledged_is_there_after_kill_9(tmp_path: Path) -> None:
    path, acknowledged = tmp_path / "inbox.db", 0
    for round_ in range(6):
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        line = writer.stdout.readline()
        time.sleep(0.05 + 0.037 * round_)
        writer.send_signal(signal.SIGKILL)
        acknowledged = int((line + writer.stdout.read()).split(b"\n")[-2])
        writer.wait()
        with Inbox(path, MASTER) as inbox:
            assert inbox.last >= acknowledged
            after = 0
            while some := inbox.bodies(after, 1 << 20):
                assert some[0].first == after + 1
                assert all(one.last + 1 == other.first for one, other in pairwise(some))
                after = some[-1].last
            assert after == inbox.last == sum(each.events for each in inbox.segments("web"))
            assert after % 15 == 0, "a transaction is there whole or not at all"
    assert acknowledged > 0
