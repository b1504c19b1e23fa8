"""One tag as its page has it: what it is now, whether the build has it, who keeps it, how it stands."""

from __future__ import annotations

from dataclasses import dataclass

from huaxiang.console.governed import governed
from huaxiang.console.tag_tree import Leaf, Limb, grow
from huaxiang.console.visit import Visit
from huaxiang.console.who import who
from huaxiang.definitions.nodes import Faults
from huaxiang.govern import History, Standing, TagIndex, favourites, history, standings
from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild
from huaxiang.registry.health import health_rows
from huaxiang.registry.tags import Version
from huaxiang.tag.definition import Tag, parse_tags
from huaxiang.tag.overlay import node_of


@dataclass(frozen=True)
class Here:
    """What every part of a tag's page knows. `tag` is its definition now; None when no sound one is left to show."""

    code: str
    project: Project
    faults: int
    tag: Tag | None
    built: bool
    measured: bool
    stands: Standing
    history: History
    starred: bool
    limbs: tuple[Limb, ...]


def tag_here(visit: Visit, current: CurrentBuild, code: str) -> Here:
    """Return a tag that the project or its registry knows. Raises NotFound for any other code."""
    now = governed(current)
    project = now.project
    past = history(project, code)
    stands = standings(project)
    leaves = [Leaf(hit.code, hit.name, hit.category) for hit in TagIndex(project, stands).search()]
    mine = stands[code]
    return Here(
        code, project, now.faults,
        project.tags.tags.get(code) or current.project.tags.tags.get(code) or _written(mine.waiting or mine.live),
        code in current.tags,
        any(row.tag == code for row in health_rows(current.registry, build=current.build.id, tag=code)),
        mine, past, code in favourites(project, who(visit)), tuple(grow(leaves)),
    )  # fmt: skip


def _written(version: Version | None) -> Tag | None:
    found = parse_tags([node_of(version)], Faults()) if version else []
    return found[0] if found else None
