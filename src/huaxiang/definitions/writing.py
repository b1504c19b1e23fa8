"""Nodes back to YAML: one canonical text for equal definitions, whatever their layout was."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from io import StringIO

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode

from huaxiang.definitions.nodes import Node

_TAG = "tag:yaml.org,2002:"
_SHORT = 100
"""A mapping or list of plain values that is no longer than this stands on one line."""


def canonical(node: Node) -> str:
    """Return the YAML text of a definition: keys in their order, anchors written out, comments left away."""
    out = StringIO()
    writer = YAML(pure=True)
    writer.width = 1_000_000
    writer.allow_unicode = True
    writer.serialize(_yaml(node, top=True), out)
    # A single plain value ends its document with "...".
    return out.getvalue().removesuffix("...\n")


def fingerprint(node: Node) -> str:
    """Return a hash that is the same for definitions that say the same; the order of the first keys does not count."""
    value = node.value
    ordered = Node({key: value[key] for key in sorted(value)}) if isinstance(value, Mapping) else node
    return blake2b(canonical(ordered).encode(), digest_size=12).hexdigest()


def _yaml(node: Node, *, top: bool = False) -> YamlNode:
    value = node.value
    if isinstance(value, Mapping):
        pairs = [(ScalarNode(_TAG + "str", key), _yaml(each)) for key, each in value.items()]
        return MappingNode(_TAG + "map", pairs, flow_style=not top and _short(node))
    if isinstance(value, tuple):
        return SequenceNode(_TAG + "seq", [_yaml(each) for each in value], flow_style=not top and _short(node))
    return _scalar(node)


def _scalar(node: Node) -> ScalarNode:
    value = node.value
    if value is None:
        return ScalarNode(_TAG + "null", "null")
    if isinstance(value, bool):
        return ScalarNode(_TAG + "bool", "true" if value else "false")
    if isinstance(value, str):
        return ScalarNode(_TAG + "str", value, style='"' if "\n" in value else None)
    kind = "int" if isinstance(value, int) else "float"
    return ScalarNode(_TAG + kind, str(value) if node.written is None else node.written)


def _short(node: Node) -> bool:
    inner = node.mapping.values() if node.mapping else node.items
    plain = all(not isinstance(each.value, Mapping | tuple) for each in inner)
    length = sum(len(key) + 4 for key in node.mapping) + sum(len(str(each.value)) + 2 for each in inner)
    return plain and length <= _SHORT
