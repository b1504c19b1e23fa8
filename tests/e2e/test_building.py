"""Building again: what is new, changed, gone, stopped, mended, planned. Each test has a project of its own."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import AS_OF, Cli

IDENTITY = """
identifiers:
  member_id: {trust: certain, per_person: 1}
  phone: {trust: certain, per_person: 3}
"""
SOURCE = """
source: pos
channel: store
read: data/*.csv
into: orders
identifiers: {member_id: card, phone: mobile}
personal: {name: buyer}
key: [order_id]
columns:
  order_id: no
  occurred_at: at
  amount: amount
  category: dept
reject: ["amount < 0"]
"""
TAGS = """
- tag: orders_total
  category: 行为
  from: orders
  value: count(distinct order_id)
- tag: spend
  category: 价值
  from: orders
  value: sum(amount)
- tag: tier
  category: 价值
  rule: {高: "spend >= 100", else: 低}
"""
SEGMENTS = """
- segment: big
  where: tier = '高'
"""
ONE = """no,at,card,mobile,buyer,amount,dept
A1,2026-01-05,M1,13812345678,王小明,120,茶
A2,2026-02-05,M2,13912345678,李雷,30,茶
A3,2026-02-30,M2,13912345678,李雷,30,茶
A4,2026-02-07,M2,,李雷,-5,酒
"""
TWO = """no,at,card,mobile,buyer,amount,dept
B1,2026-03-05,M3,13712345678,韩梅梅,80,酒
"""


@pytest.fixture
def small(tmp_path: Path, new_project: Callable[..., Cli], request: pytest.FixtureRequest) -> Cli:
    cli = new_project(f"small-{abs(hash(request.node.name))}", "blank")
    root = cli.root
    (root / "identity.yaml").write_text(IDENTITY, encoding="utf-8")
    for name, text in (("sources/pos.yaml", SOURCE), ("tags/t.yaml", TAGS), ("segments/s.yaml", SEGMENTS)):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / "data").mkdir(exist_ok=True)
    (root / "data/one.csv").write_text(ONE, encoding="utf-8")
    return cli


def build(cli: Cli, as_of: str = AS_OF) -> dict:
    return cli.json("build", "--as-of", as_of)


def test_rows_add_up_and_faults_are_told_apart(small: Cli) -> None:
    found = build(small)
    assert (found["rows"], found["facts"], found["quarantined"], found["customers"]) == (4, 2, 2, 2)
    rules = {each["rule"]: each["rows"] for each in small.json("quarantine", "list")}
    assert rules == {"invalid:occurred_at": 1, "reject: amount < 0": 1}


def test_building_again_reads_nothing(small: Cli) -> None:
    build(small)
    parts = {path.name: path.stat().st_mtime_ns for path in (small.root / ".huaxiang/parts").iterdir()}
    again = build(small)
    assert again["build"] == 2
    assert {path.name: path.stat().st_mtime_ns for path in (small.root / ".huaxiang/parts").iterdir()} == parts


def test_a_new_file_adds_its_rows_and_ids_stay(small: Cli) -> None:
    build(small)
    before = small.json("profile", "M1")["profile"]["id"]
    (small.root / "data/two.csv").write_text(TWO, encoding="utf-8")
    assert small.json("plan")["parts"] == {"new": 1}
    found = build(small)
    assert (found["facts"], found["customers"]) == (3, 3)
    assert small.json("profile", "M1")["profile"]["id"] == before


def test_a_copied_file_adds_nothing(small: Cli) -> None:
    build(small)
    shutil.copy(small.root / "data/one.csv", small.root / "data/one (1).csv")
    found = build(small)
    assert (found["rows"], found["facts"], found["customers"]) == (4, 2, 2)


def test_a_changed_file_replaces_its_own_rows(small: Cli) -> None:
    build(small)
    (small.root / "data/one.csv").write_text(ONE.replace("120", "90"), encoding="utf-8")
    found = build(small)
    assert found["facts"] == 2
    assert small.json("segment", "count", "big")["count"] == 0
    moved = small.json("segment", "list")[0]
    assert (moved["entered"], moved["left"]) == (0, 1)


def test_a_removed_file_takes_its_rows_away(small: Cli) -> None:
    (small.root / "data/two.csv").write_text(TWO, encoding="utf-8")
    assert build(small)["customers"] == 3
    (small.root / "data/two.csv").unlink()
    assert build(small)["customers"] == 2


def test_a_later_row_of_the_same_key_wins(small: Cli) -> None:
    (small.root / "data/two.csv").write_text(TWO.replace("B1", "A1"), encoding="utf-8")
    found = build(small)
    assert (found["rows"], found["facts"], found["duplicates"]) == (5, 2, 1)
    assert small.json("segment", "count", "--where", "spend = 80")["count"] == 1


def test_new_evidence_merges_and_says_why(small: Cli) -> None:
    (small.root / "data/two.csv").write_text(TWO.replace("M3", ""), encoding="utf-8")
    build(small)
    alone, known = (small.json("profile", who)["profile"]["id"] for who in ("13712345678", "M1"))
    assert alone != known
    linked = TWO.replace("M3", "M1").replace("B1", "B2")
    (small.root / "data/three.csv").write_text(linked, encoding="utf-8")
    assert build(small)["customers"] == 2
    for old in (alone, known):
        shown = small.json("profile", old)["profile"]
        assert shown["id"] in (alone, known)
    merges = small.json("explain", known)["merges"]
    assert len(merges) == 1 and merges[0]["file"] == "data/three.csv"
    names = small.json("profile", known)["profile"]["who"]["values"]
    assert len(next(each for each in names if each["kind"] == "phone")["masked"]) == 2


def test_plan_counts_who_would_change_and_changes_nothing(small: Cli) -> None:
    build(small)
    path = small.root / "tags/t.yaml"
    path.write_text(
        TAGS.replace(">= 100", ">= 20") + "- tag: n\n  category: x\n  rule: orders_total + 1\n", encoding="utf-8"
    )
    changes = {(each["kind"], each["code"]): each for each in small.json("plan")["changes"]}
    assert changes["tag", "tier"]["what"] == "changed" and changes["tag", "tier"]["customers"] == 1
    assert changes["tag", "n"]["what"] == "new" and changes["tag", "n"]["customers"] == 2
    assert changes["segment", "big"]["customers"] == 1
    assert ("tag", "spend") not in changes
    assert small.json("segment", "count", "big")["count"] == 1
    build(small)
    assert small.json("segment", "count", "big")["count"] == 2


def test_redrive_takes_rows_up_after_a_rule_was_mended(small: Cli) -> None:
    build(small)
    source = small.root / "sources/pos.yaml"
    source.write_text(SOURCE.replace("amount < 0", "amount < -10"), encoding="utf-8")
    done = small.json("quarantine", "redrive", "--source", "pos")
    assert sum(done["before"].values()) == 2 and done["after"] == {"invalid:occurred_at": 1}
    assert small.json("segment", "count", "--where", "spend = 25")["count"] == 1


def test_all_faults_at_once_with_file_line_and_nearest_word(small: Cli) -> None:
    (small.root / "sources/pos.yaml").write_text(SOURCE.replace("into: orders", "into: order"), encoding="utf-8")
    (small.root / "tags/t.yaml").write_text(TAGS.replace("sum(amount)", "summ(amount)"), encoding="utf-8")
    (small.root / "segments/s.yaml").write_text("- segment: big\n  where: teir = '高'\n", encoding="utf-8")
    shown = small.run("check", code=1).stderr
    assert "sources/pos.yaml:5" in shown and "did you mean orders?" in shown
    assert "tags/t.yaml:9" in shown and "did you mean sum?" in shown
    assert "segments/s.yaml:2" in shown and "did you mean tier?" in shown


def test_a_wrong_column_of_the_file_is_named(small: Cli) -> None:
    (small.root / "sources/pos.yaml").write_text(SOURCE.replace("amount: amount", "amount: amonut"), encoding="utf-8")
    shown = small.run("check", code=1).stderr
    assert "sources/pos.yaml:12" in shown and "did you mean amount?" in shown


def test_stopped_by_hand_the_last_build_stays(shop: Cli, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    shutil.copytree(shop.root, root)
    cli = Cli(root, shop.env)
    before = cli.json("segment", "list")
    shutil.rmtree(root / ".huaxiang/parts")
    command = [sys.executable, "-m", "huaxiang", "build", "--as-of", AS_OF]
    process = subprocess.Popen(command, cwd=root, env=shop.env, stderr=subprocess.PIPE, text=True)
    parts = root / ".huaxiang/parts"
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and not (parts.exists() and len(list(parts.iterdir())) > 3):
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    _, shown = process.communicate(timeout=120)
    assert process.returncode == 130, shown
    assert "Traceback" not in shown
    assert cli.json("segment", "list") == before


def test_two_builds_at_once_are_refused(small: Cli) -> None:
    build(small)
    holder = (
        "import sys, time; from filelock import FileLock\n"
        "with FileLock(sys.argv[1]):\n    print('held', flush=True); time.sleep(60)"
    )
    lock = str(small.root / ".huaxiang/build.lock")
    process = subprocess.Popen([sys.executable, "-c", holder, lock], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline().strip() == "held"
    try:
        assert "another build" in small.run("build", code=1).stderr
    finally:
        process.kill()
        process.wait()


def test_as_of_in_the_past_sees_only_what_was(small: Cli) -> None:
    build(small, "2026-01-31")
    assert small.json("segment", "count", "--where", "orders_total = 1")["count"] == 1


def test_a_list_becomes_a_segment(small: Cli) -> None:
    (small.root / "data/lists").mkdir()
    (small.root / "data/lists/vip.csv").write_text("phone\n138 1234 5678\nnonsense\n13700000000\n", encoding="utf-8")
    text = (
        SEGMENTS
        + "- segment: vip\n  list: data/lists/vip.csv\n  identifier: phone\n- segment: both\n  intersect: [big, vip]\n"
    )
    (small.root / "segments/s.yaml").write_text(text, encoding="utf-8")
    found = build(small)
    assert {each["code"]: each["size"] for each in small.json("segment", "list")} == {"big": 1, "vip": 1, "both": 1}
    assert found["lists"] == {"vip": {"rows": 3, "invalid": [3]}}


def test_redrive_of_a_source_with_a_cursor_keeps_every_row(small: Cli) -> None:
    database = small.root / "data/shop.db"
    with sqlite3.connect(database) as db:
        db.execute("CREATE TABLE sold (id INTEGER, card TEXT, at TEXT, amount TEXT)")
        db.executemany("INSERT INTO sold VALUES (?, 'M1', '2026-01-05', ?)", [(1, "10"), (2, "oops")])
    query = "{sql: 'sqlite:///data/shop.db', query: 'SELECT * FROM sold', cursor: id}"
    source = SOURCE.replace("data/*.csv", query).replace(", phone: mobile", "").replace("personal: {name: buyer}\n", "")
    source = source.replace("order_id: no", "order_id: id").replace("  category: dept\n", "")
    (small.root / "sources/pos.yaml").write_text(source, encoding="utf-8")
    build(small)
    with sqlite3.connect(database) as db:
        db.execute("INSERT INTO sold VALUES (3, 'M1', '2026-01-06', '30')")
    assert (build(small)["rows"], build(small)["facts"]) == (3, 2)
    with sqlite3.connect(database) as db:
        db.execute("UPDATE sold SET amount = '20' WHERE id = 2")
    done = small.json("quarantine", "redrive")
    assert done["after"] == {}
    assert small.json("segment", "count", "--where", "spend = 60")["count"] == 1


def test_a_project_written_by_hand_gets_an_id_of_its_own(small: Cli) -> None:
    main = small.root / "huaxiang.yaml"
    main.write_text("\n".join(line for line in main.read_text().splitlines() if not line.startswith("id:")) + "\n")
    build(small)
    assert sum(line.startswith("id: ") for line in main.read_text().splitlines()) == 1


def test_a_fault_of_ours_shows_no_traceback(small: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("13812345678")

    monkeypatch.setattr("huaxiang.cli.building.read_project", broken)
    done = small.run("check", code=70)
    assert "13812345678" not in done.stderr and "fault of ours" in done.stderr
