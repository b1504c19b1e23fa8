"""Natural cut points: where the outcome changes most along a numeric tag, as a definition of bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from huaxiang.model import Type
from huaxiang.suggest.definition import Plain
from huaxiang.suggest.information import Binned, Numbers, natural_cuts
from huaxiang.suggest.statistics import number
from huaxiang.tag.definition import Tag
from huaxiang.tag.tagset import TagSet
from huaxiang.words import Words

_LEAST_SHARE, _LEAST = 0.02, 30
_LEAST_DIFFERENT = 8
"""A number with fewer values is bands already."""


@dataclass(frozen=True)
class Banded:
    """Bands of a tag: the cuts, a label for each band (one more than cuts), and each customer's band."""

    of: Tag
    cuts: tuple[float, ...]
    labels: tuple[str, ...]
    bins: Binned

    @property
    def used(self) -> list[str]:
        """The labels of the bins somebody is in, in the order of the bins; "" is the unknown."""
        return [*self.labels, *([""] if self.bins.unknown is not None else [])]

    def definition(self, code: str) -> dict[str, Plain]:
        """Return the definition of the bands."""
        cuts: dict[str, Plain] = {
            label: f"< {_written(cut)}" for label, cut in zip(self.labels, self.cuts, strict=False)
        }
        return {
            "tag": code,
            "name": {"zh": self.name.zh, "en": self.name.en},
            "category": self.of.category or "建议",
            "bands": {"of": self.of.code, "cuts": {**cuts, "else": self.labels[-1]}},
        }

    @property
    def name(self) -> Words:
        """What people see."""
        return Words(f"{self.of.name.en}, in bands", f"{self.of.name.zh}分段")


def to_band(tagset: TagSet, codes: Sequence[str]) -> list[str]:
    """Return the numeric tags among `codes` that nobody has put in bands yet."""
    banded = {
        need
        for code, meaning in tagset.meanings.items()
        for need in meaning.needs
        if tagset.types[code] is Type.TEXT and len(meaning.needs) == 1
    }
    return [code for code in codes if tagset.types[code].numeric and code not in banded]


def banded(tag: Tag, values: Numbers, outcome: npt.NDArray[np.bool_]) -> Banded | None:
    """Return the natural bands of a tag's values; None when nothing is gained by any cut."""
    known = ~np.isnan(values)
    if len(np.unique(values[known])) < _LEAST_DIFFERENT:
        return None
    least = max(_LEAST, int(known.sum() * _LEAST_SHARE))
    whole = bool((values[known] == np.floor(values[known])).all())
    cuts = tuple(dict.fromkeys(natural_cuts(values, outcome, least=least, whole=whole)))
    if not cuts:
        return None
    unknown = len(cuts) + 1 if not known.all() else None
    codes = np.searchsorted(np.array(cuts), np.where(known, values, -np.inf), side="right")
    codes = np.where(known, codes, len(cuts) + 1)
    count = len(cuts) + 1 + (unknown is not None)
    return Banded(tag, cuts, _labels(cuts, whole), Binned(codes.astype(np.int16), count, unknown))


def _labels(cuts: Sequence[float], whole: bool) -> tuple[str, ...]:
    """Return e.g. <20, 20–50, ≥50; of whole numbers 0–2, 3–5, ≥6 would be read: <3, 3–5, ≥6."""
    between = []
    for low, high in pairwise(cuts):
        last = high - 1 if whole else high
        between.append(number(low) if last == low else f"{number(low)}–{number(last)}")
    return (f"<{number(cuts[0])}", *between, f"≥{number(cuts[-1])}")


def _written(cut: float) -> str:
    return f"{cut:.6f}".rstrip("0").rstrip(".")


def free_of(known: Mapping[str, Binned], tag: str) -> dict[str, Binned]:
    """Return the tags that bands of `tag` must differ from: all but itself."""
    return {code: bins for code, bins in known.items() if code != tag}
