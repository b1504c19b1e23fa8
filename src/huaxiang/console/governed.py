"""The project as it is governed now: definitions may be newer than the build that a page shows."""

from __future__ import annotations

from dataclasses import dataclass

from huaxiang.errors import DefinitionError
from huaxiang.project import Project, load_project
from huaxiang.read.current import CurrentBuild


@dataclass(frozen=True)
class Governed:
    """The project with what the registry says now; `faults` counts what is wrong in its files, which then wait."""

    project: Project
    faults: int = 0


def governed(current: CurrentBuild) -> Governed:
    """Return the project as its files and registry say now; as it was built when its files are wrong."""
    try:
        return Governed(load_project(current.project.root))
    except DefinitionError as error:
        return Governed(current.project, len(error.faults))
