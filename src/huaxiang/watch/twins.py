"""Tags that say nearly the same: pairs by normalised mutual information over a sample of customers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.tag.tagset import TagSet
from huaxiang.watch.bins import Clock, Cut, bin_number, value_sql
from huaxiang.watch.formulas import entropy, shared_information
from huaxiang.watch.measured import MOST_VALUES

ALIKE = 0.9
"""From this normalised mutual information on, two tags are twins."""
_SAMPLE = 50_000
_CELLS = 50_000 * 100
"""Customers × tags that are looked at: with more tags fewer customers, so that pairs stay cheap."""

Codes = npt.NDArray[np.int64]
Twins = tuple[tuple[str, float], ...]


def find_twins(engine: Engine, cuts: Sequence[Cut], clock: Clock, customers: int, table: str) -> dict[str, Twins]:
    """Return tag → its twins and how alike they are, the nearest first; the same answer for the same build.

    Not having a value is a bin of its own: tags that are known of the same few customers only are alike in that.
    """
    sample = min(_SAMPLE, _CELLS // max(1, len(cuts)))
    columns = _sampled(engine, cuts, clock, max(1, math.ceil(customers / max(1, sample))), table)
    entropies = {code: entropy(np.bincount(column)) for code, column in columns.items() if len(column)}
    # Of two tags I ≤ min(H): a pair whose entropies lie too far apart cannot be alike.
    ranked = sorted((each, code) for code, each in entropies.items() if each > 0)
    found: dict[str, list[tuple[str, float]]] = {}
    for place, (low, one) in enumerate(ranked):
        for high, other in ranked[place + 1 :]:
            if 2 * low / (low + high) < ALIKE:
                break
            likeness = shared_information(_joint(columns[one], columns[other]))
            if likeness >= ALIKE:
                found.setdefault(one, []).append((other, round(likeness, 4)))
                found.setdefault(other, []).append((one, round(likeness, 4)))
    return {code: tuple(sorted(twins, key=lambda twin: (-twin[1], twin[0]))) for code, twins in found.items()}


def without_kin(twins: Mapping[str, Twins], tagset: TagSet) -> dict[str, Twins]:
    """Return twins without those of which one is computed from the other: neither could be given up for the other."""
    rests = {code: set(tagset.closure([code]).tags) for code in twins}
    return {
        code: tuple(twin for twin in others if twin[0] not in rests[code] and code not in rests[twin[0]])
        for code, others in twins.items()
    }


def _sampled(engine: Engine, cuts: Sequence[Cut], clock: Clock, every: int, table: str) -> Mapping[str, Codes]:
    """Return tag → a small number per customer of the sample: 0 unknown, then the bins."""
    if not cuts:
        return {}
    values = ", ".join(
        f"{bin_number(cut, clock) if cut.shape == 'ranges' else value_sql(cut, clock)} AS {quoted(cut.code)}"
        for cut in cuts
    )
    answer = engine.arrow(f"SELECT {values} FROM {quoted(table)} t WHERE t.subject % {every} = 0", step="health: twins")
    return {cut.code: _numbered(answer.column(cut.code)) for cut in cuts}


def _numbered(column: Any) -> Codes:
    encoded = column.combine_chunks().dictionary_encode()
    codes: Codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64) + 1
    counts = np.bincount(codes)
    if len(counts) <= MOST_VALUES + 1:
        return codes
    # The commonest values keep a number of their own, all others share the last one.
    order = np.argsort(-counts[1:], kind="stable")
    place = np.empty(len(counts), np.int64)
    place[0] = 0
    place[order + 1] = np.minimum(np.arange(len(order)), MOST_VALUES) + 1
    return place[codes]


def _joint(one: Codes, other: Codes) -> Codes:
    width = int(other.max()) + 1
    height = int(one.max()) + 1
    return np.bincount(one * width + other, minlength=height * width).reshape(height, width)
