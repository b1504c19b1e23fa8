"""The step that turns the graph into persons: set aside, join, follow; one row per identifier."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from huaxiang.engine.duckdb import Engine
from huaxiang.identify.arrays import Flags, Places
from huaxiang.identify.aside import Aside, Reason, set_aside
from huaxiang.identify.definition import IdentityDefinition
from huaxiang.identify.graph import Graph, load_graph, texts_of
from huaxiang.identify.joining import join
from huaxiang.identify.weak import NOBODY, follow

STATES = ("joined", "set_aside", "floating")
REASONS = ("", *(reason.name.lower() for reason in Reason if reason))


def write_people(engine: Engine, definition: IdentityDefinition) -> None:
    """Write `identify_people`: every identifier with its person (that person's smallest certain node) and state."""
    graph = load_graph(engine, definition)
    aside = set_aside(graph)
    settled, free = graph.certain & ~aside.flags, ~graph.certain & ~aside.flags
    person = join(graph, settled)
    whose = np.where(settled, person, follow(graph, person, settled, free))
    with engine.shown(identify_arrow=_table(graph, aside, whose)):
        engine.run(
            "CREATE OR REPLACE TABLE identify_people AS SELECT * REPLACE (kind::VARCHAR AS kind,"
            " state::VARCHAR AS state, reason::VARCHAR AS reason) FROM identify_arrow",
            step="identify_people",
        )


def _table(graph: Graph, aside: Aside, whose: Places) -> pa.Table:
    return pa.table(
        {
            "node": graph.node,
            "lo": graph.lo,
            "kind": texts_of(graph.code, graph.kinds.names),
            "rows": graph.rows,
            "certain": graph.certain,
            "twin": _twins(graph),
            "person": pa.array(graph.node[whose], mask=whose == NOBODY),
            "state": texts_of(_states(aside.flags, whose), STATES),
            "reason": texts_of(aside.reason, REASONS),
            "people": aside.people,
        }
    )


def _twins(graph: Graph) -> Flags:
    # A second identifier with a number that is taken: there to be shown, never to be found by its number.
    return np.append(False, graph.node[1:] == graph.node[:-1])[: len(graph)]


def _states(aside: Flags, whose: Places) -> npt.NDArray[np.uint8]:
    return np.where(aside, 1, np.where(whose == NOBODY, 2, 0)).astype(np.uint8)
