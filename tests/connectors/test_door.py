"""The reader of doors: parts that only grow, bounded batches, and the events a source asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from huaxiang.connectors.base import DOCUMENT, ROW, Batch, ReadSpec
from huaxiang.connectors.door import DoorReader, bound, events_batch
from huaxiang.connectors.readers import BadRead, reader_for
from huaxiang.errors import ReadError
from huaxiang.inbox.contract import Contract
from huaxiang.inbox.door import Door
from huaxiang.inbox.log import SEGMENT, Body, Inbox
from huaxiang.inbox.reading import events_of
from huaxiang.privacy.keys import KEY_VARIABLE, MasterKey
from huaxiang.words import Words

MASTER = MasterKey(bytes(range(32)))
DOOR = Door("web", Words("web", "web"), ("segment",), "k")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, MASTER.as_text())


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    with Inbox(tmp_path / "inbox.db", MASTER, writing=True) as opened:
        yield opened


def spec_of(root: Path, door: Door = DOOR, **options: Any) -> ReadSpec:
    _, spec = reader_for({"door": "web", **options})
    return bound(spec, door, root / "inbox.db", "x")


def page(user: str) -> dict[str, Any]:
    return {"type": "page", "userId": user, "messageId": user}


def track(event: str, user: str = "u") -> dict[str, Any]:
    return {"type": "track", "event": event, "userId": user}


def body(events: Sequence[Any], door: str = "web") -> Body:
    return Body(door, "batch", 1, json.dumps({"batch": events}).encode(), len(events))


def rows(batches: Sequence[Batch]) -> list[tuple[int, str]]:
    return [
        (row[ROW], json.loads(row[DOCUMENT]).get("event") or json.loads(row[DOCUMENT])["userId"])
        for batch in batches
        for row in batch.table.to_pylist()
    ]


def read(root: Path, spec: ReadSpec, reader: DoorReader | None = None) -> list[list[Batch]]:
    reader = reader or DoorReader()
    return [list(reader.read(spec, root, part, [])) for part in reader.parts(spec, root, None)]


def test_a_part_has_the_doors_events_of_a_segment(inbox: Inbox, tmp_path: Path) -> None:
    filler = [page("x")] * 2500
    inbox.append([body([page("a"), page("b")]), body([page("no")], "app")])
    inbox.append([body(filler, "app")] * 39)
    inbox.append([body([page(str(number)) for number in range(2500)])])
    assert inbox.last > SEGMENT
    spec = spec_of(tmp_path)
    parts = DoorReader().parts(spec, tmp_path, None)
    assert [part.name for part in parts] == ["door:web#00000000", "door:web#00000001"]
    first, second = (rows(batches) for batches in read(tmp_path, spec))
    assert first[:3] == [(1, "a"), (2, "b"), (97504, "0")]
    # The last body lies in both segments; each of its events is in one.
    assert (first[-1][0], second[0][0]) == (SEGMENT, 1)
    assert int(second[0][1]) == int(first[-1][1]) + 1
    assert len(first) + len(second) == 2502


def test_batches_are_bounded(inbox: Inbox, tmp_path: Path) -> None:
    inbox.append([body([page(str(number)) for number in range(7)])])
    [batches] = read(tmp_path, spec_of(tmp_path), DoorReader(batch_rows=3))
    assert [batch.table.num_rows for batch in batches] == [3, 3, 1]
    assert [number for number, _ in rows(batches)] == list(range(1, 8))


def test_a_source_takes_types_and_names(inbox: Inbox, tmp_path: Path) -> None:
    inbox.append([body([page("p"), track("A"), track("B"), {"type": "identify", "userId": "i"}])])

    def taken(**options: Any) -> list[int]:
        return [number for batches in read(tmp_path, spec_of(tmp_path, **options)) for number, _ in rows(batches)]

    assert taken() == [1, 2, 3, 4]
    assert taken(type="track") == [2, 3]
    assert taken(type=["page", "identify"]) == [1, 4]
    assert taken(type="track", event=["B", "C"]) == [3]
    assert taken(event="A") == [2]


def test_what_is_wrong_is_broken_where_it_belongs(inbox: Inbox, tmp_path: Path) -> None:
    inbox.append([body([page("p"), {"type": "track", "event": "A"}, {"type": "oops"}, track("B")])])
    inbox.append([Body("web", "page", 1, b"{", 1)])

    def broken(**options: Any) -> list[tuple[int, str]]:
        [batches] = read(tmp_path, spec_of(tmp_path, **options))
        return [(each.row, each.rule) for batch in batches for each in batch.broken]

    assert broken(type="track") == [(2, "no_identifier"), (3, "unknown_type"), (5, "not_json")]
    assert broken(type="track", event="B") == [(3, "unknown_type"), (5, "not_json")]
    assert broken(type="page") == [(3, "unknown_type"), (5, "not_json")]


def test_the_same_function_serves_events_at_hand(inbox: Inbox, tmp_path: Path) -> None:
    inbox.append([body([page("a"), track("B")]), body([page("c")], "app")])
    spec = spec_of(tmp_path)
    events = events_of(inbox.bodies(0, 1 << 20), {"web": DOOR})
    [[batch]] = read(tmp_path, spec)
    assert events_batch(spec, events, 0).table == batch.table


def test_signature_and_fingerprint_follow_what_came_and_how_it_is_read(inbox: Inbox, tmp_path: Path) -> None:
    def now(door: Door = DOOR) -> tuple[str, str]:
        spec, reader = spec_of(tmp_path, door), DoorReader()
        [part] = reader.parts(spec, tmp_path, None)
        return part.signature, reader.fingerprint(spec, tmp_path, part)

    inbox.append([body([page("a")])])
    before = now()
    inbox.append([body([page("x")], "app")])
    assert now() == before == now(replace(DOOR, write_key="another", limit=5))
    bound_by_contract = now(replace(DOOR, contracts={"A": Contract("A", {"x": "text"}, {})}))
    inbox.append([body([page("b")])])
    for each in (bound_by_contract, now()):
        assert all(one != other for one, other in zip(each, before, strict=True))


def test_an_inbox_that_goes_away(inbox: Inbox, tmp_path: Path) -> None:
    inbox.append([body([page("a")])])
    spec, reader = spec_of(tmp_path), DoorReader()
    [part] = reader.parts(spec, tmp_path, None)
    inbox.close()
    (tmp_path / "inbox.db").unlink()
    assert reader.parts(spec, tmp_path, None) == []
    with pytest.raises(ReadError, match="gone"):
        list(reader.read(spec, tmp_path, part, []))
    with pytest.raises(ReadError, match="gone"):
        reader.fingerprint(spec, tmp_path, part)


def test_a_file_that_is_no_inbox_tells_nothing_of_itself(tmp_path: Path) -> None:
    (tmp_path / "inbox.db").write_bytes(b"secret 13800138000 secret" * 100)
    with pytest.raises(ReadError) as caught:
        read(tmp_path, spec_of(tmp_path))
    assert "13800138000" not in str(caught.value)


def test_only_a_source_reads_a_door(tmp_path: Path) -> None:
    reader, spec = reader_for({"door": "web"})
    with pytest.raises(ReadError, match="by a source only"):
        reader.parts(spec, tmp_path, None)


@pytest.mark.parametrize(
    ("read", "hint"),
    [({"door": "web", "type": ["page", "trck"]}, "track"), ({"door": "web", "event": []}, None),
     ({"door": "web", "types": "page"}, "type"), ({"dor": "web"}, "door")],
)  # fmt: skip
def test_faults_of_what_a_source_says(read: dict[str, Any], hint: str | None) -> None:
    with pytest.raises(BadRead) as caught:
        reader_for(read)
    assert caught.value.hint == hint
