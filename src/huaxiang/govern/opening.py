"""The registry of a project, opened for its tags."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from huaxiang.project import REGISTRY, Project
from huaxiang.registry import Registry
from huaxiang.registry.tags import TagRegistry


@contextmanager
def tag_registry(project: Project) -> Iterator[TagRegistry]:
    """Lend the tag tables of a project's registry; the file is made when it is not there."""
    registry = Registry(project.store / REGISTRY)
    try:
        yield TagRegistry(registry)
    finally:
        registry.close()


def has_registry(project: Project) -> bool:
    """Return whether there is a registry to ask; asking must not make one."""
    return (project.store / REGISTRY).is_file()
