"""The SQL of typed rows: from raw texts to typed columns, nodes, what is invalid, and the rule to stop at.

Rows are typed twice at most. The plain pass reads every text the short way and marks the rows with a text that takes
more (`_doubt`, a bit for each form); the full pass types only those again, with the texts of each form converted once
into a table `form0`, `form1` … All names of our own begin with "_", which no column of a fact does.
"""

from __future__ import annotations

from sqlglot import exp

from huaxiang.clean.convert import convert
from huaxiang.clean.plan import CleanPlan, first_known, lent
from huaxiang.clean.spoilt import reason_column
from huaxiang.connectors.base import ROW
from huaxiang.engine.duckdb import quoted, quoted_text
from huaxiang.missing import WHITE_SPACE

_AS_TEXT = convert(exp.column("text"), "text").sql(dialect="duckdb")


def typed_sql(
    plan: CleanPlan,
    rows: str,
    *,
    full: frozenset[int] | None = None,
    spoilt: frozenset[str] = frozenset(),
    tidy: frozenset[str] = frozenset(),
) -> str:
    """Return the SQL that types `rows`, a table with what is lent by the personal values (maps.Column.by_row).

    `full` are the forms that have been converted into tables; None is the plain pass. `spoilt` are the raw columns
    beside which stands why some of their values are null (spoilt.reason_column). `tidy` are the raw columns of which
    every text is known to be read as it is.
    """
    stamp = ["_stamp"] if plan.stamp else []
    kept = [ROW, "_item", *stamp, *(name for name, _ in _flags(plan, spoilt)), *_personal_names(plan)]
    kept += [name for column in plan.columns for name in (quoted(column.name), quoted("_bad_" + column.name))]
    readings = ", ".join(_readings(plan, full, tidy))
    read = f"SELECT *, {readings}\nFROM ({_texts_sql(plan, rows, spoilt)}) s{_forms(plan, full)}"
    columns = ", ".join([*_columns(plan, full, spoilt), f"{_doubt(plan, full, tidy)} AS _doubt"])
    typed = f"SELECT *, {columns}\nFROM ({read})"
    return f"SELECT {', '.join(kept)}, {_rule(plan)} AS _rule, _doubt\nFROM ({typed})"


def form_sql(plan: CleanPlan, form: int, rows: str) -> str:
    """Return the SQL of one form's table: each doubtful text of `rows`, its value, whether it is blank."""
    numbers = [number for number, reading in enumerate(plan.readings) if reading.form == form]
    readings = ", ".join(f"{plan.readings[number].plain} AS _c{number}" for number in numbers)
    found = " UNION ALL ".join(
        f"SELECT _x{number} AS text FROM read_plainly WHERE {_doubtful(number)}" for number in numbers
    )
    return (
        f"WITH read_plainly AS MATERIALIZED (SELECT *, {readings} FROM ({_texts_sql(plan, rows, frozenset())})), "
        f"doubtful AS MATERIALIZED (SELECT DISTINCT text FROM ({found})), "
        f"converted AS (SELECT text, {plan.forms[form]} AS value FROM doubtful) "
        f"SELECT text, value, value IS NULL AND ({_AS_TEXT}) IS NULL AS blank FROM converted"
    )


def count_names(plan: CleanPlan) -> list[tuple[str, str, str]]:
    """Return for each column and kind: its name, the SQL that is NULL where it is missing, the SQL of why it is bad."""
    flags = [(column.name, quoted(column.name), quoted("_bad_" + column.name)) for column in plan.columns]
    return flags + [
        (each.kind, f"_n{place}" if each.identifies else f"_p{place}", f"_bad_n{place}")
        for place, each in enumerate(plan.personal)
    ]


def _flags(plan: CleanPlan, spoilt: frozenset[str]) -> list[tuple[str, str]]:
    """Return the columns of nodes and of why personal values are bad: name and SQL."""
    found = []
    for place, personal in enumerate(plan.personal):
        if personal.identifies:
            found.append((f"_n{place}", _lent(place, "node")))
        bad = "CAST(NULL AS VARCHAR)" if personal.free else f"CASE WHEN {_lent(place, 'bad')} THEN 'invalid' END"
        found.append((f"_bad_n{place}", _first([*_reasons(personal.raws, spoilt), bad])))
    return found


def _personal_names(plan: CleanPlan) -> list[str]:
    return [f"_p{place}" for place, personal in enumerate(plan.personal) if not personal.identifies]


def _reasons(raws: tuple[str, ...], spoilt: frozenset[str]) -> list[str]:
    return [f"r.{quoted(reason_column(name))}" for name in raws if name in spoilt]


def _first(values: list[str]) -> str:
    return f"coalesce({', '.join(values)})" if len(values) > 1 else values[0]


