"""The identity graph in arrays: what the rules look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huaxiang.engine.duckdb import Engine
from huaxiang.errors import CountError
from huaxiang.identify.arrays import Flags, Numbers, Places, by_code, group_starts, places_of
from huaxiang.identify.definition import IdentityDefinition
from huaxiang.words import Words

NO_LIMIT = 1 << 31


@dataclass(frozen=True)
class Kinds:
    """What identity.yaml says, by the code of a kind. Codes it does not name come last."""

    certain: Flags
    names_a_person: Flags
    per_person: Numbers
    shared_by: Numbers

    @classmethod
    def of(cls, definition: IdentityDefinition, number: int) -> Kinds:
        """Return what is known of `number` codes: those beyond the defined kinds join nobody and follow nobody."""
        defined, rest = definition.kinds, number - len(definition.kinds)
        return cls(
            certain=np.array([kind.certain for kind in defined] + [False] * rest),
            names_a_person=np.array([kind.names_a_person for kind in defined] + [False] * rest),
            per_person=by_code([kind.per_person for kind in defined] + [0] * rest),
            shared_by=by_code([kind.shared_by for kind in defined] + [NO_LIMIT] * rest),
        )


@dataclass(frozen=True)
class Graph:
    """Nodes sorted by number; edges between their places, each pair once, `a` < `b`, with its rows of evidence.

    `collides` marks nodes whose number belongs to several identifiers (64 of 128 bits fell together); all of them
    are here, and edges know only the first.
    """

    kinds: Kinds
    node: Numbers
    lo: Numbers
    code: npt.NDArray[np.uint8]
    rows: Numbers
    collides: Flags
    a: Places
    b: Places
    evidence: Numbers

    def __len__(self) -> int:
        return len(self.node)

    @property
    def certain(self) -> Flags:
        """Which nodes are of a certain kind."""
        return np.asarray(self.kinds.certain[self.code])


def load_graph(engine: Engine, definition: IdentityDefinition) -> Graph:
    """Read what was collected. Raises CountError when an edge has an end that was not collected."""
    kinds = Kinds.of(definition, int(engine.one("SELECT count(*) FROM identify_kinds")))
    nodes = engine.numpy("SELECT node, lo, rows, code FROM identify_nodes")
    order = _order(nodes["node"], nodes["code"], nodes["lo"])
    node, lo, rows, code = (nodes[name][order] for name in ("node", "lo", "rows", "code"))
    edges = engine.numpy("SELECT a, b, rows FROM identify_edges")
    (a, a_there), (b, b_there) = places_of(edges["a"], node), places_of(edges["b"], node)
    if not (a_there.all() and b_there.all()):
        raise _lost(int((~(a_there & b_there)).sum()))
    starts = group_starts(node)
    return Graph(kinds, node, lo, code, rows, ~starts | ~np.append(starts[1:], True), a, b, edges["rows"])


def _order(node: Numbers, code: npt.NDArray[np.uint8], lo: Numbers) -> Numbers:
    # By node alone, unless two fell together: sorting by three columns takes three times as long.
    order = np.argsort(node)
    repeats = bool((node[order[1:]] == node[order[:-1]]).any())
    return np.lexsort((lo, code, node)) if repeats else order


def _lost(links: int) -> CountError:
    return CountError(
        Words(
            f"{links} pairs of identifiers name one that was not collected: raw_links and raw_nodes do not agree",
            f"{links} 对标识中有未采集到的标识：raw_links 与 raw_nodes 不一致",
        )
    )
