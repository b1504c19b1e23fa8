"""A definition as plain data: as a node for the checker, and as the YAML a person reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from huaxiang.definitions.nodes import NOWHERE, Node, Place

Plain = str | int | float | Mapping[str, "Plain"]
"""What a definition is made of here."""
_BARE = re.compile(r"[A-Za-z_\u3400-\u9fff][\w\u3400-\u9fff/() >=<.*-]*")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def node_of(value: Plain | Mapping[str, Plain], place: Place = NOWHERE) -> Node:
    """Return a definition as the parser of YAML would."""
    if isinstance(value, Mapping):
        return Node({key: node_of(each, place) for key, each in value.items()}, place)
    return Node(value, place, None if isinstance(value, str) else str(value))


def yaml_of(definition: Mapping[str, Plain]) -> str:
    """Return a definition as an entry of a YAML list; mappings within it stand on one line."""
    lines = [f"{key}: {_flow(value)}" for key, value in definition.items()]
    return "- " + "\n  ".join(lines) + "\n"


def _flow(value: Plain) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(value: str) -> str:
    """Return a text as YAML: bare where it cannot be mistaken, else as JSON writes it, which YAML reads alike."""
    plain = _BARE.fullmatch(value) and value.lower() not in _WORDS and not value.endswith(" ") and " #" not in value
    return value if plain else json.dumps(value, ensure_ascii=False)
