"""The base: a build's rows by subject, memory-mapped; a thousand customers' facts are there in some milliseconds."""

from __future__ import annotations

import json
import logging
import os
import shutil
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from huaxiang.damage import damaged
from huaxiang.errors import DamagedError
from huaxiang.serving.export import META
from huaxiang.serving.rows import Numbers, Rows, places_in, ranges_of

_LOG = logging.getLogger(__name__)
Flags = npt.NDArray[np.bool_]
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Base:
    """One base, opened. `build`, `as_of` (UTC): the build it was made from; `events`: the last event sure to be in."""

    def __init__(self, folder: Path) -> None:
        """Open the base in `folder`. Raises FileNotFoundError when it is not there, DamagedError when it is damaged."""
        self.folder = folder
        meta = read_meta(folder)
        try:
            self._open(meta)
        except (OSError, EOFError, ValueError, KeyError, pa.ArrowException) as error:
            raise damaged(folder, type(error).__name__) from error

    def _open(self, meta: dict[str, Any]) -> None:
        folder = self.folder
        self.build, self.events = int(meta["build"]), int(meta["events"])
        self.as_of = datetime.fromisoformat(meta["as_of"])
        self.tables = tuple(meta["facts"])
        self.subjects, self._since = self._array("subjects"), self._array("since")
        self._node, self._whose = self._array("node"), self._array("node-subject")
        self._by_subject, self._by_subject_subject = self._array("by-subject"), self._array("by-subject-subject")
        self._tags, self._texts = Rows(folder / "tags.arrow"), Rows(folder / "tag-texts.arrow")
        self._facts = {
            name: (Rows(folder / f"facts-{name}.arrow"), self._array(f"facts-{name}")) for name in self.tables
        }
        # All at once: a base that is followed by another is removed under those who still read it.
        self._segments, self._members = Rows(folder / "segments.arrow"), self._array("segments")
        self._identifiers, self._merged = (
            Rows(folder / "identifiers.arrow"), (self._array("merged-from"), self._array("merged-into"))
        )  # fmt: skip
        ends = self._array("link-a"), self._array("link-b"), self._array("link-by-b")
        self._links = Rows(folder / "links.arrow"), *ends

    def check(self) -> None:
        """Raise DamagedError when a file of the base is not as long as it was written."""
        for name, size in read_meta(self.folder).get("sizes", {}).items():
            path = self.folder / name
            if not path.is_file() or path.stat().st_size != size:
                raise damaged(self.folder, name)

    def _array(self, name: str) -> Any:
        # Plain: what numpy adds to an array that is mapped costs each small question more than its answer.
        return np.asarray(np.load(self.folder / f"{name}.npy", mmap_mode="r"))

    def warm(self) -> None:
        """Ask the system to read the files into its memory, as far as it has room: page by page takes far longer."""
        if not hasattr(os, "posix_fadvise"):
            return
        for path in sorted(self.folder.iterdir()):
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)

    @property
    def customers(self) -> int:
        """How many subjects there are."""
        return len(self.subjects)

    def places(self, subjects: Sequence[int] | Numbers) -> Numbers:
        """Return the places of those of `subjects` that the base knows, ascending."""
        if len(subjects) == 1:
            found = _place(self.subjects, int(subjects[0]))
            return np.array([] if found is None else [found], np.int64)
        wanted = np.unique(np.asarray(subjects, np.int64))
        places = np.searchsorted(self.subjects, wanted)
        there = places < len(self.subjects)
        there[there] = self.subjects[places[there]] == wanted[there]
        return places[there].astype(np.int64)

    def has(self, subject: int) -> bool:
        """Tell whether the base knows a subject."""
        return bool(len(self.places([subject])))

    def since(self, subject: int) -> int | None:
        """Return the build in which a subject was first seen; None when it is not known."""
        found = self.places([subject])
        return int(self._since[found[0]]) if len(found) else None

    def known_since(self, subjects: Sequence[int] | Numbers) -> dict[int, int]:
        """Return those of `subjects` that the base knows, with the build in which each was first seen."""
        places = self.places(subjects)
        return dict(zip(self.subjects[places].tolist(), self._since[places].tolist(), strict=True))

    def survivor(self, subject: int) -> int:
        """Return whom a subject had become part of by this build: itself, unless it was merged."""
        place = _place(self._merged[0], subject)
        return subject if place is None else int(self._merged[1][place])

    def gone(self, subjects: Sequence[int] | Numbers) -> list[int]:
        """Return those of `subjects` that had become part of others."""
        return [int(gone) for gone in np.intersect1d(self._merged[0], np.asarray(subjects, np.int64))]

    def absorbed(self, subjects: Sequence[int]) -> list[int]:
        """Return every subject that had become part of one of `subjects`."""
        gone, into = self._by_survivor
        if not len(gone):
            return []
        return [int(each) for each in gone[places_in(ranges_of(into, np.asarray(subjects, np.int64)))]]

    @cached_property
    def _by_survivor(self) -> tuple[Numbers, Numbers]:
        order = np.argsort(self._merged[1], kind="stable")
        return self._merged[0][order], self._merged[1][order]

    def facts_of(self, table: str, subjects: Sequence[int] | Numbers, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the facts of some subjects, by subject and time; `subject` is the base's own."""
        rows, offsets = self._facts[table]
        places = self.places(subjects)
        return rows.take(places_in((offsets[places], offsets[places + 1])), columns)

    def schema_of(self, table: str) -> pa.Schema:
        """Return the columns of a fact table."""
        return self._facts[table][0].schema

    def values_of(self, table: str) -> dict[str, list[str]]:
        """Return the values of every text column of a fact table that has few."""
        return self._facts[table][0].values()

    @cached_property
    def tag_codes(self) -> tuple[str, ...]:
        """The tags there are values of."""
        return tuple(name for name in self._tags.schema.names if name != "subject")

    def tag_rows(self, subjects: Sequence[int] | Numbers, codes: Sequence[str]) -> pa.Table:
        """Return the subjects and some tags of the rows of `tags` of some subjects, as the build has them."""
        return self._tags.take(self.places(subjects), ["subject", *codes])

    def tag_texts(self, subjects: Sequence[int] | Numbers) -> dict[int, str]:
        """Return the tags of those of `subjects` that are known, each as one JSON object, unknown tags null."""
        places = self.places(subjects)
        return dict(zip(self.subjects[places].tolist(), self._texts.values_at(places, "tags"), strict=True))

    def tags_of(self, subjects: Sequence[int] | Numbers) -> dict[int, dict[str, Any]]:
        """Return the known tags of some subjects as plain data; what is unknown or empty is left out."""
        return {subject: known_only(_decode(text)) for subject, text in self.tag_texts(subjects).items()}

    def segments_of(self, subjects: Sequence[int] | Numbers) -> dict[int, list[str]]:
        """Return the segments of some subjects, sorted by code."""
        if len(subjects) == 1:
            (subject,) = map(int, subjects)
            one = range(bisect_left(self._members.data, subject), bisect_right(self._members.data, subject))
            return {subject: self._segments.values_at(np.array(one, np.int64), "segment")}
        wanted = np.unique(np.asarray(subjects, np.int64))
        found: dict[int, list[str]] = {int(subject): [] for subject in wanted}
        places = places_in(ranges_of(self._members, wanted))
        if not len(places):
            return found
        rows = self._segments.take(places)
        for subject, segment in zip(rows["subject"].to_pylist(), rows["segment"].to_pylist(), strict=True):
            found[subject].append(segment)
        return found

    def owners(self, nodes: Sequence[int] | Numbers) -> tuple[Flags, Numbers]:
        """Return of each identifier, in their order, whether it is known, and whose it is (0: nobody's)."""
        wanted = np.asarray(nodes, np.int64)
        places = np.searchsorted(self._node, wanted)
        there = places < len(self._node)
        there[there] = self._node[places[there]] == wanted[there]
        whose = np.zeros(len(wanted), np.int64)
        whose[there] = self._whose[places[there]]
        return there, whose

    def subject_of(self, nodes: Sequence[int] | Numbers) -> list[int | None]:
        """Return whose each identifier is, in their order; None when it is nobody's or not known."""
        if len(nodes) == 1:
            place = _place(self._node, int(nodes[0]))
            return [None if place is None else int(self._whose[place]) or None]
        return [int(each) or None for each in self.owners(nodes)[1]]

    def identifiers(self, nodes: Sequence[int] | Numbers) -> pa.Table:
        """Return what is known of some identifiers: node, lo, kind, subject, state, rows."""
        wanted = np.unique(np.asarray(nodes, np.int64))
        return self._identifiers.take(places_in(ranges_of(self._node, wanted)))

    def nodes_of(self, subjects: Sequence[int] | Numbers) -> Numbers:
        """Return the identifiers of some subjects."""
        wanted = np.unique(np.asarray(subjects, np.int64))
        order = np.asarray(self._by_subject[places_in(ranges_of(self._by_subject_subject, wanted))])
        return np.asarray(self._node[order], np.int64)

    def links_of(self, nodes: Sequence[int] | Numbers) -> pa.Table:
        """Return every link with an end among `nodes`: a, b, source, part, source_row, rows, subject, state."""
        rows, a, b, by_b = self._links
        wanted = np.unique(np.asarray(nodes, np.int64))
        first = places_in(ranges_of(a, wanted))
        second = np.asarray(by_b[places_in(ranges_of(b, wanted))], np.int64)
        return rows.take(np.unique(np.concatenate([first, second])))

    def small(self, name: str) -> pa.Table | None:
        """Return one of the tables of thresholds ("tag_cuts" …), whole; None when the build has none."""
        path = self.folder / f"{name}.arrow"
        return Rows(path).whole() if path.exists() else None


def read_meta(folder: Path) -> dict[str, Any]:
    """Return what a base says of itself. Raises FileNotFoundError, DamagedError."""
    try:
        found = json.loads((folder / META).read_text(encoding="utf-8"))
        return {**found, "build": int(found["build"]), "events": int(found["events"])}
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(folder, META) from error


def sound_base(folder: Path) -> Base | None:
    """Return the base in a folder; None when there is none, or none that can be used: that one is removed.

    A base is made again from its build whenever it is not there.
    """
    try:
        base = Base(folder)
        base.check()
    except FileNotFoundError:
        return None
    except DamagedError as fault:
        _LOG.warning("%s", fault.words.en)
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return base


def _place(ascending: Numbers, wanted: int) -> int | None:
    """Return the place of one number, None when it is not there: for one, numpy's preparations take longest."""
    place = bisect_left(ascending.data, wanted)
    return place if place < len(ascending) and ascending[place] == wanted else None


def known_only(row: dict[str, Any]) -> dict[str, Any]:
    """Return the tags that say something."""
    return {name: value for name, value in row.items() if value is not None and value != []}
