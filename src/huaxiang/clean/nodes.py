"""The identifiers of the accepted rows of a batch: how often each was seen."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.clean.maps import Column


def seen_nodes(column: Column, stopped: pa.Table) -> pa.Table:
    """Return (node, lo, value, rows) of a column's identifiers, less the `stopped` rows (node, rows)."""
    there = pc.is_valid(column.values).to_numpy(zero_copy_only=False)
    places = column.places.drop_null().to_numpy(zero_copy_only=False)
    counts = np.bincount(places, minlength=len(there))[there]
    nodes, values = column.nodes[there], column.values.drop_null()
    # Texts written in several ways can be one identifier.
    hi, first, same = np.unique(nodes[:, 0], return_index=True, return_inverse=True)
    rows = np.zeros(len(hi), np.int64)
    np.add.at(rows, same, counts)
    if stopped.num_rows:
        np.subtract.at(rows, np.searchsorted(hi, stopped["node"].to_numpy()), stopped["rows"].to_numpy())
    kept = np.flatnonzero(rows > 0)
    return pa.table({
        "node": hi[kept], "lo": nodes[first[kept], 1], "value": values.take(pa.array(first[kept])), "rows": rows[kept],
    })  # fmt: skip
