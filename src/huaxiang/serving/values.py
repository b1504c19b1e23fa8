"""Values of tags and facts as plain data: what JSON can say, the same for a base and for the live store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from huaxiang.engine.duckdb import quoted, quoted_text


def plain(value: Any) -> Any:
    """Return a value as JSON would have it: money as a number, dates and times (UTC) in ISO 8601."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        text = value.isoformat()
        return text.rstrip("0") if "." in text else text
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with every value plain."""
    return {name: plain(value) for name, value in row.items()}


def json_sql(columns: Mapping[str, str], table: str) -> str:
    """Return the SQL of a row's columns (name → engine type) as one JSON text, values as `plain` has them."""
    parts = []
    for name, type_ in columns.items():
        value = f"{quoted(table)}.{quoted(name)}"
        if type_ == "TIMESTAMP":
            value = f"replace(CAST({value} AS VARCHAR), ' ', 'T')"
        parts.append(f"{quoted_text(name)}, {value}")
    return f"CAST(json_object({', '.join(parts)}) AS VARCHAR)"
