"""Rows out of JSON documents: SQL that takes named values, and spreads a list into rows."""

from __future__ import annotations

from huaxiang.clean.raw_names import raw_name
from huaxiang.connectors.base import DOCUMENT, ROW
from huaxiang.engine.duckdb import quoted, quoted_text


def extract(names: tuple[str, ...], rows: str | None) -> str:
    """Return the SQL that takes named values out of the documents of `_arrow`.

    A name with dots is a path ("buyer.phone"); a key that itself holds the dots is found too. `rows` is the path of a
    list of which each element becomes a row; a document without it, or with an empty one, holds no rows.
    """
    inside = [name for name in names if rows and (name == rows or name.startswith(rows + "."))]
    outside = [name for name in names if name not in inside]
    outer, outer_columns = _values(DOCUMENT, "o", {name: name for name in outside})
    if rows is None:
        return f"SELECT {', '.join([ROW, '0 AS _item', *outer_columns])} FROM (SELECT {ROW}, {outer} AS o FROM _arrow)"
    inner, inner_columns = _values("_piece", "i", {name: name[len(rows) + 1 :] for name in inside})
    return (
        f"SELECT {', '.join([ROW, '_item', *outer_columns, *inner_columns])} FROM (SELECT *, {inner} AS i FROM ("
        f"SELECT {ROW}, o, unnest(pieces) AS _piece, generate_subscripts(pieces, 1) AS _item FROM ("
        f"SELECT {ROW}, {outer} AS o, {_pieces(rows)} AS pieces FROM _arrow)))"
    )


def _pieces(rows: str) -> str:
    """Return the SQL of a document's list: what is there instead of a list is a list of one, nothing an empty one."""
    found = f"json_extract({DOCUMENT}, {quoted_text(_pointer(rows))})"
    return (
        f"CASE WHEN coalesce(json_type({found}), 'NULL') <> 'NULL' "
        f"THEN coalesce(TRY_CAST({found} AS JSON[]), [{found}]) END"
    )


def _values(document: str, letter: str, paths: dict[str, str]) -> tuple[str, list[str]]:
    """Return the SQL of a list of all values, and for each name the SQL that takes its value out of that list."""
    pointers: list[str] = []
    columns = []
    for name, path in paths.items():
        found = [_pointer(path), _literal(path)] if "." in path else [_pointer(path)]
        places = [f"{letter}[{len(pointers) + number}]" for number in range(1, len(found) + 1)]
        pointers += found
        columns.append(f"coalesce({', '.join(places)}) AS {quoted(raw_name(name))}")
    listed = ", ".join(quoted_text(pointer) for pointer in pointers)
    sql = f"json_extract_string({document}, [{listed}])" if pointers else "CAST([] AS VARCHAR[])"
    return sql, columns


def _pointer(path: str) -> str:
    """Return a JSON pointer (RFC 6901): unlike DuckDB's own paths it takes any key."""
    return "".join(_literal(step) for step in path.split(".")) if path else ""


def _literal(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")
