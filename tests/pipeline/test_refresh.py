"""A refresh says what a full build says at the same moment, whatever happened to the files in between."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from huaxiang.engine.duckdb import Engine
from huaxiang.pipeline import Settings, build, refresh, store_paths
from huaxiang.project import load_project
from huaxiang.registry import Build
from huaxiang.tag.compile import Target
from huaxiang.tag.kernel.program import Program
from tests.read.sample import with_key

refreshing = import_module("huaxiang.pipeline.refresh")
START = datetime(2026, 3, 1, 4)
HEAD = "no,at,card,mobile,amount,dept\n"
FILES = {
    "huaxiang.yaml": "project: small\ntime_zone: Asia/Shanghai\nlargest_loss: 100\n",
    "identity.yaml": "identifiers:\n  member_id: {trust: certain, per_person: 1}\n"
    "  phone: {trust: certain, per_person: 3}\n",
    "sources/pos.yaml": "source: pos\nchannel: store\nread: data/*.csv\ninto: orders\n"
    "identifiers: {member_id: card, phone: mobile}\nkey: [order_id]\n"
    "columns: {order_id: no, occurred_at: at, amount: amount, category: dept}\n"
    'reject: ["amount < 0"]\n',
    "tags/all.yaml": """
- {tag: orders_30, category: a, from: orders, value: count(distinct order_id), window: 30 days, default: 0}
- {tag: spend, category: a, from: orders, value: sum(amount)}
- {tag: favourite, category: a, from: orders, value: mode(category), window: 60 days}
- {tag: idle, category: a, from: orders, value: days_since(max(occurred_at))}
- {tag: likes, category: a, from: orders, prefer: {item: category, weight: amount, half_life: 20 days, top: 2}}
- {tag: state, category: a, rule: {睡眠: 'idle > 20', 活跃: 'orders_30 > 1', else: 普通}}
- {tag: above, category: a, rule: spend > population_avg(spend)}
- {tag: score, category: a, bands: {of: spend, quantiles: 3}}
- {tag: lapsed, category: a, rule: "idle > repurchase_gap(0.9, favourite)"}
""",
    "segments/all.yaml": """
- segment: tea
  where: bought >= 1
  with:
    bought: {from: orders, value: count(), where: "category = '茶'", window: 45 days, default: 0}
