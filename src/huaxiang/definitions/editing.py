"""One definition of a file replaced or added; every other byte of the file, comments too, stays as it is.

The file is never written anew from what was read: lines are cut out and put in, and the result is read back and
compared with what was wanted before anybody sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode
from ruamel.yaml.tokens import AliasToken, AnchorToken

from huaxiang.definitions.composing import compose
from huaxiang.definitions.nodes import Faults, Node, parse_yaml
from huaxiang.definitions.writing import canonical


@dataclass(frozen=True)
class _Entry:
    """One definition in its file: where its lines begin and end, how far it is set in, where each key begins."""

    first: int
    last: int
    column: int
    flow: bool
    keys: tuple[tuple[str, int], ...]


def replace_entry(text: str, key: str, code: str, new: Node) -> str | None:
    """Return a file's text with the definition whose `key` is `code` made to say `new`.

    Only the lines of keys that differ change. None when it cannot be done without touching other definitions.
    """
    before = _items(text)
    wanted = [new if _code(each, key) == code else each for each in before]
    if wanted == before:
        return text
    for attempt in (_by_keys, _whole):
        for source in (text, _freed(text, key, code)):
            made = attempt(source, key, code, new) if source is not None else None
            if made is not None and _items(made) == wanted:
                return made
    return None


def add_entry(text: str, new: Node) -> str | None:
    """Return a file's text with one more definition at its end; None when the file holds no list."""
    before = _items(text)
    if text.strip() and compose(text) is not None and not isinstance(compose(text), SequenceNode):
        return None
    column = _column(text)
    made = (text if not text or text.endswith("\n") else text + "\n") + _dashed(new, column)
    return made if _items(made) == [*before, new] else None


def _items(text: str) -> list[Node]:
    faults = Faults()
    root = parse_yaml(text, "", faults)
    return [] if root is None or faults.found else list(root.items)


def _code(node: Node, key: str) -> str:
    found = node.mapping.get(key)
    return "" if found is None else str(found.value)


def _find(text: str, key: str, code: str) -> _Entry | None:
    root = compose(text)
    items: Sequence[YamlNode] = root.value if isinstance(root, SequenceNode) else [root] if root else []
    lines = text.splitlines()
    for item in items:
        if not isinstance(item, MappingNode):
            continue
        pairs = {str(name.value): str(value.value) for name, value in item.value}
        if pairs.get(key) == code:
            keys = tuple((str(name.value), name.start_mark.line) for name, _ in item.value)
            # The end of a block is where the next thing begins: what only stands between is not part of it.
            mark = item.end_mark
            last = mark.line + 1 if mark.column else mark.line
            last = min(last if item.flow_style else max(last, keys[-1][1] + 1), len(lines))
            flow = bool(item.flow_style)
            if not flow and isinstance(root, SequenceNode):
                last = _before_next(items, item, last)
            return _Entry(item.start_mark.line, _trimmed(lines, keys[-1][1], last), item.start_mark.column, flow, keys)
    return None


def _before_next(items: Sequence[YamlNode], item: YamlNode, last: int) -> int:
    later = [int(each.start_mark.line) for each in items if each.start_mark.line > item.start_mark.line]
    return min([last, *later])


def _trimmed(lines: Sequence[str], first: int, last: int) -> int:
    while last > first + 1 and (not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#")):
        last -= 1
    return last


def _by_keys(text: str, key: str, code: str, new: Node) -> str | None:
    """Change only the lines of the keys that differ."""
    entry = _find(text, key, code)
    old = next((each for each in _items(text) if _code(each, key) == code), None)
    if entry is None or old is None or entry.flow or len({line for _, line in entry.keys}) < len(entry.keys):
        return None
    lines = text.splitlines(keepends=True)
    bare = text.splitlines()
    ends = [line for _, line in entry.keys[1:]] + [entry.last]
    out = list(lines[: entry.first])
    for (name, first), end in zip(entry.keys, ends, strict=True):
        close = _trimmed(bare, first, end)
        if name not in new.mapping:
            if first == entry.first:
                return None
        elif new.mapping[name] == old.mapping[name]:
            out += lines[first:close]
        else:
            lead = bare[first][: entry.column]
            out += _set_in(Node({name: new.mapping[name]}), lead, entry.column)
        out += lines[close:end]
    if out and not out[-1].endswith("\n"):
        out[-1] += "\n"
    added = {name: value for name, value in new.mapping.items() if name not in old.mapping}
    out += _set_in(Node(added), " " * entry.column, entry.column) if added else []
    return "".join([*out, *lines[entry.last :]])


def _whole(text: str, key: str, code: str, new: Node) -> str | None:
    """Change all lines of the definition."""
    entry = _find(text, key, code)
    if entry is None:
        return None
    lines = text.splitlines(keepends=True)
    lead = text.splitlines()[entry.first][: entry.column]
    return "".join([*lines[: entry.first], *_set_in(new, lead, entry.column), *lines[entry.last :]])


def _set_in(node: Node, lead: str, column: int) -> list[str]:
    first, *rest = canonical(node).splitlines(keepends=True)
    return [lead + first, *(" " * column + line for line in rest)]


def _dashed(node: Node, column: int) -> str:
    return "".join(_set_in(node, " " * column + "- ", column + 2))


def _column(text: str) -> int:
    root = compose(text) if text.strip() else None
    block = isinstance(root, SequenceNode) and not root.flow_style
    return int(root.start_mark.column) if root is not None and block else 0


def _freed(text: str, key: str, code: str) -> str | None:
    """Return the text with every anchor (&) of a definition moved to the first alias (*) of it further down.

    Other definitions may name what stands in this one: they are to say the same after it changes.
    """
    entry = _find(text, key, code)
    if entry is None:
        return None
    tokens = list(YAML(typ="safe", pure=True).scan(text))
    cuts: list[tuple[int, int, str]] = []
    for number, token in enumerate(tokens):
        if isinstance(token, AnchorToken) and entry.first <= token.start_mark.line < entry.last:
            # Only a plain value can move: a block would need its lines set in anew.
            value = tokens[number + 1]
            written = text[token.start_mark.index : value.end_mark.index]
            alias = _first_alias(tokens[number:], str(token.value), entry.last)
            if alias is None or "\n" in written:
                continue
            cuts.append((token.start_mark.index, value.start_mark.index, ""))
            cuts.append((alias.start_mark.index, alias.end_mark.index, written))
    for first, last, put in sorted(cuts, reverse=True):
        text = text[:first] + put + text[last:]
    return text if cuts else None


def _first_alias(tokens: Sequence[object], name: str, after: int) -> AliasToken | None:
    for token in tokens[1:]:
        if isinstance(token, AnchorToken) and token.value == name:
            return None
        if isinstance(token, AliasToken) and token.value == name and token.start_mark.line >= after:
            return token
    return None
