"""Text as a source wrote it → a typed value, as one SQL expression per column.

`convert(expression, to, …)` returns the expression; it is NULL where the text cannot be understood and never fails.
How each type is read is data: CONVERSIONS holds a template for each engine dialect. In a template `:name` is another
template, a constant of PATTERNS or WORDS, or bound by `convert` (`:x` the text, `:offset` and `:zone` of the
project's zone, `:formats`). The commonest form of a value comes first in a CASE, so that the slow reading of all
other forms is only evaluated for the rows it did not take (5M rows of dates: as fast as one try_strptime).
LIST_TRANSFORM([v], LAMBDA hx_t : …)[1] is "let hx_t = v in …": v is computed once, the SQL stays short.
Such names begin with hx_: DuckDB prefers a column to a lambda's parameter of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

import sqlglot
from sqlglot import exp

from huaxiang.clean import canonical
from huaxiang.clean.currencies import amount_pattern, foreign_pattern, grouped_pattern, sign
from huaxiang.errors import HuaxiangError, NotFound
from huaxiang.genders import GENDERS, Genders
from huaxiang.words import Words, nearest

TYPES = ("text", "integer", "number", "money", "date", "time", "bool", "gender")
"""What `to` may be."""
NUMERIC = ("integer", "number", "money")
"""Those that an amount of money may be read as."""

# --- what is full-width ---------------------------------------------------------------------------------------------
_WIDE = "".join(map(chr, range(0xFF01, 0xFF5F)))
_NARROW = "".join(map(chr, range(0x21, 0x7F)))

# --- the shapes of dates and times, after full-width characters are ASCII ------------------------------------------
_YMD = r"([1-9]\d{3})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?"
_WEEKDAY = r"(?:\s*\(?(?:星期|周)[一二三四五六日天]\)?)?"
_CLOCK = r"(\d{1,2})\s*[:点时]\s*(\d{1,2})(?:\s*[:分]\s*(\d{1,2}(?:\.\d{1,9})?))?\s*[分秒]?"  # hour, minute, second
_BEFORE_NOON = r"(?:上午|凌晨|早上|AM|am|a\.m\.|A\.M\.)"
_AFTER_NOON = r"(?:下午|PM|pm|p\.m\.|P\.M\.)"
_OFFSET = r"\s*(?:Z|z|UTC|GMT|(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?)"
_MONTH = r"(?:[Jj]an|[Ff]eb|[Mm]ar|[Aa]pr|[Mm]ay|[Jj]un|[Jj]ul|[Aa]ug|[Ss]ep|[Oo]ct|[Nn]ov|[Dd]ec|JAN|FEB|MAR|APR|MAY"
_MONTH += r"|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"

PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        **canonical.PATTERNS,
        "needs_folding": r"[^\x{20}-\x{7E}\x{4E00}-\x{9FFF}]",
        # Numbers and dates have no Chinese punctuation; text for people keeps it.
        "fold_from": _WIDE + "￥−–‐",
        "fold_to": _NARROW + "¥---",
        "iso_like": r"[1-9]\d{3}[-/]\d{1,2}[-/]\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?",
        "plain_chinese_day": r"[1-9]\d{3}年\d{1,2}月\d{1,2}日",
        "iso_z": r"[1-9]\d{3}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z",
        "day": f"^{_YMD}{_WEEKDAY}$",
        "day_and_clock": rf"^{_YMD}{_WEEKDAY}(?:\s+|\s*T\s*|\s*,\s*)?{_CLOCK}$",
        "day_and_half_clock": rf"^{_YMD}{_WEEKDAY}\s*(?:{_BEFORE_NOON}|{_AFTER_NOON})\s*{_CLOCK}$",
        "day_and_clock_half": rf"^{_YMD}{_WEEKDAY}(?:\s+|\s*T\s*){_CLOCK}\s*(?:{_BEFORE_NOON}|{_AFTER_NOON})$",
        "after_noon": _AFTER_NOON,
        "half": rf"\s*(?:{_BEFORE_NOON}|{_AFTER_NOON})\s*",
        "ymd_glued": r"^((?:1[5-9]|2[01])\d{2})(\d{2})(\d{2})(?:[T ]?(\d{2}):?(\d{2})(?::?(\d{2}(?:\.\d{1,9})?))?)?$",
        "day_month_year": rf"^\d{{1,2}}[- ]{_MONTH}[a-z]*\.?,?[- ][1-9]\d{{3}}$",
        "month_day_year": rf"^{_MONTH}[a-z]*\.? \d{{1,2}},? [1-9]\d{{3}}$",
        "month_tail": rf"({_MONTH})[a-z]*\.?",
        "with_offset": rf"^{_YMD}(?:\s+|\s*T\s*){_CLOCK}{_OFFSET}$",
        "glued_with_offset": r"^([1-9]\d{3})(\d{2})(\d{2})T(\d{2}):?(\d{2}):?(\d{2}(?:\.\d{1,9})?)" + _OFFSET + "$",
        "serial": r"^[2-7]\d{4}(?:\.\d+)?$|^80000(?:\.0+)?$",
        "epoch_s": r"^[1-9]\d{9}(?:\.\d+)?$",
        "epoch_ms": r"^[1-9]\d{12}(?:\.0+)?$|^(?:1[0-4]|2[2-9]|[3-9]\d)\d{10}(?:\.0+)?$",
        "epoch_us": r"^[1-3]\d{15}(?:\.0+)?$",
        "epoch_ns": r"^[1-3]\d{18}(?:\.0+)?$",
        # Numbers that could be something else are moments where they are whole hours, as birthdays are.
        "hours_ms": r"^(?:[1-9]\d{10,11}|-[1-9]\d{10,12})(?:\.0+)?$",
        "hours_s": r"^(?:[1-9]\d{8}|-[1-9]\d{3,9})(?:\.0+)?$",
        "after_offset": r"(\d|Z)\s*(?:\[[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*\]|\([A-Z]{2,5}\))$",
        "has_offset": r":\d{2}(?:\.\d+)?\s*(?:Z|[+-]\d{2}:?(?:\d{2})?)\s*[\[(]",
        "whole": r"[-+]?\d{1,18}",
        "plain": r"[-+]?\d{1,15}(?:\.\d+)?",
        "in_brackets": r"^([^()0-9]*)\(\s*([^()+-]*)\)\s*([^()0-9]*)$",
    }
)
"""Constants of the templates: character tables and regular expressions (RE2)."""

WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "yes": frozenset({"是", "有", "对", "真", "已", "true", "t", "yes", "y", "1", "1.0", "on", "√", "✓"}),
        "no": frozenset(
            {"否", "无", "没有", "不是", "错", "假", "未", "false", "f", "no", "n", "0", "0.0", "off", "×"}
        ),
    }
)
"""Lists of the templates (lower-case)."""
SAYING: Mapping[str, frozenset[str]] = MappingProxyType({"bool": WORDS["yes"] | WORDS["no"]})
"""By type, the words that say something where it is read, although they are no value elsewhere (无 is no)."""

CONVERSIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        **canonical.TEMPLATES,
        # Helpers. TRANSLATE costs 1.8 µs a row, the look whether it is needed 0.05.
        "clean": {
            "duckdb": """TRIM(CASE WHEN REGEXP_MATCHES(:x, :needs_folding)
                         THEN TRANSLATE(:canonical, :fold_from, :fold_to) ELSE :x END)"""
        },
        # Between the wall clock of the zone and UTC. A zone whose offset has been one since 1992 needs no calendar
        # (DuckDB's ICU extension), only an addition; but birthdays given as instants may be older.
        "utc_fixed": {"duckdb": ":clock - :offset"},
        "local_fixed": {
            "duckdb": """LIST_TRANSFORM([:clock], LAMBDA hx_u : CASE WHEN hx_u < TIMESTAMP '1992-01-01'
                THEN (hx_u AT TIME ZONE 'UTC') AT TIME ZONE :zone ELSE hx_u + :offset END)[1]"""
        },
        "utc_by_calendar": {"duckdb": "(:clock AT TIME ZONE :zone) AT TIME ZONE 'UTC'"},
        "local_by_calendar": {"duckdb": "(:clock AT TIME ZONE 'UTC') AT TIME ZONE :zone"},
        "iso_clock": {"duckdb": "TRY_CAST(:x AS TIMESTAMP)"},
        # With formats given. GREATEST passes over NULL, so one evaluation tells a year of two digits (below 1000).
        "clock_as_given": {
            "duckdb": """NULLIF(GREATEST(COALESCE(TRY_STRPTIME(:x, :formats),
                TRY_STRPTIME(REPLACE(REPLACE(:clean, '上午', 'AM'), '下午', 'PM'), :formats)),
                TIMESTAMP '0999-12-31'), TIMESTAMP '0999-12-31')"""
        },
        "instant_as_given": {
            "duckdb": "MAKE_TIMESTAMP(EPOCH_US(COALESCE(TRY_STRPTIME(:x, :formats), TRY_STRPTIME(:clean, :formats))))"
        },
        # Clock times without an offset, of a cleaned text hx_t.
        "wall": {
            "duckdb": r"""CASE
                WHEN REGEXP_MATCHES(hx_t, :day) THEN TRY_CAST(REGEXP_REPLACE(hx_t, :day, '\1-\2-\3') AS TIMESTAMP)
                WHEN REGEXP_MATCHES(hx_t, :day_and_clock)
                THEN TRY_CAST(REGEXP_REPLACE(REGEXP_REPLACE(hx_t, :day_and_clock, '\1-\2-\3 \4:\5:\6'), ':$', ':00')
                     AS TIMESTAMP)
                WHEN REGEXP_MATCHES(hx_t, :day_and_half_clock) OR REGEXP_MATCHES(hx_t, :day_and_clock_half)
                THEN TRY_STRPTIME(
                    REGEXP_REPLACE(REGEXP_REPLACE(TRIM(REGEXP_REPLACE(hx_t, :half, ' ')), :day_and_clock,
                                                  '\1-\2-\3 \4:\5:\6'),
                                   ':$', ':00')
                    || CASE WHEN REGEXP_MATCHES(hx_t, :after_noon) THEN ' PM' ELSE ' AM' END,
                    ['%Y-%m-%d %I:%M:%S %p', '%Y-%m-%d %I:%M:%S.%f %p'])
                WHEN REGEXP_MATCHES(hx_t, :ymd_glued)
                THEN TRY_CAST(RTRIM(REGEXP_REPLACE(hx_t, :ymd_glued, '\1-\2-\3 \4:\5:\6'), ' :') AS TIMESTAMP)
                WHEN REGEXP_MATCHES(hx_t, :serial)
                THEN TIMESTAMP '1899-12-30'
                     + TO_MILLISECONDS(CAST(ROUND(TRY_CAST(hx_t AS DOUBLE) * 86400000) AS BIGINT))
                WHEN REGEXP_MATCHES(hx_t, :day_month_year)
                THEN TRY_STRPTIME(REPLACE(REPLACE(REGEXP_REPLACE(hx_t, :month_tail, '\1'), '-', ' '), ',', ''),
                                  '%d %b %Y')
                WHEN REGEXP_MATCHES(hx_t, :month_day_year)
                THEN TRY_STRPTIME(REPLACE(REGEXP_REPLACE(hx_t, :month_tail, '\1'), ',', ''), '%b %d %Y')
            END"""
        },
        # Instants: clock times with an offset, and seconds or milliseconds since 1970, of a cleaned text hx_t.
        "instant": {
            "duckdb": r"""CASE
                WHEN REGEXP_MATCHES(hx_t, :with_offset) THEN LIST_TRANSFORM([REGEXP_EXTRACT(hx_t, :with_offset,
                    ['y', 'm', 'd', 'h', 'i', 's', 'sign', 'oh', 'om'])], LAMBDA hx_o : :from_offset)[1]
                WHEN REGEXP_MATCHES(hx_t, :glued_with_offset)
                THEN LIST_TRANSFORM([REGEXP_EXTRACT(hx_t, :glued_with_offset,
                    ['y', 'm', 'd', 'h', 'i', 's', 'sign', 'oh', 'om'])], LAMBDA hx_o : :from_offset)[1]
                WHEN REGEXP_MATCHES(hx_t, :epoch_s)
                THEN MAKE_TIMESTAMP(CAST(TRY_CAST(hx_t AS DECIMAL(28, 6)) * 1000000 AS BIGINT))
                WHEN REGEXP_MATCHES(hx_t, :epoch_ms) THEN EPOCH_MS(TRY_CAST(SPLIT_PART(hx_t, '.', 1) AS BIGINT))
                WHEN REGEXP_MATCHES(hx_t, :epoch_us) THEN MAKE_TIMESTAMP(TRY_CAST(SPLIT_PART(hx_t, '.', 1) AS BIGINT))
                WHEN REGEXP_MATCHES(hx_t, :epoch_ns)
                THEN MAKE_TIMESTAMP(TRY_CAST(SPLIT_PART(hx_t, '.', 1) AS BIGINT) // 1000)
                WHEN REGEXP_MATCHES(hx_t, :hours_ms) OR REGEXP_MATCHES(hx_t, :hours_s)
                THEN LIST_TRANSFORM([TRY_CAST(SPLIT_PART(hx_t, '.', 1) AS BIGINT)], LAMBDA hx_n : CASE
                    WHEN REGEXP_MATCHES(hx_t, :hours_ms) AND hx_n % 3600000 = 0 THEN EPOCH_MS(hx_n)
                    WHEN REGEXP_MATCHES(hx_t, :hours_s) AND hx_n % 3600 = 0 AND (hx_n > 0 OR hx_n % 3600000 <> 0)
                    THEN EPOCH_MS(hx_n * 1000) END)[1]
            END"""
        },
        # A cleaned text whose zone has a name, with the offset in its place; what only repeats an offset is dropped.
        "zoned": {
            "duckdb": r"""LIST_TRANSFORM([:clean], LAMBDA hx_z : CASE
                WHEN REGEXP_MATCHES(hx_z, :zone_name)
                THEN REGEXP_REPLACE(hx_z, :zone_name, '\1') || :zone_offsets[REGEXP_EXTRACT(hx_z, :zone_name, 2)]
                WHEN REGEXP_MATCHES(hx_z, :has_offset) THEN REGEXP_REPLACE(hx_z, :after_offset, '\1')
                ELSE hx_z END)[1]"""
        },
        # GB and ISO 8601 allow offsets up to 14 hours; more is no offset.
        "from_offset": {
            "duckdb": """CASE
                WHEN COALESCE(TRY_CAST(hx_o.oh AS INT), 0) <= 14 AND COALESCE(TRY_CAST(hx_o.om AS INT), 0) < 60
                THEN TRY_CAST(hx_o.y || '-' || hx_o.m || '-' || hx_o.d || ' ' || hx_o.h || ':' || hx_o.i || ':'
                              || CASE WHEN hx_o.s = '' THEN '00' ELSE hx_o.s END AS TIMESTAMP)
                   - TO_MINUTES(CASE WHEN hx_o.sign = '-' THEN -1 ELSE 1 END
                                * (60 * COALESCE(TRY_CAST(hx_o.oh AS INT), 0) + COALESCE(TRY_CAST(hx_o.om AS INT), 0)))
                END"""
        },
        # A struct of the parts of a number: sign, body (digits and exponent), unit; empty when it is none.
        "parts": {
            "duckdb": r"""REGEXP_EXTRACT(REGEXP_REPLACE(:clean, :in_brackets, '-\1\2\3'), :amount,
                                         ['sign', 'later_sign', 'digits', 'exponent', 'unit'])"""
        },
        "figure": {"duckdb": "hx_p.sign || hx_p.later_sign || TRANSLATE(hx_p.digits, ', ', '') || hx_p.exponent"},
        # In exact decimals; (22, 8) times (16, 2) always fits a DECIMAL(38, 10).
        "scaled": {
            "duckdb": """TRY_CAST(:figure AS DECIMAL(22, 8))
                * CAST(CASE hx_p.unit WHEN '%' THEN 0.01 WHEN '千' THEN 1000
                WHEN '万' THEN 10000 WHEN '百万' THEN 1000000 WHEN '千万' THEN 10000000 WHEN '亿' THEN 100000000
                WHEN '万亿' THEN 1000000000000 END AS DECIMAL(16, 2))"""
        },
        "ungrouped": {"duckdb": "REPLACE(REPLACE(REPLACE(:x, ',', ''), :sign, ''), '￥', '')"},
        # The types.
        "text": {"duckdb": "NULLIF(TRIM(:canonical), '')"},
        "integer": {
            "duckdb": """CASE WHEN REGEXP_FULL_MATCH(:x, :whole) THEN TRY_CAST(:x AS BIGINT)
                ELSE LIST_TRANSFORM([:parts], LAMBDA hx_p : LIST_TRANSFORM(
                    [CASE WHEN hx_p.unit = '' THEN TRY_CAST(:figure AS DECIMAL(38, 10)) ELSE :scaled END],
                    LAMBDA hx_v : CASE WHEN hx_v = TRUNC(hx_v) THEN TRY_CAST(hx_v AS BIGINT) END)[1])[1] END"""
        },
        "number": {
            "duckdb": """CASE WHEN REGEXP_FULL_MATCH(:x, :plain) THEN TRY_CAST(:x AS DOUBLE)
                WHEN REGEXP_FULL_MATCH(:x, :grouped) THEN TRY_CAST(:ungrouped AS DOUBLE)
                ELSE LIST_TRANSFORM([:parts], LAMBDA hx_p :
                    CASE WHEN hx_p.unit = '' THEN TRY_CAST(:figure AS DOUBLE)
                    ELSE CAST(:scaled AS DOUBLE) END)[1] END"""
        },
        # Halves go away from zero (四舍五入): DuckDB's cast of a text to DECIMAL. A cast that fails costs 1 µs, so ¥
        # and 1,234 are not tried (":" comes after all digits).
        "money": {
            "duckdb": """COALESCE(
                CASE WHEN :x < ':' AND NOT CONTAINS(:x, ',') THEN TRY_CAST(:x AS DECIMAL(18, 4)) END, CASE
                WHEN REGEXP_FULL_MATCH(:x, :grouped) THEN TRY_CAST(:ungrouped AS DECIMAL(18, 4))
                ELSE LIST_TRANSFORM([:parts], LAMBDA hx_p :
                    CASE WHEN hx_p.unit = '' THEN TRY_CAST(:figure AS DECIMAL(18, 4))
                    ELSE TRY_CAST(:scaled AS DECIMAL(18, 4)) END)[1] END)"""
        },
        # TRY_CAST AS DATE takes "2024-03-5x"; AS TIMESTAMP does not, but takes "24-03-05": hence the look at x.
        "date": {
            "duckdb": """CASE
                WHEN :x LIKE '____-__-__' AND :x >= '1' THEN CAST(TRY_CAST(:x AS TIMESTAMP) AS DATE)
                WHEN :x LIKE '____-__-_____:__:__' AND :x >= '1' THEN CAST(TRY_CAST(:x AS TIMESTAMP) AS DATE)
                WHEN REGEXP_FULL_MATCH(:x, :iso_like) THEN CAST(TRY_CAST(:x AS TIMESTAMP) AS DATE)
                WHEN REGEXP_FULL_MATCH(:x, :plain_chinese_day)
                THEN CAST(TRY_CAST(REPLACE(REPLACE(RTRIM(:x, '日'), '年', '-'), '月', '-') AS TIMESTAMP) AS DATE)
                ELSE LIST_TRANSFORM([:zoned], LAMBDA hx_t : CAST(COALESCE(:wall, :instant_as_local) AS DATE))[1] END"""
        },
        "time": {
            "duckdb": """CASE
                WHEN :x LIKE '____-__-_____:__:__' AND :x >= '1' THEN :iso_as_utc
                WHEN REGEXP_FULL_MATCH(:x, :iso_like) THEN :iso_as_utc
                WHEN REGEXP_FULL_MATCH(:x, :iso_z) THEN TRY_CAST(RTRIM(:x, 'Z') AS TIMESTAMP)
                ELSE LIST_TRANSFORM([:zoned], LAMBDA hx_t : COALESCE(:wall_as_utc, :instant))[1] END"""
        },
        "bool": {
            "duckdb": """CASE WHEN LOWER(:clean) IN (:yes) THEN TRUE WHEN LOWER(:clean) IN (:no) THEN FALSE END"""
        },
    }
)


# --- from templates to expressions ---------------------------------------------------------------------------------


@cache
def _template(name: str, dialect: str) -> exp.Expression:
    by_dialect = CONVERSIONS[name]
    if dialect not in by_dialect:
        raise NotFound(Words(en=f"no conversions for the engine {dialect}", zh=f"引擎 {dialect} 还没有类型转换"))
    tree = sqlglot.parse_one(by_dialect[dialect], dialect=dialect)
    assert isinstance(tree, exp.Expression)  # sqlglot's signature says Expr, the base of all nodes
    return tree


def _render(name: str, dialect: str, bound: Mapping[str, exp.Expression]) -> exp.Expression:
    """Return the template `name` with every `:placeholder` filled in."""

    def fill(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.In) and (words := _words_of(node)):
            node.set("expressions", [exp.Literal.string(word) for word in sorted(words)])
        if not isinstance(node, exp.Placeholder):
            return node
        if node.name in bound:
            return bound[node.name].copy()
        if node.name in PATTERNS:
            return exp.Literal.string(PATTERNS[node.name])
        return exp.paren(_render(node.name, dialect, bound), copy=False)

    return _template(name, dialect).copy().transform(fill, copy=False)


def _words_of(membership: exp.In) -> frozenset[str] | None:
    listed = membership.expressions
    if len(listed) == 1 and isinstance(listed[0], exp.Placeholder):
        return WORDS.get(listed[0].name)
    return None


# --- zones and formats ---------------------------------------------------------------------------------------------


@cache
def fixed_offset(zone: str) -> timedelta | None:
    """Return the offset of `zone` when it has been the same since 1992, None when it has a calendar of changes.

    Asia/Shanghai had summer time until 1991; clock times before are moved with today's offset.
    """
    try:
        info = ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as fault:
        raise NotFound(Words(en=f"no time zone is called {zone!r}", zh=f"没有名为 {zone!r} 的时区")) from fault
    weeks = (datetime(1992, 1, 1, tzinfo=UTC) + timedelta(weeks=week) for week in range(46 * 52))
    offsets = {week.astimezone(info).utcoffset() for week in weeks}
    return offsets.pop() if len(offsets) == 1 else None


_DIRECTIVES = frozenset("aAbBcdfgGHIjmMnpSuUVwWxXyYzZ%")


def _checked(format: str | Sequence[str]) -> list[str]:
    """Return the formats as a list; a directive that no engine knows is refused here, not in the middle of a build."""
    formats = [format] if isinstance(format, str) else list(format)
    for one in formats:
        directives = re.findall(r"%-?(.?)", one)
        if not directives or not _DIRECTIVES.issuperset(directives) or "" in directives:
            words = Words(
                en=f"{one!r} is not a date format; write it like %Y-%m-%d %H:%M:%S",
                zh=f"{one!r} 不是日期格式；写法如 %Y-%m-%d %H:%M:%S",
            )
            raise HuaxiangError(words)
    return formats


def _one_or_list(formats: Sequence[str]) -> exp.Expression:
    literals = [exp.Literal.string(one) for one in formats]
    return literals[0] if len(literals) == 1 else exp.Array(expressions=literals)


def _in_zone(zone: str) -> tuple[str, dict[str, exp.Expression]]:
    """Return which templates change between the clock of `zone` and UTC, and what they need."""
    offset = fixed_offset(zone)
    if offset is None:
        return "by_calendar", {"zone": exp.Literal.string(zone)}
    seconds = int(offset.total_seconds())
    interval = exp.Interval(this=exp.Literal.string(str(seconds)), unit=exp.var("SECONDS"))
    return "fixed", {"offset": interval, "zone": exp.Literal.string(zone)}


ZONE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        **{"UT": "+00:00", "WET": "+00:00", "WEST": "+01:00", "CET": "+01:00", "CEST": "+02:00", "EET": "+02:00"},
        **{"EEST": "+03:00", "MSK": "+03:00", "HKT": "+08:00", "SGT": "+08:00", "JST": "+09:00", "KST": "+09:00"},
        **{"AEST": "+10:00", "AEDT": "+11:00", "NZST": "+12:00", "NZDT": "+13:00", "EST": "-05:00", "EDT": "-04:00"},
        **{"MST": "-07:00", "MDT": "-06:00", "PST": "-08:00", "PDT": "-07:00"},
    }
)
"""Names of zones that mean one offset everywhere. CST, IST, BST, AST do not: each is read only where it is the zone's
own, CST in Asia/Shanghai as +08:00 and in America/Chicago as -06:00."""
_NAME_OF_ZONE = re.compile("[A-Z]{2,5}")


@cache
def names_in(zone: str) -> Mapping[str, str]:
    """Return the names of zones that a text may have in a project of `zone`, with their offsets."""
    info, own = ZoneInfo(zone), dict[str, str]()
    for year in range(1970, 2038):
        for month in (1, 4, 7, 10):
            moment = datetime(year, month, 1, 12, tzinfo=info)
            if _NAME_OF_ZONE.fullmatch(moment.tzname() or "") and moment.tzname() not in ("UTC", "GMT"):
                own[str(moment.tzname())] = f"{moment:%z}"[:3] + ":" + f"{moment:%z}"[3:5]
    return {**ZONE_NAMES, **own}


def _zone_names(zone: str) -> dict[str, exp.Expression]:
    names = names_in(zone)
    pattern = rf"(:\d{{2}}(?:\.\d+)?)\s*\(?({'|'.join(sorted(names))})\)?$"
    listed = ", ".join(f"'{name}': '{offset}'" for name, offset in sorted(names.items()))
    offsets = sqlglot.parse_one(f"MAP {{{listed}}}", dialect="duckdb")
    assert isinstance(offsets, exp.Expression)  # as in `_template`
    return {"zone_name": exp.Literal.string(pattern), "zone_offsets": offsets}


def _moment(
    to: str, zone: str, formats: Sequence[str], dialect: str, bound: Mapping[str, exp.Expression]
) -> exp.Expression:
    """Return the expression for `date` or `time`."""
    how, in_zone = _in_zone(zone)
    bound = {**bound, **in_zone, **_zone_names(zone)}

    def moved(target: str, clock: exp.Expression) -> exp.Expression:
        return _render(f"{target}_{how}", dialect, {**bound, "clock": exp.paren(clock)})

    if not formats:
        bound["iso_as_utc"] = moved("utc", _render("iso_clock", dialect, bound))
        bound["wall_as_utc"] = moved("utc", _render("wall", dialect, bound))
        bound["instant_as_local"] = moved("local", _render("instant", dialect, bound))
        return _render(to, dialect, bound)
    read: list[exp.Expression] = []
    if clocks := [one for one in formats if "%z" not in one.lower()]:
        clock = _render("clock_as_given", dialect, {**bound, "formats": _one_or_list(clocks)})
        read.append(moved("utc", clock) if to == "time" else clock)
    if instants := [one for one in formats if "%z" in one.lower()]:
        instant = _render("instant_as_given", dialect, {**bound, "formats": _one_or_list(instants)})
        read.append(instant if to == "time" else moved("local", instant))
    value = read[0] if len(read) == 1 else exp.Coalesce(this=read[0], expressions=read[1:])
    return value if to == "time" else exp.cast(value, "DATE")


def gender_of(text: exp.Expression, genders: Genders) -> exp.Expression:
    """Return the value of which `text` is one of the words, whatever its case; NULL for any other text."""
    lower = exp.func("lower", text)
    ifs = [
        exp.If(
            this=exp.In(this=lower.copy(), expressions=[exp.Literal.string(word) for word in sorted(words)]),
            true=exp.Literal.string(value),
        )
        for value, words in genders
    ]
    return exp.Case(ifs=ifs)


def convert(
    expression: exp.Expression,
    to: str,
    *,
    format: str | Sequence[str] | None = None,
    zone: str = "Asia/Shanghai",
    genders: Genders = GENDERS,
    currency: str = "CNY",
    dialect: str = "duckdb",
) -> exp.Expression:
    """Return the expression that reads the text `expression` as `to` (one of TYPES), NULL where it cannot.

    `format` (strptime; one or several, the first that fits decides) is for dates and times and replaces the forms
    known here; it is needed for 3/5/2024, which is ambiguous. Times are in UTC; a text without an offset is a clock
    time of `zone`, and a date is the date in `zone`. `genders` are the values of a gender with their words. An amount
    may have the marks of `currency` (ISO 4217; EVERY: of any), and of no other.
    """
    if to not in TYPES:
        hint = nearest(to, TYPES)
        raise NotFound(
            Words(
                en=f"no type is called {to!r}"
                + (f"; did you mean {hint}?" if hint else f"; there are {', '.join(TYPES)}"),
                zh=f"没有名为 {to!r} 的类型" + (f"；是不是想写 {hint}？" if hint else f"；可用的有 {'、'.join(TYPES)}"),
            )
        )
    bound = {"x": expression if isinstance(expression, exp.Column | exp.Literal) else exp.paren(expression)}
    if to in ("date", "time"):
        return _moment(to, zone, _checked(format) if format else (), dialect, bound)
    if to == "gender":
        return gender_of(exp.paren(_render("clean", dialect, bound)), genders)
    if to in NUMERIC:
        patterns = {"amount": amount_pattern, "grouped": grouped_pattern, "sign": sign}
        bound |= {name: exp.Literal.string(pattern(currency)) for name, pattern in patterns.items()}
    return _render(to, dialect, bound)


def foreign(expression: exp.Expression, currency: str, dialect: str = "duckdb") -> exp.Expression:
    """Return the condition that a text looks like an amount in another currency than `currency`."""
    clean = _render("clean", dialect, {"x": exp.paren(expression)})
    pattern = exp.Literal.string(foreign_pattern(currency))
    return exp.Anonymous(this="REGEXP_MATCHES", expressions=[clean, pattern])
