"""Who was met live and by no build yet: a build takes over their numbers, as it takes over those of the last build."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from huaxiang.damage import told
from huaxiang.errors import DamagedError
from huaxiang.serving.store import STORE_FILE, LiveStore

BORN = pa.schema([("node", pa.int64()), ("subject", pa.int64()), ("since", pa.int32())])


def born(store: Path) -> pa.Table:
    """Return (node, subject, since) of identifiers first met live, by the subject each was given at first."""
    try:
        live = LiveStore(store / STORE_FILE)
    except (FileNotFoundError, DamagedError):
        # One that is damaged is made again by the applier, and must not keep a build from being made.
        return BORN.empty_table()
    try:
        with live, told(live.path):
            if not live.meta("base"):
                return BORN.empty_table()
            since = int(live.meta("base")) + 1
            rows = live.db.execute("SELECT node, born FROM nodes WHERE born IS NOT NULL").fetchall()
    except DamagedError:
        return BORN.empty_table()
    columns = [[row[0] for row in rows], [row[1] for row in rows], [since] * len(rows)]
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, BORN, strict=True)], schema=BORN)