def _texts_sql(plan: CleanPlan, rows: str, spoilt: frozenset[str]) -> str:
    """Return the innermost query: raw rows with what is lent, the texts to be read, and what is used unread."""
    parts = [f"r.{ROW}", "r._item", *(f"{sql} AS {name}" for name, sql in _flags(plan, spoilt))]
    parts += [f"{plan.stamp} AS _stamp"] if plan.stamp else []
    for place, personal in enumerate(plan.personal):
        if not personal.identifies:
            value = f"nullif(trim({personal.sql}, '{WHITE_SPACE}'), '')" if personal.free else _lent(place, "value")
            parts.append(f"{value} AS _p{place}")
    parts += [f"{sql} AS _o{number}" for number, sql in enumerate(plan.outside)]
    parts += [f"CAST({reading.text} AS VARCHAR) AS _x{number}" for number, reading in enumerate(plan.readings)]
    for place, column in enumerate(plan.columns):
        if reasons := _reasons(column.raws, spoilt):
            parts.append(f"{_first(reasons)} AS _y{place}")
    return f"SELECT {', '.join(parts)}\nFROM {rows} r"


def _lent(place: int, what: str) -> str:
    return f"r.{quoted(lent(place, what))}"


def _readings(plan: CleanPlan, full: frozenset[int] | None, tidy: frozenset[str]) -> list[str]:
    found = ["NULL AS _nothing"]
    for number, reading in enumerate(plan.readings):
        value = f"nullif(_x{number}, '')" if reading.column in tidy else reading.plain
        value = f"coalesce({value}, f{number}.value)" if _in_full(reading.form, full) else value
        found.append(f"{value} AS _c{number}")
        if _in_full(reading.form, full):
            found.append(f"coalesce(f{number}.value IS NULL AND NOT f{number}.blank, false) AS _w{number}")
    return found


def _forms(plan: CleanPlan, full: frozenset[int] | None) -> str:
    return "".join(
        f"\n  LEFT JOIN form{reading.form} f{number} ON f{number}.text = s._x{number}"
        for number, reading in enumerate(plan.readings)
        if _in_full(reading.form, full)
    )


def _in_full(form: int, full: frozenset[int] | None) -> bool:
    return full is not None and form in full


def _columns(plan: CleanPlan, full: frozenset[int] | None, spoilt: frozenset[str]) -> list[str]:
    found = []
    for place, column in enumerate(plan.columns):
        name, bad = quoted(column.name), quoted("_bad_" + column.name)
        wrong = [f"_w{number}" for number in column.readings if _in_full(plan.readings[number].form, full)]
        type_ = plan.types.get(column.name, "TIMESTAMP" if column.name == "occurred_at" else "VARCHAR")
        value = f"TRY_CAST({column.sql} AS {type_})" if column.computed else f"CAST({column.sql} AS {type_})"
        if column.computed:
            wrong.append(f"({column.sql}) IS NOT NULL AND {value} IS NULL")
        why = [f"_y{place}"] if _reasons(column.raws, spoilt) else []
        invalid = f"CASE WHEN {column.foreign} THEN 'currency' ELSE 'invalid' END" if column.foreign else "'invalid'"
        why.append(f"CASE WHEN {' OR '.join(wrong)} THEN {invalid} END" if wrong else "CAST(NULL AS VARCHAR)")
        found += [f"{value} AS {name}", f"{_first(why)} AS {bad}"]
    return found


def _doubtful(number: int) -> str:
    return f"(_c{number} IS NULL AND _x{number} <> '')"


def _doubt(plan: CleanPlan, full: frozenset[int] | None, tidy: frozenset[str]) -> str:
    if full is not None or not plan.readings:
        return "CAST(0 AS BIGINT)"
    bits = []
    for form in range(len(plan.forms)):
        marks = [
            _doubtful(number)
            for number, reading in enumerate(plan.readings)
            if reading.form == form and reading.column not in tidy
        ]
        if marks:
            bits.append(f"CASE WHEN {' OR '.join(marks)} THEN CAST({1 << form} AS BIGINT) ELSE 0 END")
    return " + ".join(bits) or "CAST(0 AS BIGINT)"


def _rule(plan: CleanPlan) -> str:
    """Return the SQL of the rule that stops a row, NULL for a row that goes on."""
    cases = []
    for name in plan.required:
        value, bad = quoted(name), quoted("_bad_" + name)
        if name not in plan.typed_names:
            places = plan.identifier_places[name]
            value, bad = first_known(places), ", ".join(f"_bad_n{place}" for place in places)
        rule = f"coalesce({bad}, 'missing') || {quoted_text(f':{name}')}"
        cases.append(f"WHEN {value} IS NULL THEN {rule}")
    cases += [f"WHEN {sql} THEN {quoted_text(f'reject: {text}')}" for text, sql in plan.reject]
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"
