"""The kinds of tag. A new kind is one file beside this one and one line here."""

from __future__ import annotations

from huaxiang.tag.kinds import bands, fact, imported, manual, model, preference, rule, sql, statistic

KINDS = (
    fact.KIND,
    statistic.KIND,
    preference.KIND,
    rule.KIND,
    bands.KIND,
    imported.KIND,
    manual.KIND,
    sql.KIND,
    model.KIND,
)
