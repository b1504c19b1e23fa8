"""Who is who in whole projects: hot lines, borrowed numbers, rows sent again, and builds of earlier moments."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from huaxiang.engine.duckdb import Engine
from huaxiang.errors import ProjectError
from huaxiang.pipeline import Settings, build, refresh, store_paths
from huaxiang.pipeline.run import refuse_ahead
from huaxiang.project import load_project
from huaxiang.read.current import current_build
from huaxiang.read.identity import identity
from huaxiang.registry import Build
from tests.read.sample import with_key

HEAD = "no,time,card,phone,mail,amount\n"
NOW, FEBRUARY = datetime(2026, 6, 1), datetime(2026, 2, 1)
FILES = {
    "huaxiang.yaml": "project: who\nlocale: en\n",
    "identity.yaml": "identifiers:\n  member_id: {trust: certain, per_person: 1}\n"
    "  phone: {trust: certain, per_person: 3}\n  email: {trust: certain, per_person: 3}\n",
    "sources/shop.yaml": "source: shop\nread: data/*.csv\ninto: orders\n"
    "identifiers: {member_id: card, phone: phone, email: mail}\nkey: [order_id]\n"
    "columns: {order_id: no, occurred_at: time, amount: amount}\n",
    "tags/all.yaml": "- {tag: orders, from: orders, value: count(), default: 0}\n"
    "- {tag: spend, from: orders, value: sum(amount), default: 0}\n- {tag: mean_spend, rule: population_avg(spend)}\n",
    "segments/all.yaml": "- {segment: never_bought, where: orders = 0}\n",
    "data/hot_line.csv": HEAD
    + "".join(
        f"H{buyer},2026-01-02,,13900000002,buyer{buyer}@example.com,10\nI{buyer},2026-01-03,,,buyer{buyer}@example.com,1\n"
        for buyer in range(20)
    ),
    "data/borrowed.csv": HEAD
    + "".join(f"B{number},2026-01-02,K1000,139000001{number:02d},,10\n" for number in range(30)),
    "data/chain.csv": HEAD
    + "".join(
        f"C{n}1,2026-01-01,KA{n},1310000{n}001,,1\nC{n}2,2026-01-02,,1310000{n}001,far{n}@example.com,1\n"
        f"C{n}3,2026-01-03,,1310000{n}002,far{n}@example.com,1\nC{n}4,2026-01-04,KB{n},1310000{n}002,,1\n"
        f"C{n}5,2026-01-05,,1310000{n}002,,1\n"
        for n in range(8)
    ),
    "data/again.csv": HEAD
    + "V1,2026-01-01,V01,13911110001,,10\nV2,2026-01-02,V01,13911110001,,10\n"
    + "V3,2026-01-03,V02,13911110001,,10\n" * 5
    + "V4,2026-01-04,,13911110001,,99\n",
    "data/family.csv": HEAD
    + "F1,2026-01-01,F01,13922220001,,5\nF2,2026-01-02,F01,13922220001,,5\nF3,2026-01-03,F02,13922220001,,7\n",
    "data/refused.csv": HEAD
    + "".join(f"{no},2026-01-0{no[1]},R0{no[1]},1393333000{no[1]},,1\n" for no in ("R1", "R2"))
    + "S1,2026-01-03,,13933330001,r@example.com,1\nS2,2026-01-03,,13933330001,r@example.com,1\n"
    + "S3,2026-01-04,,13933330002,r@example.com,1\n",
}


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def run(what: Any, root: Path, as_of: datetime = NOW) -> Build:
    done: Build = what(load_project(root), as_of=as_of, settings=Settings(workers=1))
    return done


def ask(root: Path, done: Build, sql: str) -> list[tuple[Any, ...]]:
    with Engine(store_paths(load_project(root))["builds"] / done.file, read_only=True) as engine:
        return engine.rows(sql)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Build]]:
    root = tmp_path_factory.mktemp("who") / "shop"
    for name, text in FILES.items():
        write(root, name, text)
    with with_key():
        yield root, run(build, root)


def of(shop: tuple[Path, Build], orders: str) -> list[tuple[Any, ...]]:
    """Return of each customer of some orders which they are, in order; (None, …) are nobody's."""
    sql = (
        f"SELECT subject, list(order_id ORDER BY order_id) FROM orders WHERE order_id SIMILAR TO '{orders}' GROUP BY 1"
    )
    return ask(*shop, sql)


def test_every_buyer_keeps_the_orders_that_name_a_hot_line(shop: tuple[Path, Build]) -> None:
    found = of(shop, "[HI].*")
    assert len(found) == 20
    assert {tuple(sorted(orders)) for _, orders in found} == {(f"H{buyer}", f"I{buyer}") for buyer in range(20)}


def test_a_number_that_strangers_borrow_joins_nobody(shop: tuple[Path, Build]) -> None:
    assert {len(orders) for _, orders in of(shop, "B.*")} == {1}
    assert len(of(shop, "B.*")) == 30


def test_in_a_chain_of_single_rows_each_phone_stays_with_its_card(shop: tuple[Path, Build]) -> None:
    found = {tuple(orders) for subject, orders in of(shop, "C.*") if subject}
    assert found == {(f"C{n}1", f"C{n}2") for n in range(8)} | {(f"C{n}3", f"C{n}4", f"C{n}5") for n in range(8)}
    assert ask(*shop, "SELECT kind, count(*) FROM set_aside WHERE reason = 'ambiguous' GROUP BY 1") == [("email", 8)]


