"""The kinds of tag. A new kind is one file beside this one and one line here."""

from __future__ import annotations

from huaxiang.tag.kinds import (
    bands,
    fact,
    imported,
    manual,
    model,
    peers,
    preference,
    psychological,
    rule,
    sequence,
    sql,
    statistic,
    trend,
)

KINDS = (
    fact.KIND,
    statistic.KIND,
    preference.KIND,
    rule.KIND,
    bands.KIND,
    sequence.KIND,
    trend.KIND,
    peers.KIND,
    psychological.KIND,
    imported.KIND,
    manual.KIND,
    sql.KIND,
    model.KIND,
)
