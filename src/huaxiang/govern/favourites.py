"""The tags a user keeps at hand."""

from __future__ import annotations

from collections import Counter

from huaxiang.govern.opening import has_registry, tag_registry
from huaxiang.govern.versions import history
from huaxiang.project import Project


def favourite(project: Project, code: str, *, user: str, wanted: bool = True) -> list[str]:
    """Keep a tag among a user's favourites, or take it out; return them. Raises NotFound for a tag nobody knows."""
    history(project, code)
    with tag_registry(project) as tags:
        tags.favour(user, code, wanted)
    return favourites(project, user)


def favourites(project: Project, user: str) -> list[str]:
    """Return the codes of a user's favourites, the first kept first."""
    return [code for name, code in _all(project) if name == user]


def favoured(project: Project) -> dict[str, int]:
    """Return code → how many users keep it."""
    return dict(Counter(code for _, code in _all(project)))


def _all(project: Project) -> list[tuple[str, str]]:
    if not has_registry(project):
        return []
    with tag_registry(project) as tags:
        return tags.favourites()
