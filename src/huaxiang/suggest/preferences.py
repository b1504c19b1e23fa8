"""Preferences with enough support: items that the same customer comes back to more often than chance would have it.

Concentration is Simpson's: how probable it is that two different days' items of one customer are the same (Simpson,
"Measurement of Diversity", Nature 163, 1949), averaged over customers, against the same of everybody's items mixed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.model import COMMON, Type
from huaxiang.read.subject_ids import encode_subject
from huaxiang.suggest.columns import LEAST, Columns
from huaxiang.suggest.definition import Plain
from huaxiang.suggest.suggestion import Evidence, Example
from huaxiang.tag.held import held
from huaxiang.tag.kinds.base import Rests
from huaxiang.tag.measures import literal
from huaxiang.tag.tagset import TagSet
from huaxiang.words import Count, Words

LEAST_FACTS = 3
LEAST_SHARE = 0.2
"""So many of the customers must have LEAST_FACTS or more."""
LEAST_RATIO = 1.25
LEAST_SAME = 0.1
"""Who takes the same again less often than this has no favourite, however rare that would be by chance."""
_LEAST_Z = 4.0


@dataclass(frozen=True)
class Liked:
    """An item column in which customers have preferences: how many could have, how alike theirs are, by chance how."""

    columns: Columns
    item: str
    support: int
    concentration: float
    by_chance: float
    example: Example | None

    @property
    def name(self) -> Words:
        """What people see."""
        table = self.columns.table
        said = {**COMMON, **table.columns}[self.item].words
        return Words(f"Preferred {said.en} ({table.words.en})", f"{table.words.zh}偏好的{said.zh}")

    def definition(self, code: str) -> dict[str, Plain]:
        """Return the definition of the preference."""
        where: dict[str, Plain] = {"where": self.columns.sold} if self.columns.sold else {}
        table = self.columns.table
        head: dict[str, Plain] = {
            "tag": code,
            "name": {"zh": self.name.zh, "en": self.name.en},
            "category": f"建议/{table.words.zh}",
        }
        prefer: dict[str, Plain] = {"item": self.item, "half_life": "90 days", "top": 3}
        return {**head, "from": table.name, **where, "window": "365 days", "prefer": prefer}

    def evidence(self, customers: int) -> Evidence:
        """Return why it is worth having."""
        share, times = self.support / customers, self.concentration / self.by_chance
        support = Count(self.support)
        words = Words(
            f"{support} {support:customer|customers} ({share:.1%}) {support:has|have} {LEAST_FACTS} or more; "
            f"two of one customer are the same {self.concentration:.1%} of the time, "
            f"by chance {self.by_chance:.1%} (×{times:.1f})",
            f"{support} 位客户（{share:.1%}）有 {LEAST_FACTS} 次以上；同一客户任意两次相同的概率为 "
            f"{self.concentration:.1%}，随机时为 {self.by_chance:.1%}（{times:.1f} 倍）",
        )
        return Evidence(None, None, times, (), share, self.support, words)


def preferences(
    engine: Engine, tables: Iterable[Columns], tagset: TagSet, since: datetime, customers: int
) -> list[Liked]:
    """Return the item columns with enough support that no tag covers yet, by facts up to `since`, the most
    concentrated first.
    """
    covered = set(_covered(tagset))
    found = []
    for columns in tables:
        for item in columns.different:
            if (columns.table.name, item) not in covered:
                liked = _liked(engine, columns, item, since)
                if liked is not None and liked.support >= LEAST_SHARE * customers:
                    found.append(liked)
    return sorted(found, key=lambda each: (-each.concentration / each.by_chance, each.columns.table.name, each.item))


def _covered(tagset: TagSet) -> Iterable[tuple[str, str]]:
    for code, meaning in tagset.meanings.items():
        if tagset.types[code] in (Type.TEXT, Type.TEXTS):
            for rests in held(meaning.rests(), Rests):
                yield from ((rests.selection.table, column) for column in rests.columns)


def _liked(engine: Engine, columns: Columns, item: str, since: datetime) -> Liked | None:
    where = f" AND occurred_at <= {literal(since)}" + (f" AND ({columns.sold})" if columns.sold else "")
    # An order of ten lines is one choice and not ten: each item counts once a day.
    engine.run(
        "CREATE OR REPLACE TEMP TABLE chosen AS SELECT subject, item, count(*) AS n FROM ("
        f"SELECT DISTINCT subject, day, CAST({quoted(item)} AS VARCHAR) AS item FROM {quoted(columns.table.name)} "
        f"WHERE {quoted(item)} IS NOT NULL{where}) GROUP BY ALL",
        step="preferences: chosen",
    )
    engine.run(
        "CREATE OR REPLACE TEMP TABLE habits AS SELECT subject, sum(n) AS total, "
        "sum(n * (n - 1)) / (sum(n) * (sum(n) - 1)) AS same FROM chosen GROUP BY subject "
        f"HAVING sum(n) >= {LEAST_FACTS}",
        step="preferences: habits",
    )
    # Sums of whole millionths: the order of rows must not matter.
    support, mean, spread = engine.rows(
        "SELECT count(*), sum(CAST(round(same * 1000000) AS BIGINT)) / 1e6 / count(*), "
        "sum(CAST(round(same * same * 1000000) AS BIGINT)) / 1e6 / count(*) FROM habits"
    )[0]
    by_chance = engine.one(
        "SELECT sum(CAST(n * n AS HUGEINT)) / (sum(n) * sum(n)) FROM (SELECT sum(n) AS n FROM chosen GROUP BY item)"
    )
    if not support or not by_chance:
        return None
    deviation = math.sqrt(max(spread - mean * mean, 1e-12) / support)
    if mean < max(LEAST_SAME, LEAST_RATIO * by_chance) or (mean - by_chance) / deviation < _LEAST_Z:
        return None
    return Liked(columns, item, int(support), float(mean), float(by_chance), _example(engine))


def _example(engine: Engine) -> Example | None:
    """Return who has chosen one item most often; an item that few share might say who somebody is."""
    rows = engine.rows(
        "SELECT subject, item FROM chosen SEMI JOIN habits USING (subject) "
        f"WHERE item IN (SELECT item FROM chosen GROUP BY item HAVING count(*) >= {LEAST}) "
        "ORDER BY n DESC, subject, item LIMIT 1"
    )
    return Example(encode_subject(rows[0][0]), Words(rows[0][1], rows[0][1])) if rows else None
