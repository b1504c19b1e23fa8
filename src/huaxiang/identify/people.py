"""The step that turns the graph into persons: set aside, join, follow; one row per identifier."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from huaxiang.engine.duckdb import Engine
from huaxiang.identify.arrays import Flags, Places
from huaxiang.identify.aside import Aside, Reason, set_aside
from huaxiang.identify.definition import IdentityDefinition
from huaxiang.identify.graph import Graph, load_graph
from huaxiang.identify.joining import join
from huaxiang.identify.weak import NOBODY, follow
from huaxiang.whose import Rank


def write_people(engine: Engine, definition: IdentityDefinition) -> None:
    """Write `identify_people`: every identifier, its person (that person's smallest certain node), Reason and Rank."""
    graph = load_graph(engine, definition)
    aside = set_aside(graph)
    person, between = join(graph, graph.certain & ~aside.flags)
    aside.reason[between] = Reason.AMBIGUOUS
    aside.people[between] = np.maximum(aside.people[between], 2)
    settled, free = graph.certain & ~aside.flags, ~graph.certain & ~aside.flags
    whose = np.where(settled, person, follow(graph, person, settled, free))
    with engine.shown(identify_arrow=_table(graph, aside, whose)):
        engine.run("CREATE OR REPLACE TABLE identify_people AS SELECT * FROM identify_arrow", step="identify_people")


def _table(graph: Graph, aside: Aside, whose: Places) -> pa.Table:
    # Codes, not texts: writing five million texts takes longer than everything that was found out about them.
    return pa.table(
        {
            "node": graph.node,
            "lo": graph.lo,
            "code": graph.code,
            "rows": graph.rows,
            "certain": graph.certain,
            "twin": _twins(graph),
            "person": pa.array(graph.node[whose], mask=whose == NOBODY),
            "reason": aside.reason,
            "people": aside.people,
            "rank": _ranks(graph, aside),
        }
    )


def _ranks(graph: Graph, aside: Aside) -> npt.NDArray[np.uint8]:
    rank = np.where(graph.kinds.names_a_person[graph.code], Rank.NAMES, Rank.SAYS).astype(np.uint8)
    rank[aside.contested] = Rank.CONTESTED
    rank[~graph.certain] = Rank.WEAK
    return rank


def _twins(graph: Graph) -> Flags:
    # A second identifier with a number that is taken: there to be shown, never to be found by its number.
    return np.append(False, graph.node[1:] == graph.node[:-1])[: len(graph)]