- {segment: asleep, where: "state = '睡眠' and not in_segment('tea')"}
- {segment: most, where: "spend >= population_quantile(spend, 0.5) or idle > repurchase_gap(0.5)"}
""",
    "data/one.csv": HEAD + "A1,2026-01-20,M1,13812345678,120,茶\nA2,2026-02-05,M2,13912345678,30,茶\n"
    "A3,2026-02-30,M2,13912345678,30,茶\nA4,2026-02-07,M3,,-5,酒\nA5,2026-02-25,M3,,15,酒\n",
    "data/two.csv": HEAD + "B1,2026-02-27,M4,13712345678,20,酒\nA2,2026-02-06,M2,13912345678,33,酒\n",
}
COMPARED = {
    "orders": "SELECT * EXCLUDE (recorded_at, part) FROM orders ORDER BY ALL",
    "identifiers": "SELECT * FROM identifiers ORDER BY ALL",
    "subjects": "SELECT * FROM subjects ORDER BY ALL",
    "facts_hold": 'SELECT fact, source, "column", sum(known) AS n FROM facts_hold GROUP BY ALL HAVING n <> 0 '
    "ORDER BY ALL",
    "duplicates": "SELECT * FROM duplicates ORDER BY ALL",
    "quarantine": "SELECT * EXCLUDE (sealed) FROM quarantine ORDER BY ALL",
    "tags": "SELECT * FROM tags ORDER BY ALL",
    "tag_thresholds": "SELECT * FROM tag_thresholds ORDER BY ALL",
    "segment_cuts": "SELECT * FROM segment_cuts",
    "repurchase_gaps": "SELECT * FROM repurchase_gaps ORDER BY ALL",
    "tag_weights": "SELECT * FROM tag_weights ORDER BY ALL",
    "tag_changes": "SELECT * FROM tag_changes ORDER BY ALL",
    "segment_members": "SELECT * FROM segment_members ORDER BY ALL",
    "segment_moves": "SELECT * FROM segment_moves ORDER BY ALL",
    "merges": "SELECT * FROM merges ORDER BY ALL",
    "build": "SELECT * FROM build",
}
ON_DEMAND = ("segment_cuts", "repurchase_gaps")
"""Kept only where something is compared with all customers."""
Change = Callable[[Path], None]


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "shop"
    for name, text in FILES.items():
        write(root, name, text)
    with with_key():
        run(build, root, START)
        yield root


def run(what: Any, root: Path, as_of: datetime) -> Build:
    done: Build = what(load_project(root), as_of=as_of, settings=Settings(workers=1))
    return done


def tables(root: Path, done: Build) -> dict[str, list[tuple[Any, ...]]]:
    with Engine(store_paths(load_project(root))["builds"] / done.file, read_only=True) as engine:
        there = {name for (name,) in engine.rows("SELECT table_name FROM duckdb_tables()")}
        return {name: engine.rows(sql) for name, sql in COMPARED.items() if name in there or name not in ON_DEMAND}


def both(root: Path, as_of: datetime) -> Build:
    """Refresh the project, and build a copy of it in full; they must say the same. Return the refreshed build."""
    twin = root.with_name("twin")
    shutil.rmtree(twin, ignore_errors=True)
    shutil.copytree(root, twin)
    done = run(refresh, root, as_of)
    assert "rebuilt" not in done.summary
    found, wanted = tables(root, done), tables(twin, run(build, twin, as_of))
    for name, rows in wanted.items():
        assert found[name] == rows, name
    return done


def more(text: str, name: str = "data/three.csv") -> Change:
    return lambda root: write(root, name, HEAD + text)


def gone(name: str) -> Change:
    return lambda root: (root / name).unlink()


CHANGES: dict[str, Change] = {
    "nothing": lambda _: None,
    "new facts": more("C1,2026-03-01,M1,,8,茶\n"),
    "new people": more("C1,2026-03-01,M9,13612345678,8,茶\nC2,2026-03-02,M8,,9,水\n"),
    "new people seen alone": more("C1,2026-03-01,,13612345678,8,茶\nC2,2026-03-02,M8,,9,水\nC3,2026-03-02,M1,,9,水\n"),
    "values never seen": more("C1,2026-03-01,M1,,8,果\nC2,2026-03-01,M1,,8,安\n"),
    "a late fact": more("C1,2026-01-02,M2,,500,茶\n"),
    "two people are one": more("C1,2026-03-01,M1,13912345678,8,茶\n"),
    "a doubled fact": more("A1,2026-01-21,M1,13812345678,99,酒\n"),
    "a corrected file": lambda root: write(
        root, "data/two.csv", FILES["data/two.csv"].replace("M4,13712345678,20", "M4,13712345678,21")
    ),
    "a fact less": lambda root: write(root, "data/two.csv", HEAD + "B1,2026-02-27,M4,13712345678,20,酒\n"),
    "a file gone": gone("data/two.csv"),
    "everything gone": lambda root: (gone("data/one.csv")(root), gone("data/two.csv")(root))[0],
    "a copy of a file": lambda root: write(root, "data/zz.csv", FILES["data/two.csv"]),
    "bad rows": more("C1,2026-03-41,M1,,8,茶\nC2,2026-03-01,M1,,-8,茶\n"),
}


@pytest.mark.parametrize("days", [0, 33])
@pytest.mark.parametrize("what", sorted(CHANGES))
def test_a_refresh_equals_a_full_build(shop: Path, what: str, days: int) -> None:
    CHANGES[what](shop)
    both(shop, START + timedelta(days=days))


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let refreshes read facts in compiled passes, however few they are; return what the passes scan."""
    scanned: list[str] = []
    scan = Program.scan

    def watched(program: Program, first: int, last: int) -> str:
        scanned.append(scan(program, first, last))
        return scanned[-1]

    monkeypatch.setattr(refreshing, "Target", partial(Target, pass_from=0))
    monkeypatch.setattr(Program, "scan", watched)
    return scanned


@pytest.mark.parametrize("what", sorted(CHANGES))
def test_a_refresh_in_passes_equals_a_full_build(shop: Path, passing: list[str], what: str) -> None:
    CHANGES[what](shop)
    both(shop, START + timedelta(days=7))
    CHANGES["a late fact"](shop)
    both(shop, START + timedelta(days=8))
    assert passing