def test_a_row_that_was_sent_five_times_is_one_piece_of_evidence(shop: tuple[Path, Build]) -> None:
    assert {tuple(orders) for _, orders in of(shop, "V.*")} == {("V1", "V2", "V4"), ("V3",)}


def test_an_order_with_a_card_and_anothers_phone_is_the_cards(shop: tuple[Path, Build]) -> None:
    assert {tuple(orders) for _, orders in of(shop, "F.*")} == {("F1", "F2"), ("F3",)}


def test_an_order_with_the_phone_of_one_and_the_mail_of_another_is_nobodys(shop: tuple[Path, Build]) -> None:
    assert {tuple(orders) for _, orders in of(shop, "[RS].*")} == {("R1", "S1", "S2"), ("R2",), ("S3",)}
    assert [subject for subject, orders in of(shop, "S3")] == [None]


def test_a_refused_link_says_whose_its_rows_are(shop: tuple[Path, Build]) -> None:
    [(subject, _)] = of(shop, "F3")
    with current_build(shop[0]) as current:
        shown = identity(current, subject)
    [refused] = [each for each in shown.evidence if each.state == "refused"]
    assert refused.whose is not None
    assert refused.whose.en == "rows that contain both belong to this customer"
    assert [(node.kind, node.state) for node in shown.nodes] == [("member_id", "joined"), ("phone", "others")]


# --- moments --------------------------------------------------------------------------------------------------------

LATER = HEAD + (
    "L1,2026-01-02,V01,,,10\nL2,2026-05-02,V02,,,10\nL3,2026-05-02,V03,13955550003,,10\n"
    "L4,2026-05-03,V01,13955550001,,10\nL5,2026-01-05,,13955550001,,10\n"
)
SEEN = {
    "customers": "SELECT subject, since FROM subjects ORDER BY ALL",
    "identifiers": "SELECT * FROM identifiers ORDER BY ALL",
    "orders": "SELECT subject, order_id FROM orders ORDER BY ALL",
    # A refresh keeps the mean of the last full build.
    "tags": "SELECT * EXCLUDE (mean_spend) FROM tags ORDER BY ALL",
    "segments": "SELECT * FROM segment_members ORDER BY ALL",
    "repeated": "SELECT * FROM repeated ORDER BY ALL",
}


@pytest.fixture
def young(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "young"
    for name, text in FILES.items():
        if not name.startswith("data/"):
            write(root, name, text)
    write(root, "data/orders.csv", LATER)
    with with_key():
        yield root


def both(root: Path, as_of: datetime) -> Build:
    """Refresh a project and build a copy of it in full: they must say the same. Return the refresh."""
    twin = root.with_name("twin")
    shutil.rmtree(twin, ignore_errors=True)
    shutil.copytree(root, twin)
    done, full = run(refresh, root, as_of), run(build, twin, as_of)
    for what, sql in SEEN.items():
        assert ask(root, done, sql) == ask(twin, full, sql), what
    return done


def test_a_build_of_an_earlier_moment_knows_nobody_who_came_later(young: Path) -> None:
    done = run(build, young, FEBRUARY)
    assert ask(young, done, "SELECT count(*) FROM subjects") == [(2,)]
    assert ask(young, done, "SELECT orders, mean_spend FROM tags") == [(1, 10.0)] * 2
    assert ask(young, done, "FROM segment_members") == []
    assert ask(young, done, "SELECT order_id FROM orders WHERE subject IS NULL ORDER BY 1") == [("L2",), ("L3",)]
    assert done.summary["later"] == {"facts": 3, "first": "2026-05-01T16:00:00"}


def test_refreshes_on_the_way_say_what_full_builds_say(young: Path) -> None:
    run(build, young, FEBRUARY)
    assert "refresh" in both(young, datetime(2026, 5, 2, 12)).summary
    write(young, "data/more.csv", HEAD + "L6,2026-07-01,V07,13955550003,,10\nL1,2026-01-02,V01,,,10\n")
    assert "refresh" in both(young, datetime(2026, 5, 4)).summary
    done = both(young, datetime(2026, 8, 1))
    assert "refresh" in done.summary
    assert done.summary["later"] == {"facts": 0, "first": None}
    assert ask(young, done, "SELECT count(*) FROM subjects") == [(4,)]


def test_back_in_time_is_a_full_build_and_ids_stay(young: Path) -> None:
    write(young, "data/many.csv", HEAD + "".join(f"N{n},2026-05-01,W0{n},,,1\n" for n in range(9)))
    first = run(build, young)
    known = [ask(young, first, SEEN[what]) for what in ("identifiers", "customers")]
    early = run(refresh, young, FEBRUARY)
    assert early.summary["rebuilt"]["en"] == "the moment lies before the last build's"
    again = run(build, young)
    assert [ask(young, again, SEEN[what]) for what in ("identifiers", "customers")] == known


def test_a_moment_far_ahead_is_refused_in_words() -> None:
    refuse_ahead(datetime(2026, 6, 1, 15, 59), datetime(2026, 5, 31, 16))
    with pytest.raises(ProjectError) as told:
        refuse_ahead(datetime(2062, 6, 1), NOW)
    assert "lies 13149 days ahead" in told.value.words.en
    assert "在 13149 天之后" in told.value.words.zh
