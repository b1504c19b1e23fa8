"""The one rule by which values that are not text become text, for Excel, databases and Parquet alike.

Whole numbers without ".0", numbers without exponent up to 2^53 (beyond it a float has not every digit), dates
"2024-05-06", times of day "07:08:09", both with a blank between; microseconds only when there are any; times with a
zone in UTC with "+00:00"; true and false; nested as JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.connectors.charset import KEEP

EXACT = 2**53
"""From here on not every whole number is a float's."""


def of_value(value: Any) -> str | None:
    """Return one value as text; None stays None."""
    return _RULES.get(type(value), _of_other)(value)


def of_values(values: Iterable[Any]) -> pa.Array:
    """Return the values as one text column."""
    values = list(values)
    kinds = set(map(type, values)) - {type(None)}
    if not kinds or kinds == {str}:
        return pa.array(values, pa.string())
    if kinds == {float}:
        # Arrow writes numbers ten times as fast as Python.
        return _of_floats(pa.array(values, pa.float64()))
    return pa.array([_RULES.get(type(value), _of_other)(value) for value in values], pa.string())


def of_column(column: pa.Array) -> pa.Array:
    """Return an Arrow column as text, by the same rule."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return of_column(column.dictionary_decode())
    if pa.types.is_floating(kind):
        return _of_floats(column.cast(pa.float64()))
    if pa.types.is_timestamp(kind):
        return _of_timestamps(column)
    if pa.types.is_time(kind):
        return _without_zero_fraction(column.cast(pa.time64("us"), safe=False).cast(pa.string()))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_date(kind) or pa.types.is_null(kind):
        return column.cast(pa.date32() if pa.types.is_date(kind) else kind).cast(pa.string())
    return of_values(column.to_pylist())


def _of_floats(column: pa.Array) -> pa.Array:
    text = column.cast(pa.string())
    long = pc.or_(pc.match_substring(text, "e"), pc.greater_equal(pc.abs(column), float(EXACT)))
    if not pc.any(long).as_py():
        return text
    plain = [_of_float(value) for value in pc.filter(column, long).to_pylist()]
    return pc.replace_with_mask(text, pc.fill_null(long, False), pa.array(plain, pa.string()))


def _of_timestamps(column: pa.Array) -> pa.Array:
    zoned = column.type.tz is not None
    exact = column.cast(pa.timestamp("us", "UTC" if zoned else None), safe=False)
    text = exact.cast(pa.string())
    if zoned:
        text = pc.replace_substring_regex(text, r"Z$", "+00:00")
    return _without_zero_fraction(text)


def _without_zero_fraction(text: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(text, r"\.0+(\+|$)", r"\1")


def _of_float(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    if value.is_integer() and abs(value) < 1e15 and value:
        return str(int(value))
    if abs(value) >= EXACT:
        # So written it shows that digits may be gone.
        return f"{value:.16E}"
    text = format(Decimal(repr(value)), "f")
    return text[:-2] if text.endswith(".0") else text


def _of_datetime(value: datetime) -> str:
    return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat(" ")


def _of_duration(value: timedelta) -> str:
    sign = "-" if value < timedelta() else ""
    seconds = abs(value)
    whole, part = seconds.days * 86400 + seconds.seconds, seconds.microseconds
    text = f"{sign}{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{text}.{part:06d}" if part else text


def _of_bytes(value: bytes) -> str:
    return bytes(value).decode("utf-8", KEEP)


def _of_nested(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=of_value)


def _of_other(value: Any) -> str:
    for kind, rule in _RULES.items():
        if kind is not type(None) and isinstance(value, kind):
            return str(rule(value))
    return str(value)


_RULES: dict[type, Callable[[Any], str | None]] = {
    type(None): lambda value: None,
    str: lambda value: value,
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _of_float,
    Decimal: lambda value: format(value, "f"),
    datetime: _of_datetime,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: _of_duration,
    bytes: _of_bytes,
    bytearray: _of_bytes,
    memoryview: _of_bytes,
    dict: _of_nested,
    list: _of_nested,
    tuple: _of_nested,
}
