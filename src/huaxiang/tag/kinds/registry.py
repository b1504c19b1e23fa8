"""The kinds of tag. A new kind is one file beside this one and one line here."""

from __future__ import annotations

from huaxiang.tag.kinds import bands, fact, peers, preference, psychological, rule, sequence, statistic, trend

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
)
