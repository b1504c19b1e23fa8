"""Making a base: a build's rows written out sorted by what they are asked by."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from filelock import FileLock

from huaxiang import stores
from huaxiang.engine.duckdb import GIB, Engine, quoted
from huaxiang.serving.rows import write_rows
from huaxiang.serving.values import json_sql

BASES, META = stores.BASES, "base.json"
BATCH = 1_000_000
"""Rows in a batch of a file: few batches are gathered from quickly, one of them fits in memory."""
_FORMAT = 1
_IDENTIFIERS = ("node", "lo", "kind", "subject", "state", "rows", "rank")


def base_folder(store: Path, build: int) -> Path:
    """Return where the base of a build is, or would be."""
    return store / BASES / f"base-{build:06d}"


def build_file(store: Path, build: int) -> Path:
    """Return the warehouse file of a build."""
    return store / "builds" / f"build-{build:06d}.duckdb"


def export_base(
    build_file: Path, folder: Path, facts: Sequence[str], *, events: int, in_order: bool = True, memory: int = 2 * GIB
) -> None:
    """Write the base of a build: its facts, tags, segments, identifiers and links; complete or absent.

    `events` is the number of the last event of the inbox that the build is sure to hold; `in_order` says that facts
    are stored by subject and time, as a full build leaves them.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    # The applier and a job may both want it: the second finds it made.
    with FileLock(folder.with_name(folder.name + ".lock")):
        if not (folder / META).exists():
            _export(build_file, folder, facts, events, in_order, memory)


def _export(
    build_file: Path, folder: Path, facts: Sequence[str], events: int, in_order: bool, memory: int
) -> None:  # fmt: skip
    building = folder.with_name(folder.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    with Engine(build_file, read_only=True, memory=memory, spill=building / "spill") as engine:
        _Export(engine, building, in_order).write(facts, events)
    shutil.rmtree(building / "spill", ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)


class _Export:
    def __init__(self, engine: Engine, folder: Path, in_order: bool) -> None:
        self.engine, self.folder, self.in_order = engine, folder, in_order

    def write(self, facts: Sequence[str], events: int) -> None:
        there = self.engine.tables()
        [(build, as_of)] = self.engine.rows("SELECT id, as_of FROM build")
        subjects = self.engine.numpy("SELECT subject, since FROM subjects ORDER BY subject")
        self._array("subjects", subjects["subject"].astype(np.int64))
        self._array("since", subjects["since"].astype(np.int32))
        tables = [name for name in facts if name in there]
        for name in tables:
            self._facts(name, subjects["subject"])
        self._rows("tags", "SELECT * FROM tags ORDER BY subject")
        types = {name: type_ for name, type_ in self.engine.columns("tags").items() if name != "subject"}
        self._rows("tag-texts", f"SELECT {json_sql(types, 'tags')} AS tags FROM tags ORDER BY subject")
        self._segments()
        self._identity()
        self._merged(subjects["subject"], "merges" in there)
        for name in ("tag_cuts", "segment_cuts", "segment_own_cuts"):
            if name in there:
                self._rows(name, f"SELECT * FROM {name}")
        sizes = {path.name: path.stat().st_size for path in sorted(self.folder.iterdir()) if path.is_file()}
        meta = {
            "format": _FORMAT, "build": build, "as_of": as_of.isoformat(), "events": events, "facts": tables,
            "sizes": sizes,
        }  # fmt: skip
        (self.folder / META).write_text(json.dumps(meta), encoding="utf-8")

    def _array(self, name: str, values: np.ndarray) -> None:
        np.save(self.folder / f"{name}.npy", values)

    def _rows(self, name: str, sql: str) -> None:
        with self.engine.in_stored_order():
            schema = self.engine.arrow(f"SELECT * FROM ({sql}) LIMIT 0").schema
            write_rows(self.folder / f"{name}.arrow", schema, self.engine.batches(sql, BATCH))

    def _facts(self, name: str, subjects: np.ndarray) -> None:
        order = "" if self.in_order else " ORDER BY subject, occurred_at"
        sql = f"SELECT * FROM {quoted(name)} WHERE subject IS NOT NULL{order}"
        self._rows(f"facts-{name}", sql)
        count = f"SELECT subject, count(*) AS facts FROM {quoted(name)} WHERE subject IS NOT NULL GROUP BY 1 ORDER BY 1"
        counted = self.engine.numpy(count)
        sizes = np.zeros(len(subjects), np.int64)
        sizes[np.searchsorted(subjects, counted["subject"])] = counted["facts"]
        self._array(f"facts-{name}", np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))

    def _segments(self) -> None:
        self._rows("segments", "SELECT subject, segment FROM segment_members ORDER BY subject, segment")
        members = self.engine.numpy("SELECT subject FROM segment_members ORDER BY subject")
        self._array("segments", members["subject"].astype(np.int64))

    def _identity(self) -> None:
        # A build of an older version has no ranks; nothing is applied to its base.
        there = self.engine.columns("identifiers")
        columns = ", ".join(name for name in _IDENTIFIERS if name in there)
        self._rows("identifiers", f"SELECT {columns} FROM identifiers ORDER BY node, lo")
        known = self.engine.numpy("SELECT node, coalesce(subject, 0) AS subject FROM identifiers ORDER BY node, lo")
        self._array("node", known["node"].astype(np.int64))
        self._array("node-subject", known["subject"].astype(np.int64))
        order = np.argsort(known["subject"], kind="stable")
        self._array("by-subject", order.astype(np.int32))
        self._array("by-subject-subject", known["subject"][order].astype(np.int64))
        columns = "a, b, source, part, source_row, rows, subject, state"
        self._rows("links", f"SELECT {columns} FROM links ORDER BY a, b, source, part")
        ends = self.engine.numpy("SELECT a, b FROM links ORDER BY a, b, source, part")
        self._array("link-a", ends["a"].astype(np.int64))
        order = np.argsort(ends["b"], kind="stable")
        self._array("link-b", ends["b"][order].astype(np.int64))
        self._array("link-by-b", order.astype(np.int32))

    def _merged(self, subjects: np.ndarray, any_there: bool) -> None:
        """Every subject of earlier builds that is part of one of today's, and of which."""
        sql = "SELECT from_subject, into_subject FROM merges ORDER BY build, from_subject"
        into = dict(self.engine.rows(sql)) if any_there else {}
        today = set(subjects.tolist())
        found = {gone: last for gone in into if (last := _last(gone, into)) in today and gone not in today}
        gone = np.array(sorted(found), np.int64)
        self._array("merged-from", gone)
        self._array("merged-into", np.array([found[each] for each in gone.tolist()], np.int64))


def _last(subject: int, into: dict[int, int]) -> int:
    seen = set[int]()
    while subject in into and subject not in seen:
        seen.add(subject)
        subject = into[subject]
    return subject
