"""Values people set: of those that hold at as_of the newest counts, for whoever the customer is by now."""

from __future__ import annotations

import pyarrow as pa

from huaxiang.engine.duckdb import SQL_TYPES
from huaxiang.inputs.merged import MERGED
from huaxiang.inputs.staging import Context, Staged, Stopped
from huaxiang.registry.manual import ManualValue, manual_values
from huaxiang.tag.kinds.manual import Manual
from huaxiang.words import Words

_SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("subject", pa.int64()),
        ("value", pa.string()),
        ("who", pa.string()),
        ("reason", pa.string()),
        ("set_at", pa.timestamp("us")),
        ("expires_at", pa.timestamp("us")),
    ]
)
_NOBODY = Words("nobody has set a value yet", "还没有人设置过取值")


def stage_manual(context: Context, code: str, meaning: Manual) -> Staged:
    """Write the values that hold at as_of."""
    known = manual_values(context.registry, code)
    held = [each for each in known if each.holds(context.as_of)]
    kept = SQL_TYPES[meaning.type]
    allowed = [each for each in held if not meaning.values or each.value in meaning.values]
    with context.engine.shown(_manual=_table(allowed)):
        context.follow_merges("SELECT subject FROM _manual")
        # A definition that was changed since may be of another type.
        sound = f"SELECT *, TRY_CAST(value AS {kept}) AS typed FROM _manual"
        rows = f"SELECT m.subject AS now, t.* FROM ({sound}) t JOIN {MERGED} m ON m.origin = t.subject"
        newest = "row_number() OVER (PARTITION BY now ORDER BY set_at DESC, id DESC) = 1"
        context.keep("input_manual", f"{rows} WHERE typed IS NOT NULL", "values set")
        wrong = int(context.engine.one(f"SELECT count(*) FROM ({sound}) WHERE typed IS NULL"))
    sql = f"SELECT now AS subject, typed AS value, who, reason, set_at, expires_at FROM input_manual QUALIFY {newest}"
    used = context.write(code, meaning.type, sql)
    of_somebody = int(context.engine.one("SELECT count(*) FROM input_manual"))
    counts = {"invalid:value": wrong + len(held) - len(allowed), "unknown:subject": len(allowed) - wrong - of_somebody}
    stopped = {rule: Stopped(count) for rule, count in counts.items() if count}
    return Staged(len(known), used, len(known) - len(held) + of_somebody - used, stopped, None if known else _NOBODY)


def _table(values: list[ManualValue]) -> pa.Table:
    return pa.Table.from_pylist([{name: getattr(each, name) for name in _SCHEMA.names} for each in values], _SCHEMA)
