"""How two identifiers of one customer hang together: the hops of evidence between them."""

from __future__ import annotations

from dataclasses import dataclass

from huaxiang.clean.normalise.registry import normaliser
from huaxiang.errors import NotFound
from huaxiang.identify.paths import evidence_path
from huaxiang.read.current import CurrentBuild
from huaxiang.read.terms import kind_words, source_words
from huaxiang.words import Words


@dataclass(frozen=True)
class Step:
    """One hop: two kinds of identifiers that stood in one row, where first, and in how many rows."""

    a_words: Words
    b_words: Words
    source_words: Words
    file: str
    row: int
    rows: int


def path_between(current: CurrentBuild, one: str, other: str) -> tuple[Step, ...]:
    """Return the hops between two identifiers given as "kind:value"; empty when nothing joins them.

    Raises NotFound for an identifier that is not written so, not valid, or unknown.
    """
    project = current.project
    hops = evidence_path(current.engine, _node(current, one), _node(current, other))
    return tuple(
        Step(
            kind_words(project, hop.kind_a),
            kind_words(project, hop.kind_b),
            source_words(project, hop.source),
            current.files.get(hop.part, ""),
            hop.source_row,
            hop.rows,
        )
        for hop in hops
    )


def _node(current: CurrentBuild, text: str) -> int:
    kind, _, value = text.partition(":")
    known = [each.kind for each in current.project.identity.kinds]
    if kind not in known or not value:
        listed = ", ".join(known)
        raise NotFound(Words(f"write kind:value, with a kind of {listed}", f"请写成“种类:值”，种类可为 {listed}"))
    canonical = normaliser(kind, current.project.identity.region).normalise(value)
    hi, lo = current.secrets.blind().one(kind, canonical) if canonical else (0, 0)
    there = current.engine.one("SELECT node FROM identifiers WHERE node = ? AND lo = ?", [hi, lo])
    if there is None:
        raise NotFound(Words(f"no customer has this {kind}", f"没有客户使用这个{kind}"))
    return int(there)
