"""`- include: NAME` entries replaced by the library's own definitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files

from huaxiang.definitions.fields import Fields
from huaxiang.definitions.nodes import Faults, Node, parse_yaml


@dataclass(frozen=True)
class Entry:
    """One definition: its node, and whether it is the project's own (and not the library's)."""

    node: Node
    own: bool

    def code(self, key: str) -> str:
        """Return its code, "" when it has none."""
        node = self.node.mapping.get(key)
        return "" if node is None else str(node.value)


def names(kind: str) -> list[str]:
    """Return the names one can include for a kind ("tags", "segments", "facts")."""
    folder = files("huaxiang.library").joinpath(kind)
    return sorted(each.name.removesuffix(".yaml") for each in folder.iterdir() if each.name.endswith(".yaml"))


def load(kind: str, name: str, faults: Faults) -> list[Node]:
    """Return the definitions of one library file."""
    text = files("huaxiang.library").joinpath(kind, f"{name}.yaml").read_text(encoding="utf-8")
    root = parse_yaml(text, f"library/{kind}/{name}.yaml", faults)
    return list(root.items) if root else []


def entries(kind: str, nodes: Iterable[Node], key: str, faults: Faults) -> list[Entry]:
    """Return every definition, includes resolved; the project's own of the same code (under `key`) takes the place."""
    given = [item for node in nodes for item in node.items]
    own = {str(code.value): node for node in given if (code := node.mapping.get(key)) is not None}
    found, overriding = [], set()
    for node in given:
        if "include" not in node.mapping:
            found.append(Entry(node, own=True))
            continue
        for each in _included(kind, node, key, faults):
            mine = own.get(each.code(key))
            if mine is not None:
                overriding.add(id(mine))
            found.append(Entry(mine, own=True) if mine is not None else each)
    return list(_once(found, overriding))


def included(kind: str, nodes: Iterable[Node], key: str, faults: Faults) -> Iterator[Node]:
    """Yield every definition, includes resolved, where those of the same code add to each other (fact tables)."""
    for node in (item for each in nodes for item in each.items):
        if "include" in node.mapping:
            yield from (entry.node for entry in _included(kind, node, key, faults))
        else:
            yield node


def _once(found: list[Entry], overriding: set[int]) -> Iterator[Entry]:
    seen: set[int] = set()
    for entry in found:
        if id(entry.node) not in seen:
            yield entry
        if id(entry.node) in overriding or not entry.own:
            seen.add(id(entry.node))


def _included(kind: str, node: Node, key: str, faults: Faults) -> list[Entry]:
    fields = Fields(node, "include", faults)
    name, only, without = fields.text("include", required=True), fields.texts("only"), fields.texts("except")
    fields.finish()
    if name is None:
        return []
    if name.text not in names(kind):
        faults.add(
            name.place,
            f"the library has no {kind} {name.text!r}",
            f"内置库中没有“{name.text}”",
            word=name.text,
            known=names(kind),
        )
        return []
    found = [Entry(each, own=False) for each in load(kind, name.text, faults)]
    codes = {entry.code(key) for entry in found}
    for text in (*only, *without):
        if text.text not in codes:
            faults.add(
                text.place,
                f"library {name.text!r} has no {text.text!r}",
                f"内置库“{name.text}”中没有“{text.text}”",
                word=text.text,
                known=codes,
            )
    wanted = {text.text for text in only} or codes
    unwanted = {text.text for text in without}
    return [entry for entry in found if entry.code(key) in wanted - unwanted]
