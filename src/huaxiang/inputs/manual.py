"""Values people set: of those that hold at as_of the newest counts, for whoever the customer is by now."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from huaxiang.engine.duckdb import SQL_TYPES
from huaxiang.inputs.merged import MERGED
from huaxiang.inputs.staging import Context, Staged, Stopped
from huaxiang.registry.manual import HELD, held_values
from huaxiang.tag.kinds.manual import Manual
from huaxiang.words import Words

_SCHEMA = pa.schema([(name, pa.int64() if name in ("id", "subject") else pa.string()) for name in HELD])
_NOBODY = Words("nobody has set a value yet", "还没有人设置过取值")


def stage_manual(context: Context, code: str, meaning: Manual) -> Staged:
    """Write the values that hold at as_of."""
    ever, held = held_values(context.registry, code, context.as_of)
    place = HELD.index("value")
    allowed = [row for row in held if not meaning.values or row[place] in meaning.values]
    kept = SQL_TYPES[meaning.type]
    with context.engine.shown(_manual=_table(allowed)):
        context.follow_merges("SELECT subject FROM _manual")
        # A definition that was changed since may be of another type.
        moments = "CAST(set_at AS TIMESTAMP) AS set_at, CAST(expires_at AS TIMESTAMP) AS expires_at"
        sound = f"SELECT * REPLACE ({moments}), TRY_CAST(value AS {kept}) AS typed FROM _manual"
        rows = f"SELECT m.subject AS now, t.* FROM ({sound}) t JOIN {MERGED} m ON m.origin = t.subject"
        newest = "row_number() OVER (PARTITION BY now ORDER BY set_at DESC, id DESC) = 1"
        context.keep("input_manual", f"{rows} WHERE typed IS NOT NULL", "values set")
        wrong = int(context.engine.one(f"SELECT count(*) FROM ({sound}) WHERE typed IS NULL"))
    sql = f"SELECT now AS subject, typed AS value, who, reason, set_at, expires_at FROM input_manual QUALIFY {newest}"
    used = context.write(code, meaning.type, sql)
    of_somebody = int(context.engine.one("SELECT count(*) FROM input_manual"))
    counts = {"invalid:value": wrong + len(held) - len(allowed), "unknown:subject": len(allowed) - wrong - of_somebody}
    stopped = {rule: Stopped(count) for rule, count in counts.items() if count}
    return Staged(ever, used, ever - len(held) + of_somebody - used, stopped, None if ever else _NOBODY)


def _table(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((),) * len(HELD)
    return pa.Table.from_arrays([pa.array(each, _SCHEMA.types[n]) for n, each in enumerate(columns)], schema=_SCHEMA)
