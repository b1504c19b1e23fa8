"""What a source's columns are called within the engine, which takes names for the same that differ only in case."""

from __future__ import annotations

import pyarrow as pa

from huaxiang.connectors.base import ROW


def raw_name(name: str) -> str:
    """Return a name that no other column has in any case, nor the engine's own, which begin with "_" or ":".

    Capitals are marked: "Amount" becomes "^Amount", "amount" stays as it is.
    """
    marked = "".join(f"^{letter}" if letter == "^" or letter != letter.lower() else letter for letter in name)
    return f"^{marked}" if marked.startswith(("_", ":")) else marked


def with_raw_names(table: pa.Table) -> pa.Table:
    """Return a batch's table, of which the first column is ROW, with raw names for the others."""
    return table.rename_columns([ROW, *map(raw_name, table.column_names[1:])])
