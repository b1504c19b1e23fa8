"""What people say of a tag."""

from __future__ import annotations

from huaxiang.errors import NotAllowed
from huaxiang.govern.opening import tag_registry
from huaxiang.govern.versions import history
from huaxiang.privacy.remarks import check_remark
from huaxiang.project import Project
from huaxiang.registry.tags import Comment
from huaxiang.words import Words


def comment(project: Project, code: str, text: str, *, by: str, version: int = 0) -> tuple[Comment, ...]:
    """Add a comment on a tag, or on one version of it; return all comments on the tag, oldest first.

    Raises NotFound for a tag nobody knows, NotAllowed for a comment that says nothing, ProjectError for a personal one.
    """
    history(project, code)
    if not text.strip():
        raise NotAllowed(Words("a comment must say something", "评论不能为空"))
    check_remark(text, by)
    with tag_registry(project) as tags:
        tags.say(code, version, by, text.strip())
        return tuple(tags.comments(code))


def comments(project: Project, code: str) -> tuple[Comment, ...]:
    """Return the comments on a tag, oldest first. Raises NotFound for a tag nobody knows."""
    return history(project, code).comments
