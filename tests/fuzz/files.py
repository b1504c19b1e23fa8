"""Files changed at random: each row read is a fact, a duplicate or in quarantine, or the file is told as unreadable."""

from __future__ import annotations

import gzip
import shutil
from datetime import datetime
from pathlib import Path, PurePath

from huaxiang.connectors.base import Unread
from huaxiang.engine.duckdb import Engine
from huaxiang.errors import ReadError
from huaxiang.pipeline import Settings, build, store_paths
from huaxiang.project import Project, load_project
from huaxiang.registry import Build
from huaxiang.sources import Source, reader_of
from tests.fuzz.counts import Counts
from tests.fuzz.definitions import lay
from tests.fuzz.mutate import Chance, data, text
from tests.fuzz.project import FILES

TEXTS = (".csv", ".csv.gz", ".jsonl", ".json", ".mbox")
AT = datetime(2026, 7, 1, 4)


def try_files(root: Path, count: int, seed: int, together: int = 200) -> Counts:
    """Build projects with `count` changed files in all, `together` in each beside one whole file of each kind."""
    counts = Counts("files")
    for first in range(0, count, together):
        shutil.rmtree(root, ignore_errors=True)
        lay(root)
        names = []
        for number in range(first, min(count, first + together)):
            chance = Chance(f"{seed} {number}")
            name = chance.choice(list(FILES))
            # Behind the whole file of its kind, whose columns the definitions are checked against.
            path = (
                PurePath(name).with_stem(f"z{number}")
                if ".csv.gz" not in name
                else PurePath(name).with_name(f"z{number}.csv.gz")
            )
            (root / path).write_bytes(_changed(chance, name))
            names.append(str(path))
        counts.tried += len(names) - 1
        with counts.trying(f"files {first} to {first + len(names) - 1}"):
            project = load_project(root)
            made = build(project, as_of=AT, settings=Settings(workers=1))
            _account(counts, project, made)
    return counts


def _changed(chance: Chance, name: str) -> bytes:
    """Change the bytes, or the text within: that leaves most rows as they were."""
    if chance.random() < 0.5 or not name.endswith(TEXTS):
        return data(chance, FILES[name])
    packed = name.endswith(".gz")
    whole = gzip.decompress(FILES[name]) if packed else FILES[name]
    changed = text(chance, whole.decode()).encode(chance.choice(("utf-8", "utf-8", "gb18030")), "replace")
    return gzip.compress(changed) if packed else changed


def _account(counts: Counts, project: Project, made: Build) -> None:
    summary = made.summary
    unread = {each["part"] for each in summary["unread"]}
    counts.came["told as unreadable"] += len(unread)
    read = sum(_rows(project, source, unread) for source in project.sources if source.read.kind != "door")
    counts.account(read, summary["facts"] + summary["duplicates"] + summary["quarantined"])
    with Engine(store_paths(project)["builds"] / made.file, read_only=True) as engine:
        counts.came["read"] += int(engine.one("SELECT count(*) FROM parts"))


def _rows(project: Project, source: Source, unread: set[str]) -> int:
    """Count the records of a source by its reader alone."""
    reader, found = reader_of(source.read), 0
    try:
        parts = reader.parts(source.read, project.root, None)
    except Unread as error:
        assert {part.name for part, _ in error.broken} <= unread
        parts = list(error.parts)
    seen = set[str]()
    for part in parts:
        # A copy of another adds nothing.
        content = reader.fingerprint(source.read, project.root, part)
        if content in seen:
            continue
        seen.add(content)
        try:
            mine = 0
            columns = reader.columns(source.read, project.root, part) or []
            for batch in reader.read(source.read, project.root, part, columns):
                mine += batch.table.num_rows + len(batch.broken)
        except ReadError:
            assert part.name in unread, part.name
        else:
            assert part.name not in unread, part.name
            found += mine
    return found
