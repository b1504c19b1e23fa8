"""Governed life of tags: versions, states, review, files and registry in step, search, templates.

Enters: a project and what people do. Leaves: versions and events in the registry, definitions in files; a build reads
the outcome through project.load_project. Everything takes a loaded Project; after a change load it again.
"""

from huaxiang.govern.check import Impact, check_text, code_in, impact
from huaxiang.govern.comments import comment, comments
from huaxiang.govern.diff import FieldDiff, diff
from huaxiang.govern.favourites import favoured, favourite, favourites
from huaxiang.govern.search import Hit, TagIndex, Wanted, search
from huaxiang.govern.states import STATE_WORDS, Action, possible, writers
from huaxiang.govern.sync import DIFFERENCE_WORDS, Difference, Pair, Side, Synced, apply, check_files, compare, export
from huaxiang.govern.templates import Copied, Template, copy_tags, template, templates
from huaxiang.govern.versions import (
    History,
    Standing,
    act,
    history,
    inbox,
    rollback,
    save_draft,
    standings,
    text_of,
    version_of,
)

__all__ = [
    "DIFFERENCE_WORDS",
    "STATE_WORDS",
    "Action",
    "Copied",
    "Difference",
    "FieldDiff",
    "History",
    "Hit",
    "Impact",
    "Pair",
    "Side",
    "Standing",
    "Synced",
    "TagIndex",
    "Template",
    "Wanted",
    "act",
    "apply",
    "check_files",
    "check_text",
    "code_in",
    "comment",
    "comments",
    "compare",
    "copy_tags",
    "diff",
    "export",
    "favoured",
    "favourite",
    "favourites",
    "history",
    "impact",
    "inbox",
    "possible",
    "rollback",
    "save_draft",
    "search",
    "standings",
    "template",
    "templates",
    "text_of",
    "version_of",
    "writers",
]
