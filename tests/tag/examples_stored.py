"""Examples of the kinds whose values are staged, and the staging itself: what facts say, said by files and people."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from huaxiang.engine.duckdb import Engine
from huaxiang.identify.definition import IdentityDefinition
from huaxiang.identify.subject_ids import encode_subject
from huaxiang.inputs.predictions import write_predictions
from huaxiang.inputs.stage import stage_inputs
from huaxiang.inputs.staging import Context
from huaxiang.registry import Registry
from huaxiang.registry.manual import set_values
from huaxiang.tag.tagset import TagSet

STORED = {
    "imported": "- {tag: x, imported: {read: values.csv, by: {subject: id}, value: city, valid_from: at}}",
    "manual": "- {tag: x, manual: {values: [上海, 北京, 广州], expires: 400 days}}",
    "sql": "- {tag: x, sql: 'SELECT subject, arg_max(category, occurred_at) AS value FROM orders GROUP BY subject'}",
    "model": "- {tag: x, model: {name: home, type: text}}",
}
FOREVER = datetime(2030, 1, 1)


@contextmanager
def staging(engine: Engine, as_of: datetime, zone: str) -> Iterator[Context]:
    """Give what stagers need, over an empty folder."""
    with TemporaryDirectory() as folder:
        registry = Registry(Path(folder) / "registry.db")
        root = Path(folder)
        yield Context(engine, registry, root, root, "shop", IdentityDefinition(()), zone, as_of)
        registry.close()


def stage_stored(engine: Engine, tagset: TagSet, as_of: datetime, zone: str) -> dict[str, Any]:
    """Stage the tags of these kinds: what customers stated as their city is in a file, set by hand, and predicted."""
    if not any(tag.kind.stored is not None for tag in tagset.tags.values()):
        return {}
    rows = engine.rows("SELECT subject, CAST(city AS VARCHAR), occurred_at FROM attributes WHERE subject IS NOT NULL")
    with staging(engine, as_of, zone) as context:
        with (context.root / "values.csv").open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(("id", "city", "at"))
            lines.writerows((encode_subject(subject), city, f"{at}Z") for subject, city, at in rows)
        # The registry keeps the order in which people did it; that order is not the data's to choose.
        stated = [row for row in rows if row[1] is not None]
        for subject, city, at in sorted(stated):
            set_values(context.registry, "x", [subject], city, reason="-", who="li", set_at=at, expires_at=FOREVER)
        for at in {at for _, _, at in stated}:
            made = [(subject, city) for subject, city, when in stated if when == at]
            table = pa.table(
                {"subject": [s for s, _ in made], "value": [c for _, c in made], "confidence": [0.5] * len(made)}
            )
            write_predictions(context.store, "home", f"v{at:%j}", at, table)
        return stage_inputs(context, tagset)
