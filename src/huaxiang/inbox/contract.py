"""A contract: what the properties of one kind of event must hold. Checked at the door and again when events are read.

Enters: a contract and properties as JSON decodes them. Leaves: what is wrong, in the order of the contract.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from huaxiang.definitions.fields import Fields
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.inbox.rules import contract_rule, contract_words
from huaxiang.inbox.times import microseconds_of
from huaxiang.words import Words


@dataclass(frozen=True)
class Contract:
    """Fields an event must and may have, each with its type (a key of TYPES); whether it may have others."""

    event: str
    required: Mapping[str, str]
    optional: Mapping[str, str]
    others: bool = True


@dataclass(frozen=True)
class Violation:
    """One thing in which an event breaks its contract: the rule it is quarantined by, and its words.

    No value, and no name that the contract does not give, is in it.
    """

    rule: str
    words: Words


def violations(contract: Contract, properties: object) -> list[Violation]:
    """Return everything in which `properties` (decoded JSON; anything but an object is an empty one) breaks it."""
    values: Mapping[str, Any] = properties if isinstance(properties, Mapping) else {}
    found = []
    for name, type_ in contract.required.items():
        value = value_at(values, name)
        if value is None:
            found.append(_violation("missing", name, contract))
        elif not TYPES[type_](value):
            found.append(_violation("type", name, contract))
    for name, type_ in contract.optional.items():
        value = value_at(values, name)
        if value is not None and not TYPES[type_](value):
            found.append(_violation("type", name, contract))
    if not contract.others:
        known = {*contract.required, *contract.optional}
        known |= {name.partition(".")[0] for name in known}
        if any(name not in known for name in values):
            found.append(_violation("others", "", contract))
    return found


def value_at(document: object, path: str) -> Any:
    """Return what stands at `path` ("items.total"; a key that itself holds the dots counts first), None if nothing."""
    if isinstance(document, Mapping) and path in document:
        return document[path]
    for step in path.split("."):
        if not isinstance(document, Mapping):
            return None
        document = document.get(step)
    return document


def parse_contract(event: str, node: Node, faults: Faults) -> Contract:
    """Return the contract a node defines for events called `event`; every fault is noted."""
    fields = Fields(node, Words("a contract", "约定"), faults)
    required = _typed(fields, "required")
    optional = _typed(fields, "optional")
    others = fields.choice("others", ("allowed", "refused"), "allowed")
    fields.finish()
    for name in required.keys() & optional.keys():
        en, zh = f"{name!r} is required and optional at once", f"“{name}”不能既是必填又是可选"
        faults.add(fields.node.mapping["optional"].mapping[name].place, en, zh)
    return Contract(event, required, optional, others == "allowed")


def _typed(fields: Fields, key: str) -> dict[str, str]:
    found = {}
    for name, text in fields.text_map(key).items():
        if text.text in TYPES:
            found[name] = text.text
        else:
            known = ", ".join(TYPES)
            fields.faults.add(
                text.place, f"there is no type {text.text!r}; one of {known}",
                f"没有“{text.text}”这种类型，可选：{known}", word=text.text, known=TYPES,
            )  # fmt: skip
    return found


def _violation(what: str, field: str, contract: Contract) -> Violation:
    rule = contract_rule(what, field, contract.event)
    return Violation(rule, contract_words(rule))


def _is_number(value: object) -> bool:
    # A whole number may be longer than any float: asking one whether it is finite would raise.
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, float) and math.isfinite(value)


def _is_integer(value: object) -> bool:
    # 3.0 is a whole number: JSON has one kind of number only.
    return _is_number(value) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


TYPES: Mapping[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": _is_integer,
    "bool": lambda value: isinstance(value, bool),
    "time": lambda value: microseconds_of(value) is not None,
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, Mapping),
}
"""Types a contract may ask for, and what holds of a value of each."""
