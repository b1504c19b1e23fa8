"""Which definitions of tags count: those of the files, those of the registry laid over them.

The registry's online version counts when it is newer than what files and registry agreed on last; a tag that was
taken offline or archived does not count at all. Where approval is required, files count only as far as approved,
from the first apply on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from huaxiang.definitions.nodes import Faults, Node, parse_yaml
from huaxiang.registry.store import Registry
from huaxiang.registry.tags import BEGUN, LIBRARY, State, TagRegistry, Version, lived

KEY = "tag"


@dataclass(frozen=True)
class Governance:
    """How definitions go online: with approval or without, and whether author and approver must differ."""

    approval: bool = False
    four_eyes: bool = True


OPEN = Governance()
"""What holds when nothing is said: a definition is online as soon as it is written."""


@dataclass(frozen=True)
class Overlay:
    """What the registry says of tags: definitions that replace or add to the files', and codes that are hidden."""

    nodes: Mapping[str, Node]
    hidden: frozenset[str]
    strict: bool = False
    """Whether files count only as far as the registry knows them."""

    def apply(self, nodes: Iterable[Node]) -> list[Node]:
        """Return the definitions that count, those of files in their places, the registry's own after them."""
        found, used = [], set[str]()
        for node in (item for each in nodes for item in each.items):
            code = code_of(node)
            if code in self.hidden:
                continue
            if code in self.nodes:
                used.add(code)
                found.append(self.nodes[code])
            elif not (code and self.strict):
                found.append(node)
        return [*found, *(node for code, node in self.nodes.items() if code not in used)]


NOTHING = Overlay({}, frozenset())


def code_of(node: Node) -> str:
    """Return the code of a definition, "" when it has none."""
    found = node.mapping.get(KEY)
    return "" if found is None else str(found.value)


def read_overlay(path: Path, governance: Governance) -> Overlay:
    """Return what the registry file says of tags; nothing, and no file is made, when there is none."""
    versions, agreed = read_versions(path)
    return overlay(versions, agreed, governance) if versions else NOTHING


def read_versions(path: Path) -> tuple[list[Version], dict[str, str]]:
    """Return all that a registry file holds of definitions: versions, and on which it agreed with the files last."""
    if not path.is_file():
        return [], {}
    registry = Registry(path)
    try:
        tags = TagRegistry(registry)
        return tags.versions(), tags.agreed()
    finally:
        registry.close()


def overlay(versions: Sequence[Version], agreed: Mapping[str, str], governance: Governance) -> Overlay:
    """Return what these versions say, given the definitions on which files and registry agreed last."""
    strict = governance.approval and BEGUN in agreed
    nodes, hidden = {}, set()
    for code, version in lived(versions).items():
        if version.state is not State.ONLINE:
            hidden.add(code)
        elif version.origin == LIBRARY:
            # It only was taken down and put back: the library goes on to say what it is.
            continue
        elif strict or agreed.get(code) != version.hash:
            nodes[code] = node_of(version)
    return Overlay(nodes, frozenset(hidden), strict)


def node_of(version: Version) -> Node:
    """Return a version's definition; its place names the registry, the tag and the version."""
    found = parse_yaml(version.text, f"registry:{version.code}@{version.version}", Faults())
    return found if found is not None else Node({})
