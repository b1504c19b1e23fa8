"""Trying definitions: all of them through the project's own compiler in one plan, over a sample, as of one moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from huaxiang.definitions.nodes import Faults
from huaxiang.engine.duckdb import quoted
from huaxiang.errors import DefinitionError
from huaxiang.model import Type
from huaxiang.steps import run_steps
from huaxiang.suggest.definition import Plain, node_of
from huaxiang.suggest.information import Binned, Numbers, binned, labelled
from huaxiang.suggest.sample import Sample, as_number
from huaxiang.tag.compile import Target, plan_tags
from huaxiang.tag.definition import parse_tags
from huaxiang.tag.held import held
from huaxiang.tag.kinds.base import Rests
from huaxiang.tag.tagset import TagSet

_AT_ONCE = 64
_MOST_LABELS = 255
"""A text with more different values is nearly a name: it is the same as nothing."""


def with_definitions(known: TagSet, definitions: Iterable[Mapping[str, Plain]]) -> TagSet:
    """Return known tags and new ones in one set, the new ones checked as a file's are. Raises DefinitionError."""
    faults = Faults()
    tags = parse_tags([node_of(each) for each in definitions], faults)
    together = TagSet.check([*known.tags.values(), *tags], known.model, faults)
    if faults.found:
        raise DefinitionError(faults.found)
    return together


def on_facts(tagset: TagSet, sample: Sample) -> TagSet:
    """Return the tags that rest on facts of the sample alone, themselves or through others: they can be had as of then.

    What comes from a file, a person or a query of its own has only the value of today; what reads a column that the
    build does not have yet has none.
    """
    there = {table: frozenset(sample.engine.columns(table)) for table in sample.tables}
    good: set[str] = set()
    for code in tagset.order:
        meaning = tagset.meanings[code]
        read = list(held(meaning.rests(), Rests))
        known = all(there.get(each.selection.table, frozenset()) >= set(each.columns) for each in read)
        if (read or meaning.needs) and known and meaning.needs <= good:
            good.add(code)
    return tagset.closure(good)


class Trial:
    """The values of a set of tags for every customer of a sample, in the order of their numbers.

    Each of `groups` (codes) is a plan of its own. Families never span fact tables, so a group for each table shares as
    many passes as one plan for all, and joins far fewer of them to one another.
    """

    def __init__(
        self, sample: Sample, tagset: TagSet, groups: Iterable[Sequence[str]], as_of: datetime, zone: str, prefix: str
    ) -> None:
        self.engine, self.tagset = sample.engine, tagset
        self.home: dict[str, str] = {}
        for number, codes in enumerate(groups, 1):
            target = Target.trial(f"{prefix}_{number}")
            plan = plan_tags(tagset.closure(codes), as_of=as_of, zone=zone, engine=self.engine, target=target)
            run_steps(self.engine, plan.steps)
            self.home |= dict.fromkeys(codes, target.tags)

    def numbers(self, codes: Sequence[str]) -> Iterator[tuple[str, Numbers]]:
        """Yield (code, values) of tags that are numbers, moments or conditions; NaN where there is none."""
        for code, values in self._columns(codes):
            yield code, np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan)

    def bins(self, codes: Sequence[str]) -> Iterator[tuple[str, Binned]]:
        """Yield (code, bins) of tags of any type; texts with too many values are left out."""
        types = self.tagset.types
        for code, values in self._columns(codes):
            if _is_number(types[code]):
                yield code, binned(np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan))
                continue
            found = labelled(np.asarray(np.ma.getdata(values), dtype=np.uint64))
            if found.count <= _MOST_LABELS:
                yield code, found

    def _columns(self, codes: Sequence[str]) -> Iterator[tuple[str, Any]]:
        types = self.tagset.types
        for table in dict.fromkeys(self.home[code] for code in codes):
            mine = [code for code in codes if self.home[code] == table]
            for start in range(0, len(mine), _AT_ONCE):
                some = mine[start : start + _AT_ONCE]
                listed = ", ".join(f"{as_number(code, types[code])} AS {quoted(code)}" for code in some)
                found = self.engine.numpy(f"SELECT {listed} FROM {quoted(table)} ORDER BY subject")
                yield from ((code, found[code]) for code in some)


def _is_number(type_: Type) -> bool:
    return type_.numeric or type_ in (Type.BOOL, Type.DATE, Type.TIME)
