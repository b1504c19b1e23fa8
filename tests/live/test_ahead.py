"""The process that reads ahead hands over what would be read here, and is missed by nobody when it dies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from huaxiang.live import ahead as reading
from huaxiang.live.ahead import Ahead, read_batch
from huaxiang.live.worker import Worker
from tests.live.shop import START, drain, follow, made_up, put, served


@pytest.fixture
def beside(shop: Path) -> Iterator[Worker]:
    made = Worker(shop, clock=lambda: START, beside=True)
    follow(made)
    yield made
    made.close()


def ready(applier: Worker) -> Ahead:
    """Return the applier's reading process, once it answers."""
    for _ in range(600):
        applier.step()
        if applier.ahead is not None and applier.ahead.ready():
            return applier.ahead
        time.sleep(0.05)
    raise AssertionError("never ready")


def test_it_reads_what_would_be_read_here(shop: Path, beside: Worker) -> None:
    ahead = ready(beside)
    assert ahead.take(0, START) == ([], None)
    put(shop, list(made_up(1, 50)))
    tools = beside.tools
    assert tools is not None
    events, cleaned = ahead.take(0, START)
    mine, own = read_batch(beside.inbox, beside.doors, tools.cleaner, 0, START)
    assert events == mine
    assert cleaned is not None
    assert own is not None
    assert (cleaned.took, cleaned.counts) == (own.took, own.counts)
    assert [each.rows for each in cleaned.facts] == [each.rows for each in own.facts]
    # What came while the first batch was applied is read already; asked for something else, it answers that.
    put(shop, list(made_up(2, 30)))
    later, _ = ahead.take(events[-1].number, START)
    assert [each.number for each in later] == list(range(51, 81))
    again, _ = ahead.take(70, START)
    assert [each.number for each in again] == list(range(71, 81))


def test_events_are_applied_whether_it_lives_or_not(
    shop: Path, beside: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = ready(beside)
    put(shop, list(made_up(3, 60)))
    assert drain(beside) == 60
    ahead._process.kill()
    ahead._process.join()
    put(shop, list(made_up(4, 40)))
    assert drain(beside) == 40
    # What killed it may still be there: it is not started again at once.
    assert beside.ahead is None
    monkeypatch.setattr(beside, "rested", 0.0)
    assert ready(beside) is not ahead
    put(shop, list(made_up(5, 20)))
    assert drain(beside) == 20
    assert beside.store.applied == 120
    assert served(shop)


def test_what_cannot_be_cleaned_together_is_left_to_who_applies(
    shop: Path, applier: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = applier.tools
    assert tools is not None
    put(shop, list(made_up(6, 10)))

    def broken(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(tools.cleaner, "clean", broken)
    events, cleaned = reading.read_batch(applier.inbox, applier.doors, tools.cleaner, 0, START)
    assert (len(events), cleaned) == (10, None)
    # Alone it is found out which: here all of them, set aside for the next build.
    assert applier.step() == 10
    assert applier.store.db.execute("SELECT count(*) FROM rejected").fetchone()[0] == 10