@pytest.mark.parametrize(
    ("change", "there"),
    [
        (CHANGES["nothing"], True),
        (more("A1,2026-03-01,M1,,8,茶\n"), True),
        (CHANGES["values never seen"], False),
        (CHANGES["a corrected file"], False),
    ],
    ids=["nothing", "more of the same", "values never seen", "a corrected file"],
)
def test_facts_that_stayed_are_read_where_they_were(
    shop: Path, passing: list[str], change: Change, there: bool
) -> None:
    write(shop, "sources/pos.yaml", FILES["sources/pos.yaml"].replace("key: [order_id]\n", ""))
    run(build, shop, START)
    change(shop)
    both(shop, START + timedelta(days=7))
    assert passing
    assert all(('FROM "previous"."orders"' in sql) is there for sql in passing)


@pytest.mark.parametrize("what", sorted(CHANGES))
def test_facts_may_be_known_by_where_they_were_read(shop: Path, what: str) -> None:
    write(shop, "sources/pos.yaml", FILES["sources/pos.yaml"].replace("key: [order_id]\n", ""))
    run(build, shop, START)
    CHANGES[what](shop)
    both(shop, START)
    CHANGES["values never seen"](shop)
    both(shop, START + timedelta(days=1))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_after_another(shop: Path, seed: int) -> None:
    chance = random.Random(seed)
    as_of = START
    for _ in range(4):
        what = chance.choice([name for name in sorted(CHANGES) if "gone" not in name])
        CHANGES[what](shop)
        as_of += timedelta(days=chance.choice([0, 0.5, 7, 31]))
        both(shop, as_of)


@pytest.mark.parametrize(("what", "anew"), [("new people seen alone", False), ("two people are one", True)])
def test_people_are_found_anew_only_where_some_were_seen_together(shop: Path, what: str, anew: bool) -> None:
    CHANGES[what](shop)
    # All of it has happened by then.
    steps = run(refresh, shop, START + timedelta(days=2)).summary["steps"]
    assert ("identify: identify_people" in steps, "identify: newcomers" in steps) == (anew, not anew)


def test_it_says_whom_it_touched_and_why(shop: Path) -> None:
    CHANGES["new facts"](shop)
    told = run(refresh, shop, START + timedelta(days=7)).summary["refresh"]
    assert (told["from"], told["parts"]) == (1, 1)
    # M1 has a new fact; M2's order of 5 February (04:00 UTC is noon) left the thirty days.
    assert (told["touched"], told["why"]["facts"], told["why"]["window"]) == (2, 1, 1)
    assert set(told["restless"]) == {"idle", "likes", "state", "above", "score", "lapsed"}


@pytest.mark.parametrize(("gaps", "compacted"), [(0.5, False), (0.51, True)])
def test_room_is_given_back_once_there_is_much_of_it(
    shop: Path, monkeypatch: pytest.MonkeyPatch, gaps: float, compacted: bool
) -> None:
    left = list[bool]()
    monkeypatch.setattr(Engine, "gaps", lambda _: gaps)
    monkeypatch.setattr(Engine, "leave_gaps", lambda _: left.append(True))
    assert run(refresh, shop, START).summary["refresh"]["compacted"] is compacted
    assert bool(left) is not compacted


def test_nothing_new_touches_nobody(shop: Path) -> None:
    told = run(refresh, shop, START).summary["refresh"]
    assert (told["touched"], told["why"], told["windows"]) == (0, {}, {})


@pytest.mark.parametrize(
    ("file", "old", "new", "why"),
    [
        ("tags/all.yaml", "30 days", "31 days", "tags changed"),
        ("segments/all.yaml", "45 days", "46 days", "segments changed"),
        ("identity.yaml", "per_person: 3", "per_person: 4", "identity.yaml or the fact tables changed"),
    ],
)
def test_other_definitions_ask_for_a_full_build(shop: Path, file: str, old: str, new: str, why: str) -> None:
    write(shop, file, FILES[file].replace(old, new))
    done = run(refresh, shop, START)
    assert done.summary["rebuilt"]["en"] == why
    assert run(refresh, shop, START).summary["refresh"]["from"] == done.id


def test_the_first_refresh_of_all_is_a_build(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    for name, text in FILES.items():
        write(root, name, text)
    with with_key():
        assert run(refresh, root, START).summary["rebuilt"]["en"] == "there is no build to go on from"


def test_a_refresh_that_fails_leaves_the_last_build(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    CHANGES["new facts"](shop)

    def fails(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(refreshing, "carry_on", fails)
        with pytest.raises(KeyboardInterrupt):
            run(refresh, shop, START)
    assert [path.name for path in (shop / ".huaxiang" / "builds").glob("*.duckdb")] == ["build-000001.duckdb"]
    both(shop, START + timedelta(days=1))
