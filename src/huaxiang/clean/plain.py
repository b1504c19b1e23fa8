"""The commonest way each type is written, read by the shortest SQL; NULL where it takes the full reading of convert.

Cleaning reads every text this way first and gives only what is left, once for each distinct text, to `convert`. The
law that makes this safe (tests/clean/test_plain.py): where the plain reading gives a value, `convert` gives the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlglot import exp

from huaxiang.clean.convert import PATTERNS, WORDS, gender_of
from huaxiang.engine.duckdb import SQL_TYPES
from huaxiang.genders import GENDERS, Genders
from huaxiang.model import Type
from huaxiang.sql.render import fill
from huaxiang.sql.zones import to_utc


def _listed(words: str) -> str:
    return ", ".join("'" + word.replace("'", "''") + "'" for word in sorted(WORDS[words]))


# ASCII and Chinese characters, no blank at either end: what `convert` would neither fold nor trim.
_TIDY = "[!-~\u4e00-\u9fff](?:[ -~\u4e00-\u9fff]*[!-~\u4e00-\u9fff])?"
_OFFSET = r"[1-9]\d{3}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)"

PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "text": f"CASE WHEN regexp_full_match(_1, '{_TIDY}') THEN _1 END",
        "integer": f"CASE WHEN regexp_full_match(_1, '{PATTERNS['whole']}') THEN TRY_CAST(_1 AS BIGINT) END",
        "number": f"CASE WHEN regexp_full_match(_1, '{PATTERNS['plain']}') THEN TRY_CAST(_1 AS DOUBLE) END",
        "money": f"TRY_CAST(_1 AS {SQL_TYPES[Type.MONEY]})",
        "date": f"CASE WHEN regexp_full_match(_1, '{PATTERNS['iso_like']}') "
        "THEN CAST(TRY_CAST(_1 AS TIMESTAMP) AS DATE) END",
        "bool": f"CASE WHEN lower(_1) IN ({_listed('yes')}) THEN TRUE "
        f"WHEN lower(_1) IN ({_listed('no')}) THEN FALSE END",
        # Of a time: the wall clock of the project's zone, and moments that say their own.
        "wall": f"CASE WHEN regexp_full_match(_1, '{PATTERNS['iso_like']}') THEN TRY_CAST(_1 AS TIMESTAMP) END",
        "instant": r"CASE WHEN regexp_full_match(_1, '[1-9]\d{12}') THEN epoch_ms(TRY_CAST(_1 AS BIGINT)) "
        f"WHEN regexp_full_match(_1, '{_OFFSET}') THEN make_timestamp(epoch_us(TRY_CAST(_1 AS TIMESTAMPTZ))) END",
        # With formats given. A year of two digits where four are asked for is left to `convert`.
        "wall_as_given": "CASE WHEN try_strptime(_1, _2) >= TIMESTAMP '1000-01-01' THEN try_strptime(_1, _2) END",
        "instant_as_given": "make_timestamp(epoch_us(try_strptime(_1, _2)))",
    }
)
"""Templates: _1 is the text, _2 the formats."""


def plain(
    text: exp.Expression, to: str, formats: Sequence[str], zone: str, genders: Genders = GENDERS
) -> exp.Expression:
    """Return the plain reading of `text` as `to`; `formats`, `zone` and `genders` as for `convert`."""
    if to == "gender":
        return gender_of(text, genders)
    if to in ("date", "time") and formats:
        return _as_given(text, to, formats, zone)
    if to == "time":
        wall, instant = _fill("wall", text), _fill("instant", text)
        return exp.Coalesce(this=to_utc(exp.paren(wall), zone), expressions=[instant])
    return _fill(to, text)


def _as_given(text: exp.Expression, to: str, formats: Sequence[str], zone: str) -> exp.Expression:
    # As `convert` does: of mixed formats those without an offset are tried first.
    clocks = [one for one in formats if "%z" not in one.lower()]
    if clocks:
        wall = _fill("wall_as_given", text, _literals(clocks))
        return exp.cast(wall, "date") if to == "date" else to_utc(exp.paren(wall), zone)
    return exp.null() if to == "date" else _fill("instant_as_given", text, _literals(formats))


def _literals(formats: Sequence[str]) -> exp.Expression:
    literals = [exp.Literal.string(one) for one in formats]
    return literals[0] if len(literals) == 1 else exp.Array(expressions=literals)


def _fill(name: str, *arguments: exp.Expression) -> exp.Expression:
    return fill(PLAIN[name], list(arguments))
