"""A table of the project's own may hold facts without a time: they are kept, and no window counts them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from huaxiang.errors import DefinitionError
from huaxiang.pipeline import Settings, build, refresh
from huaxiang.project import load_project
from huaxiang.read.current import Warehouse
from tests.read.sample import with_key

FILES = {
    "huaxiang.yaml": "project: deals\nlocale: en\n",
    "identity.yaml": "identifiers:\n  account: {trust: certain, per_person: 1}\n",
    "facts/deals.yaml": "{fact: deals, columns: {no: text, worth: money}, required: [no], occurred_at: optional}\n",
    "sources/deals.yaml": """
source: deals
read: data/*.csv
into: deals
identifiers: {account: account}
required: [account]
columns: {no: no, worth: worth, occurred_at: closed}
""",
    "tags/deals.yaml": """
- {tag: every, from: deals, value: count(*)}
- {tag: recent, from: deals, value: count(*), window: 90 days}
- {tag: worth, from: deals, value: sum(worth)}
- {tag: last_one, from: deals, value: last(no)}
- {tag: second, from: deals, sequence: {value: no, nth: 2}}
""",
    "segments/all.yaml": "- {segment: everybody, where: every > 0}\n",
    "data/deals.csv": """no,account,worth,closed
1,Acme,10,2026-05-01
2,Acme,5.005,
3,Acme,1,2025-01-01
4,Beta,2,N/A
5,-,3,
""",
}


def project(root: Path) -> Path:
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def tags(root: Path) -> list[tuple[object, ...]]:
    with Warehouse(root) as warehouse, warehouse.current() as current:
        return current.engine.rows(
            "SELECT every, recent, CAST(worth AS DOUBLE), last_one FROM tags ORDER BY every DESC"
        )


def test_facts_without_a_time_are_kept_and_stand_outside_every_window(tmp_path: Path) -> None:
    root = project(tmp_path)
    with with_key():
        first = build(load_project(root), as_of=datetime(2026, 6, 1), settings=Settings(workers=1))
        assert tags(root) == [(3, 1, 16.005, "1"), (1, 0, 2.0, "4")]
        assert first.summary["sources"]["deals"]["quarantined"] == 1
        (root / "data/more.csv").write_text("no,account,worth,closed\n6,Beta,4,\n", encoding="utf-8")
        refresh(load_project(root), as_of=datetime(2026, 9, 1), settings=Settings(workers=1))
        refreshed = tags(root)
        build(load_project(root), as_of=datetime(2026, 9, 1), settings=Settings(workers=1))
        assert refreshed == tags(root)
        assert [row[:2] for row in refreshed] == [(3, 0), (2, 0)]


def test_a_definition_with_a_window_says_so(tmp_path: Path) -> None:
    tagset = load_project(project(tmp_path)).tags
    said = {code: tagset.meanings[code].words(tagset.naming) for code in ("recent", "every", "second")}
    assert said["recent"].en.endswith("in the last 90 days (none without a time)")
    assert "（没有时间的不计）" in said["recent"].zh
    assert "without a time" not in said["every"].en
    assert said["second"].en.endswith("over deals (none without a time)")


def test_only_a_new_table_says_whether_its_facts_need_a_time(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "facts/deals.yaml").write_text(
        "- fact: orders\n  columns: {no: text}\n  occurred_at: optional\n", encoding="utf-8"
    )
    (root / "sources/deals.yaml").unlink()
    (root / "tags/deals.yaml").unlink()
    (root / "segments/all.yaml").unlink()
    with pytest.raises(DefinitionError) as caught:
        load_project(root)
    assert "facts/deals.yaml:3: occurred_at of orders is as it is" in caught.value.say("en")
