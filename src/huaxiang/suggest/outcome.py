"""The outcome: a condition over a customer's facts of the horizon, as one text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import NOWHERE, Faults
from huaxiang.model import Type
from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild
from huaxiang.suggest.definition import node_of
from huaxiang.tag.definition import parse_tags
from huaxiang.tag.tagset import TagSet
from huaxiang.tag.window import Span, span
from huaxiang.words import Words

DEFAULT_HORIZON = "30 days"
CODE = "outcome"
_SHAPE = re.compile(r"\s*(?P<value>.+?)\s+from\s+(?P<table>\w+)(?:\s+where\s+(?P<where>.+))?\s*", re.I | re.S)


@dataclass(frozen=True)
class Outcome:
    """A checked outcome: its text, its sentence, and the tag (coded CODE) that says whether it came about."""

    text: str
    words: Words
    horizon: Span
    tagset: TagSet
    table: str


def default_outcome(current: CurrentBuild) -> str:
    """Return the outcome to look at when none is named: an order, or else any fact of the first table that has some."""
    if "orders" in current.tables and current.engine.one("SELECT count(*) FROM orders LIMIT 1"):
        return "count(order_id) > 0 from orders"
    for table in current.project.model.facts:
        if table in current.tables and current.engine.one(f'SELECT count(occurred_at) FROM "{table}"'):
            return f"count() > 0 from {table}"
    return "count(order_id) > 0 from orders"


def parse_outcome(text: str, horizon: str, project: Project, faults: Faults) -> Outcome | None:
    """Return the outcome a text says, "CONDITION over aggregates from TABLE where …"; None with faults."""
    within = span(Text(horizon, NOWHERE), faults)
    found = _SHAPE.fullmatch(text)
    if found is None:
        faults.add(
            NOWHERE,
            f"{text!r} is not an outcome such as “count(order_id) > 0 from orders”",
            f"“{text}”不是合法的目标，应形如“count(order_id) > 0 from orders”",
        )
        return None
    definition = {"tag": CODE, "from": found["table"], "value": found["value"], "window": horizon}
    definition |= {"where": found["where"]} if found["where"] else {}
    tagset = TagSet.check(parse_tags([node_of(definition)], faults), project.model, faults)
    if within is None or CODE not in tagset.tags:
        return None
    if tagset.types[CODE] is not Type.BOOL:
        faults.add(
            NOWHERE,
            f"the outcome must be a condition such as {found['value']} > 0",
            f"目标应是一个条件，例如 {found['value']} > 0",
        )
        return None
    return Outcome(" ".join(text.split()), tagset.words(CODE), within, tagset, found["table"])
