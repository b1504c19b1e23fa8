"""Gathering: the parts of all sources as they are now, each cleaned once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, ThreadPoolExecutor, wait
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from huaxiang.clean.part import CleanTask, clean_parts
from huaxiang.clean.plan import CleanPlan
from huaxiang.clean.work import CleanResult
from huaxiang.collect.changes import Found, by_source, find_changes
from huaxiang.connectors.base import SIZE, Part
from huaxiang.engine.duckdb import GIB
from huaxiang.errors import ReadError
from huaxiang.facts.compile import Cleaned
from huaxiang.manifest import difference, manifest_of
from huaxiang.pipeline.falling import Fall
from huaxiang.pipeline.run import Run, utc_now
from huaxiang.privacy.vault import Vault
from huaxiang.processes.parent import end_with_parent
from huaxiang.registry import KnownPart, Registry
from huaxiang.registry.marks import note_part_files, part_files
from huaxiang.words import Words

_SMALL = 48 << 20
"""Below this many bytes of input, starting worker processes costs more than it saves."""
_BUNDLE = 8 << 20
"""A worker is handed parts of at least this many bytes together: each hand-over has a fixed cost."""

_PACKED, _PACKED_SUFFIXES = 8, {".gz", ".xlsx", ".xlsm"}
"""About how many times larger a packed file is, unpacked."""


class Gathering:
    """One run's collecting and cleaning."""

    def __init__(self, run: Run, registry: Registry) -> None:
        self.run, self.registry = run, registry
        self.project, self.paths, self.watch = run.project, run.paths, run.watch
        self.unread: list[Found] = []

    def parts(self, plans: Mapping[str, CleanPlan], vault: Vault) -> list[Cleaned]:
        """Read what is new or changed, forget what is gone; return all parts there are now."""
        with self.run.clock.of("collect"):
            found, gone = self._collect()
            self._refuse_to_lose(found, gone)
        with self.run.clock.of("clean"):
            self._clean(plans, found)
            gone += self._lost()
            vault.drop_pending([str(part.id) for part in gone])
            self.registry.drop_parts(part.id for part in gone)
        cleaned = self._cleaned()
        self._refuse_nothing(cleaned)
        return cleaned

    def _lost(self) -> list[KnownPart]:
        """Return what was read before of parts that cannot be read now, where it means another thing by now."""
        return [each.known for each in self.unread if each.known is not None and not _kept(each)]

    def _refuse_nothing(self, cleaned: Sequence[Cleaned]) -> None:
        """Raise ReadError when nothing at all can be read of a source of which there is something."""
        there = {each.part.source for each in cleaned}
        for source in dict.fromkeys(each.source for each in self.unread):
            if source not in there:
                faults = [each.fault for each in self.unread if each.source == source and each.fault]
                raise ReadError(Words("; ".join(each.en for each in faults), "；".join(each.zh for each in faults)))
        self.run.unread = [_told(each) for each in self.unread]

    def _collect(self) -> tuple[list[Found], list[KnownPart]]:
        parts = self.registry.parts()
        sound = self._sound(parts)
        known = by_source(parts)
        found: list[Found] = []
        gone: list[KnownPart] = []
        for place, source in enumerate(self.project.sources):
            self.watch("collect", place / len(self.project.sources), source.code)
            changes = find_changes(
                source.code, source.read, self.project.root, self.project.clean_hash(source),
                known.get(source.code, []), lambda part: part.folder in sound,
            )  # fmt: skip
            found += changes.found
            gone += changes.gone
        codes = {source.code for source in self.project.sources}
        gone += [part for code, parts in known.items() if code not in codes for part in parts]
        return found, gone

    def _sound(self, parts: Sequence[KnownPart]) -> frozenset[str]:
        """Return the folders of parts that hold what was written; of the others the run says what is wrong with them.

        A part is made again by being read again. One of an older version is taken as it is, and noted.
        """
        folders = {part.id: part.folder for part in parts}
        noted = {part: each for part, each in part_files(self.registry).items() if each[0] == folders.get(part)}

        def wrong(part: KnownPart) -> str | None:
            folder = self.paths["parts"] / part.folder
            if not folder.is_dir():
                return part.folder
            return difference(folder, noted[part.id][1], hashed=self.run.reads_all) if part.id in noted else None

        cleaned = [part for part in parts if part.folder]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = dict(zip((part.folder for part in cleaned), pool.map(wrong, cleaned), strict=True))
        unknown = [part for part in cleaned if found[part.folder] is None and part.id not in noted]
        note_part_files(self.registry, {
            part.id: (part.folder, manifest_of(self.paths["parts"] / part.folder)) for part in unknown
        })  # fmt: skip
        if self.run.anew is not None:
            self.run.mended += [{"part": part.name, "file": self.run.anew} for part in cleaned]
            return frozenset()
        self.run.mended += [{"part": part.name, "file": name} for part in cleaned if (name := found[part.folder])]
        return frozenset(folder for folder, name in found.items() if name is None)

    def _refuse_to_lose(self, found: Sequence[Found], gone: Sequence[KnownPart]) -> None:
        """Raise LossError, before anything is read or forgotten, when files that are gone are too great a loss."""
        # Sources of which anything is new or changed are counted once it is read.
        counted = {source.code for source in self.project.sources} - {each.source for each in found if each.to_read}
        known = Counter[str]()
        for part in self.registry.parts():
            known[part.source] += int(part.counts.get("rows", 0))
        lost = Counter[str]()
        for part in gone:
            lost[part.source] += int(part.counts.get("rows", 0))
        self.run.refuse_falls([Fall(code, known[code], known[code] - lost[code]) for code in sorted(counted)])

    def _clean(self, plans: Mapping[str, CleanPlan], found: Sequence[Found]) -> None:
        read_at = utc_now().isoformat(timespec="seconds")
        for each in found:
            if each.what == "copy":
                number = self.registry.reserve_part(each.source, each.part.name, each.part.order)
                self.registry.put_part(_known(each, number, "", read_at, {"rows": 0, "facts": 0}))
        tasks = []
        for each in found:
            if each.to_read:
                number = self.registry.reserve_part(each.source, each.part.name, each.part.order)
                folder = self.paths["parts"] / f"{each.source}-{number}-{each.fingerprint[:12]}{each.definition[:6]}"
                task = CleanTask(
                    self.project.root, self.project.id, self.paths["vault"], plans[each.source], each.part, number,
                    folder, read_at,
                )  # fmt: skip
                tasks.append((each, task))
        sizes = {task.number: _size(self.project.root, task.part) for _, task in tasks}
        tasks.sort(key=lambda pair: -sizes[pair[1].number])
        whole, done = sum(sizes.values()) or 1, 0
        self.unread = [each for each in found if each.what == "unread"]
        for each, task, result in self._cleaning(tasks, sizes):
            if result.fault is not None:
                self.unread.append(replace(each, what="unread", fault=result.fault))
            else:
                self.registry.put_part(_known(each, task.number, task.folder.name, read_at, result.counts()))
                note_part_files(self.registry, {task.number: (task.folder.name, result.files)})
            done += sizes[task.number]
            self.watch("clean", done / whole, each.part.name)

    def _cleaning(
        self, tasks: Sequence[tuple[Found, CleanTask]], sizes: Mapping[int, int]
    ) -> Iterator[tuple[Found, CleanTask, CleanResult]]:
        cores = self.run.settings.workers or os.cpu_count() or 1
        workers = min(cores, len(tasks))
        if workers <= 1 or sum(sizes.values()) < _SMALL:
            results = clean_parts(replace(task, threads=cores) for _, task in tasks)
            for each, task in tasks:
                self.watch("clean", -1.0, each.part.name)
                yield each, task, next(results)
            return
        # A fresh interpreter per worker: forking a process that holds engines and threads is not safe.
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=end_with_parent)
        by_number = {task.number: (each, task) for each, task in tasks}
        try:
            waiting = {
                pool.submit(_clean_bundle, [_of_a_worker(task, cores // workers) for task in bundle])
                for bundle in _bundles([task for _, task in tasks], sizes)
            }
            while waiting:
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    for number, result in future.result():
                        yield *by_number[number], result
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _cleaned(self) -> list[Cleaned]:
        tables = {source.code: source.into.name for source in self.project.sources}
        return [
            Cleaned(part, tables[part.source], self.paths["parts"] / part.folder)
            for part in self.registry.parts()
            if part.folder and part.source in tables
        ]


def _kept(found: Found) -> bool:
    """Whether what was read of a part before still stands for it."""
    known = found.known
    return known is not None and bool(known.folder) and known.definition == found.definition


def _told(found: Found) -> dict[str, Any]:
    """Return of a part that cannot be read what the build's summary says; `kept`: when what stands for it was read."""
    assert found.fault is not None
    kept = found.known.read_at if found.known is not None and _kept(found) else None
    return {
        "source": found.source, "part": found.part.name, "en": found.fault.en, "zh": found.fault.zh, "kept": kept,
    }  # fmt: skip


def _clean_bundle(tasks: Sequence[CleanTask]) -> list[tuple[int, CleanResult]]:
    return [(task.number, result) for task, result in zip(tasks, clean_parts(tasks), strict=True)]


def _bundles(tasks: Sequence[CleanTask], sizes: Mapping[int, int]) -> Iterator[list[CleanTask]]:
    """Put small parts together, for a worker to clean in one go; `tasks` are the largest first."""
    bundle: list[CleanTask] = []
    held = 0
    for task in tasks:
        bundle.append(task)
        held += sizes[task.number]
        if held >= _BUNDLE:
            yield bundle
            bundle, held = [], 0
    if bundle:
        yield bundle


def _of_a_worker(task: CleanTask, threads: int) -> CleanTask:
    return replace(task, threads=threads, memory=int(1.5 * GIB))


def _known(found: Found, number: int, folder: str, read_at: str, counts: Mapping[str, Any]) -> KnownPart:
    return KnownPart(
        number, found.source, found.part.name, found.part.order, found.part.signature, found.fingerprint,
        found.definition, folder, found.part.state, found.copy_of, read_at, counts,
    )  # fmt: skip


def _size(root: Path, part: Part) -> int:
    """Return about how many bytes cleaning a part means: those of a packed file are many times its own."""
    if SIZE in part.locator:
        return int(part.locator[SIZE])
    path = root / part.name.split("#", maxsplit=1)[0]
    unpacked = _PACKED if path.suffix.lower() in _PACKED_SUFFIXES else 1
    return path.stat().st_size * unpacked if path.is_file() else 1 << 20
