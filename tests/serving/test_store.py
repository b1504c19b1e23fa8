"""The live store says of one what it says of many, and who became part of whom."""

from __future__ import annotations

from pathlib import Path

from huaxiang.serving.store import STORE_FILE, LiveStore


def test_one_is_found_as_many_are(tmp_path: Path) -> None:
    with LiveStore(tmp_path / STORE_FILE, writing=True) as store:
        rows = [(subject, 1, 0, 1, f"[{subject}]", '{"n": 1}', '["vip"]') for subject in (3, 5, 8)]
        store.db.executemany("INSERT INTO profiles VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        store.db.execute(
            "INSERT INTO nodes (node, lo, kind, subject, state, rows) "
            "VALUES (7, 0, 'phone', 5, 'used', 1), (9, 0, 'phone', NULL, '', 1)"
        )
        together = store.profiles([3, 4, 5, 8])
        assert sorted(together) == [3, 5, 8]
        assert {subject: store.profiles([subject])[subject] for subject in together} == together
        assert store.profiles([4]) == {}
        assert store.subjects_of([7, 9, 11]) == {7: 5, 9: None}
        assert [store.subjects_of([node]) for node in (7, 9, 11)] == [{7: 5}, {9: None}, {}]


def test_who_became_part_of_one_is_told(tmp_path: Path) -> None:
    with LiveStore(tmp_path / STORE_FILE, writing=True) as store:
        store.db.executemany("INSERT INTO merged VALUES (?, ?)", [(2, 1), (3, 1), (5, 4)])
        assert sorted(store.absorbed(1)) == [2, 3]
        assert store.absorbed(2) == []
        assert [store.survivor(subject) for subject in (1, 2, 3, 5, 6)] == [1, 1, 1, 4, 6]
