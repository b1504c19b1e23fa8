"""The facts of the people a batch touches: the base's, those since, and the batch's own, by subject and time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.live.known import Numbers
from huaxiang.live.people import People
from huaxiang.serving.deltas import Deltas

_LAST = np.iinfo(np.int64).max


@dataclass(frozen=True)
class _New:
    """Facts that a batch brings to one table, each once; `came` says of which event and source every one came.

    `again` are those of the batch that came in it before.
    """

    rows: Any
    came: dict[tuple[int, int], tuple[int, str]]
    again: tuple[tuple[int, str], ...]


def gather(people: People, deltas: Deltas, columns: Mapping[str, pa.Schema]) -> tuple[dict[str, Any], int]:
    """Write a batch's facts to whom they belong; return the touched people's facts, and how many were there already.

    Facts are by table, as far as `columns` (table → what is read of it) names it, by subject and time.
    """
    deltas.move({merge.gone: merge.into for merge in people.joined.merges})
    found: dict[str, Any] = {}
    repeated = 0
    for table in deltas.schemas:
        new = _new(people, table, deltas.schemas[table])
        came_twice = list(new.again)
        if table in columns:
            found[table], known = _together(people, deltas, table, new, columns[table])
        else:
            known = deltas.held(table, {subject for subject, _ in new.came}) if new.came else set()
        came_twice += [new.came[key] for key in known if key in new.came]
        deltas.add(table, new.rows, [number for number, _ in new.came.values()])
        for number, source in came_twice:
            people.cleaned.repeated(number, source)
        repeated += len(came_twice)
    return found, repeated


def _new(people: People, table: str, schema: pa.Schema) -> _New:
    rows, keys, came = [schema.empty_table()], list[tuple[int, int]](), list[tuple[int, str]]()
    for each, subjects in zip(people.cleaned.facts, people.of_facts, strict=True):
        if each.table != table:
            continue
        owned = np.flatnonzero(subjects)
        rows.append(each.rows.set_column(0, "subject", pa.array(subjects)).take(pa.array(owned)))
        keys += zip(subjects[owned].tolist(), rows[-1]["fact_id"].to_pylist(), strict=True)
        came += [(number, each.source) for number in each.numbers[owned].tolist()]
    last = {key: place for place, key in enumerate(keys)}
    whole = pa.concat_tables(rows)
    if len(last) == len(keys):
        return _New(whole, dict(zip(keys, came, strict=True)), ())
    first = {key: place for place, key in reversed(list(enumerate(keys)))}
    again = tuple(came[place] for place, key in enumerate(keys) if first[key] != place)
    # Of a fact that came twice the last stands, as told by the first: what is noted of it is noted once.
    return _New(whole.take(pa.array(list(last.values()))), {key: came[first[key]] for key in last}, again)


def _together(
    people: People, deltas: Deltas, table: str, new: _New, schema: pa.Schema
) -> tuple[Any, set[tuple[int, int]]]:
    """Return the touched people's facts of a table, and the keys of those that were there already."""
    held = deltas.facts_of(table, people.touched, schema.names)
    known = set(_keys(held)) & new.came.keys()
    if known:
        held = held.filter(pa.array([key not in known for key in _keys(held)], pa.bool_()))
    live = pa.concat_tables([held, new.rows.select(schema.names)])
    base = people.base_facts(table, schema)
    if live.num_rows and base.num_rows:
        twice = pc.is_in(base["fact_id"], live["fact_id"].combine_chunks())
        if pc.any(twice).as_py():
            known |= set(_keys(base.filter(twice))) & new.came.keys()
            base = base.filter(pc.invert(twice))
    together = pa.concat_tables([base, live])
    if live.num_rows or people.joined.merges:
        together = together.take(_in_order(together))
    return together, known


def _keys(facts: Any) -> Iterable[tuple[int, int]]:
    return zip(facts["subject"].to_pylist(), facts["fact_id"].to_pylist(), strict=True)


def _in_order(facts: Any) -> Numbers:
    """Return the places of facts by subject and time, those without a time last."""
    times = facts["occurred_at"].cast(pa.int64()).fill_null(_LAST).to_numpy()
    order: Numbers = np.lexsort((times, facts["subject"].to_numpy()))
    return order
