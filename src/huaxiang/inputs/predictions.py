"""Predictions of models: Parquet files, a folder a model; written once, read by tags of kind model."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from huaxiang.definitions.fields import CODE
from huaxiang.engine.duckdb import SQL_TYPES, quoted_text
from huaxiang.errors import ProjectError
from huaxiang.inputs.merged import MERGED
from huaxiang.inputs.staging import Context, Staged, Stopped
from huaxiang.tag.kinds.model import Predicted
from huaxiang.words import Words

FOLDER = "predictions"
SCHEMA = pa.schema(
    [
        ("subject", pa.int64()),
        ("model", pa.string()),
        ("version", pa.string()),
        ("value", pa.string()),
        ("confidence", pa.float64()),
        ("made_at", pa.timestamp("us")),
    ]
)
"""A prediction as it is stored. Values are texts, so that a model may go from a score to a class."""


def write_predictions(store: Path, model: str, version: str, made_at: datetime, predictions: pa.Table) -> Path:
    """Store what a version of a model predicted at a moment (UTC): a table of subject, value and confidence.

    `store` is the project's folder of its own (Project.store). Writing the same model, version and moment again
    replaces what was there. Raises ProjectError when the model has no code for a name or a column is missing.
    """
    missing = {"subject", "value", "confidence"} - set(predictions.column_names)
    if not CODE.fullmatch(model) or not version or missing:
        raise ProjectError(
            Words(
                "predictions need a model's code, a version, and the columns subject, value, confidence",
                "预测需要模型编码、版本，以及 subject、value、confidence 三列",
            )
        )
    count = predictions.num_rows
    table = pa.table(
        {
            "subject": pc.cast(predictions["subject"], pa.int64()),
            "model": pa.array([model] * count, pa.string()),
            "version": pa.array([version] * count, pa.string()),
            "value": pc.cast(predictions["value"], pa.string()),
            "confidence": pc.cast(predictions["confidence"], pa.float64()),
            "made_at": pa.array([made_at] * count, pa.timestamp("us")),
        },
        schema=SCHEMA,
    )
    folder = store / FOLDER / model
    folder.mkdir(parents=True, exist_ok=True)
    # A version may be called anything: its file is named by a hash of it.
    name = hashlib.blake2b(f"{version}\n{made_at.isoformat()}".encode(), digest_size=8).hexdigest()
    path, unfinished = folder / f"{name}.parquet", folder / f".{name}.{os.getpid()}"
    pq.write_table(table, unfinished)
    unfinished.replace(path)
    return path


def stage_predictions(context: Context, code: str, meaning: Predicted) -> Staged:
    """Write what the newest version at as_of predicted; whom it did not score is unknown."""
    files = sorted((context.store / FOLDER / meaning.model).glob("*.parquet"))
    _collect(context, files)
    rows = int(context.engine.one("SELECT count(*) FROM input_predictions"))
    newest = "SELECT version FROM input_predictions ORDER BY made_at DESC, version DESC LIMIT 1"
    context.keep("input_newest", f"SELECT * FROM input_predictions WHERE version = ({newest})", "newest version")
    context.follow_merges("SELECT subject FROM input_newest")
    value = f"TRY_CAST(p.value AS {SQL_TYPES[meaning.type]})" if meaning.give == "value" else f"p.{meaning.give}"
    mine = f"SELECT m.subject, {value} AS value, p.* EXCLUDE (subject, value) FROM input_newest p"
    context.keep("input_given", f"{mine} JOIN {MERGED} m ON m.origin = p.subject", "predictions given")
    best = "row_number() OVER (PARTITION BY subject ORDER BY made_at DESC, confidence DESC NULLS LAST, value) = 1"
    sql = "SELECT subject, value, model, version, confidence, made_at FROM input_given WHERE value IS NOT NULL"
    used = context.write(code, meaning.type, f"{sql} QUALIFY {best}")
    one = context.engine.one
    of_newest, given = int(one("SELECT count(*) FROM input_newest")), int(one("SELECT count(*) FROM input_given"))
    wrong = int(one("SELECT count(*) FROM input_given WHERE value IS NULL"))
    counts = {"unknown:subject": of_newest - given, "invalid:value": wrong}
    stopped = {rule: Stopped(count) for rule, count in counts.items() if count}
    note = None if rows else _nothing(meaning.model)
    return Staged(rows, used, rows - of_newest + given - wrong - used, stopped, note)


def _collect(context: Context, files: list[Path]) -> None:
    """Make the table of every prediction that was made by as_of."""
    columns = ", ".join(SCHEMA.names)
    if files:
        listed = ", ".join(quoted_text(str(file)) for file in files)
        source = f"SELECT {columns} FROM read_parquet([{listed}]) WHERE made_at <= CAST(? AS TIMESTAMP)"
        context.keep("input_predictions", source, "predictions", [context.as_of.isoformat(sep=" ")])
        return
    with context.engine.shown(_none=SCHEMA.empty_table()):
        context.keep("input_predictions", "SELECT * FROM _none", "predictions")


def _nothing(model: str) -> Words:
    return Words(
        f"model {model} has predicted nothing yet: everybody is unknown", f"模型 {model} 还没有任何预测，所有客户未知"
    )
