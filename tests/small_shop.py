"""A small project for the tests of collect, clean, facts and seal: sources as text, stages run one by one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from huaxiang.clean.part import CleanResult, CleanTask, clean_part
from huaxiang.clean.plan import CleanPlan, Kinds, compile_source
from huaxiang.collect.changes import Changes, find_changes, there
from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.engine.duckdb import Engine
from huaxiang.errors import DefinitionError
from huaxiang.facts.compile import Cleaned, compile_facts, compile_inputs
from huaxiang.model import BUILT_IN, FactTable, Model, Type
from huaxiang.privacy.keys import KEY_VARIABLE, MasterKey
from huaxiang.privacy.seal import RowSealer
from huaxiang.registry import KnownPart, Registry
from huaxiang.sources import Source, parse_source, reader_of
from huaxiang.steps import run_steps

MASTER = MasterKey(bytes(range(32)))
NOW = datetime(2026, 6, 1, 4)
ZONE = "Asia/Shanghai"
KINDS = Kinds(("id_card", "member_id", "phone", "email", "device_id"), ("null", "anonymous", "13800000000", "[0-]*"))


def checked(text: str, model: Model = BUILT_IN) -> Source:
    """Return the source a YAML text defines; faults are a failure of the test."""
    faults = Faults()
    node = parse_yaml(text, "sources/it.yaml", faults)
    assert node is not None
    source = parse_source(node, model, faults)
    if faults.found or source is None:
        raise DefinitionError(faults.found)
    return source


def planned(source: Source, root: Path, kinds: Kinds = KINDS, as_of: datetime = NOW) -> CleanPlan:
    """Return a source's plan over the files there are."""
    faults = Faults()
    lent = {each.name: tuple(sorted(_headers(each.read, root) or ())) for each in source.lookups}
    headers = None if source.layout == "document" else _headers(source.read, root)
    plan = compile_source(source, kinds, ZONE, as_of, faults, headers, lent)
    if plan is None:
        raise DefinitionError(faults.found)
    return plan


def _headers(read: Any, root: Path) -> frozenset[str] | None:
    reader = reader_of(read)
    parts = reader.parts(read, root, None)
    columns = reader.columns(read, root, parts[0]) if parts else None
    return None if columns is None else frozenset(columns)


def with_columns(table: str, columns: Mapping[str, Type]) -> Model:
    """Return the built-in model with more columns in one table."""
    known = BUILT_IN.facts[table]
    own = {name: replace(next(iter(known.columns.values())), name=name, type=type_) for name, type_ in columns.items()}
    return Model({**BUILT_IN.facts, table: FactTable(table, known.words, {**known.columns, **own}, known.required)})


@dataclass
class Shop:
    """A project folder with one registry; `build` collects and cleans what changed, `facts` makes the tables."""

    root: Path
    kinds: Kinds = KINDS
    model: Model = BUILT_IN
    as_of: datetime = NOW
    results: dict[str, CleanResult] = field(default_factory=dict)
    threads: int = 1

    def __post_init__(self) -> None:
        os.environ[KEY_VARIABLE] = MASTER.as_text()
        (self.root / "parts").mkdir(parents=True, exist_ok=True)
        self.registry = Registry(self.root / "registry.db")
        self.sources: dict[str, Source] = {}

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def lines(self, name: str, documents: Iterable[Any]) -> Path:
        return self.write(name, "\n".join(json.dumps(each, ensure_ascii=False) for each in documents))

    def build(self, text: str) -> Changes:
        """Collect and clean one source as the pipeline does; return what was found."""
        source = checked(text, self.model)
        self.sources[source.code] = source
        definition = source.hash()
        known, sound = self.registry.parts(source.code), there(self.root / "parts")
        changes = find_changes(source.code, source.read, self.root, definition, known, sound)
        for each in changes.found:
            if each.what == "same":
                continue
            number = self.registry.reserve_part(source.code, each.part.name, each.part.order)
            folder, counts = "", {"rows": 0, "facts": 0}
            if each.to_read:
                folder = f"{number}-{each.fingerprint[:12]}{definition[:6]}"
                plan = planned(source, self.root, self.kinds, self.as_of)
                result = clean_part(self.task(plan, each.part, number, folder))
                self.results[each.part.name] = result
                counts = result.counts()
            part = each.part
            self.registry.put_part(
                KnownPart(number, source.code, part.name, part.order, part.signature, each.fingerprint, definition,
                          folder, part.state, each.copy_of, "", counts)
            )  # fmt: skip
        self.registry.drop_parts(part.id for part in changes.gone)
        return changes

    def task(self, plan: CleanPlan, part: Any, number: int, folder: str) -> CleanTask:
        return CleanTask(
            self.root, "x", self.root / "vault.db", plan, part, number, self.root / "parts" / folder,
            "2026-06-01T04:00:00", threads=self.threads,
        )  # fmt: skip

    def cleaned(self) -> list[Cleaned]:
        return [
            Cleaned(part, self.sources[part.source].into.name, self.root / "parts" / part.folder)
            for part in self.registry.parts()
            if part.folder
        ]

    @contextmanager
    def facts(self, cleaned: list[Cleaned] | None = None, file: Path | None = None) -> Iterator[Engine]:
        """Give a warehouse with the fact tables; every identifier is a person of its own."""
        parts = self.cleaned() if cleaned is None else cleaned
        with Engine(file, threads=1) as engine:
            run_steps(engine, compile_inputs(parts, self.model, NOW))
            engine.run(
                "CREATE TABLE identifiers AS SELECT DISTINCT node, node AS subject, "
                "CASE kind WHEN 'member_id' THEN 0 ELSE 1 END AS rank FROM raw_nodes"
            )
            run_steps(engine, compile_facts(parts, self.model))
            yield engine

    def quarantine(self, name: str) -> list[dict[str, Any]]:
        """Return the quarantined rows of a part, opened."""
        part = next(part for part in self.registry.parts() if part.name == name)
        found = []
        for file in sorted((self.root / "parts" / part.folder).glob("quarantine-*.parquet")):
            for row in pq.read_table(file).to_pylist():
                row["raw"] = RowSealer(MASTER).open_many([row.pop("sealed")], str(part.id))[0]
                found.append(row)
        return sorted(found, key=lambda row: (row["source_row"], row["item"]))
