"""Rows out of JSON documents: SQL that takes named values, and spreads a list into rows."""

from __future__ import annotations

from huaxiang.clean.raw_names import raw_name
from huaxiang.connectors.base import DOCUMENT, ROW
from huaxiang.engine.duckdb import quoted, quoted_text

ITEM_READ = "_item_read"
"""Whether an item of the list can be read: false for what is no object where values inside it are asked for."""
_TEXT = "CASE WHEN json_type({0}) = 'VARCHAR' THEN json_extract_string({0}, '$') END"
# Lists that a sender wrote as JSON in a text; a text that is blank, or says null, is no list at all.
_TAKEN_OUT = (
    "CASE WHEN json_type({0}) <> 'VARCHAR' THEN {0} "
    "WHEN regexp_full_match({1}, '(?i)\\s*(null)?\\s*') THEN NULL "
    "WHEN regexp_matches({1}, '^\\s*[\\[{{]') THEN coalesce(TRY_CAST({1} AS JSON), {0}) ELSE {0} END"
)
_NUMBER = "0|[1-9][0-9]*"
# PHP writes a list that lacks its first element as an object: {"1": …, "2": …}; an empty one as {}.
_NUMBERED = (
    f"CASE WHEN len(list_filter(json_keys({{0}}), LAMBDA hx_k : NOT regexp_full_match(hx_k, '{_NUMBER}'))) = 0 "
    "THEN list_transform(list_sort(list_transform(json_keys({0}), LAMBDA hx_k : TRY_CAST(hx_k AS HUGEINT))), "
    "LAMBDA hx_k : json_extract({0}, '/' || hx_k)) ELSE [{0}] END"
)
_LISTED = (
    "CASE coalesce(json_type({0}), 'NULL') WHEN 'NULL' THEN NULL WHEN 'ARRAY' THEN TRY_CAST({0} AS JSON[]) "
    f"WHEN 'OBJECT' THEN {_NUMBERED} ELSE [{{0}}] END"
)
_KIND = "coalesce(json_type({0}), 'NULL')"
# Of items that are lists or texts themselves: what is in them.
_FLAT = (
    f"CASE WHEN len(list_filter({{0}}, LAMBDA hx_p : {_KIND.format('hx_p')} <> 'OBJECT')) = 0 THEN {{0}} "
    "ELSE flatten(list_transform(list_transform({0}, LAMBDA hx_p : coalesce({1}, hx_p)), LAMBDA hx_p : "
    "CASE json_type(hx_p) WHEN 'ARRAY' THEN TRY_CAST(hx_p AS JSON[]) ELSE [hx_p] END)) END"
)


def extract(names: tuple[str, ...], rows: str | None) -> str:
    """Return the SQL that takes named values out of the documents of `_arrow`.

    A name with dots is a path ("buyer.phone"); a key that itself holds the dots is found too. `rows` is the path of a
    list of which each element becomes a row, with ITEM_READ; a document without it, or with an empty one, holds no
    rows. A list written as JSON in a text, as an object of numbered elements, or within another list is read as a list.
    """
    inside = [name for name in names if rows and (name == rows or name.startswith(rows + "."))]
    outside = [name for name in names if name not in inside]
    outer, outer_columns = _values(DOCUMENT, "o", {name: name for name in outside})
    if rows is None:
        return f"SELECT {', '.join([ROW, '0 AS _item', *outer_columns])} FROM (SELECT {ROW}, {outer} AS o FROM _arrow)"
    inner, inner_columns = _values("_piece", "i", {name: name[len(rows) + 1 :] for name in inside})
    # Where an item itself is asked for, it may be anything.
    needs_object = bool(inside) and rows not in inside
    readable = f"{_KIND.format('_piece')} = 'OBJECT'" if needs_object else "true"
    return (
        f"SELECT {', '.join([ROW, '_item', ITEM_READ, *outer_columns, *inner_columns])} "
        f"FROM (SELECT *, {inner} AS i, {readable} AS {ITEM_READ} FROM ("
        f"SELECT {ROW}, o, unnest(pieces) AS _piece, generate_subscripts(pieces, 1) AS _item "
        f"FROM ({_pieces(f'SELECT {ROW}, {outer} AS o', rows)})))"
    )


def _pieces(select: str, rows: str) -> str:
    """Return the query of the documents with the items of their list as `pieces`."""
    found = f"{select}, json_extract({DOCUMENT}, {quoted_text(_pointer(rows))}) AS _found FROM _arrow"
    taken = f"SELECT *, {_TAKEN_OUT.format('_found', _TEXT.format('_found'))} AS _taken FROM ({found})"
    listed = f"SELECT *, {_LISTED.format('_taken')} AS _listed FROM ({taken})"
    item = _TAKEN_OUT.format("hx_p", _TEXT.format("hx_p"))
    return f"SELECT *, {_FLAT.format('_listed', item)} AS pieces FROM ({listed})"


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
