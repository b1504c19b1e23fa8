"""Tag values of the live store, which are plain JSON, as the values that a build has, and as text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from huaxiang.codes import value_words
from huaxiang.model import Type
from huaxiang.read.current import CurrentBuild
from huaxiang.read.sensitive import show_tag
from huaxiang.read.showing import UNKNOWN
from huaxiang.words import Words


def typed(value: Any, type_: Type) -> Any:
    """Return a plain value as what a build holds: dates and times (UTC) are no texts there."""
    if type_ is Type.DATE and isinstance(value, str):
        return date.fromisoformat(value[:10])
    if type_ is Type.TIME and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


def shown_value(current: CurrentBuild, code: str, text: str | None) -> Words:
    """Return a value of a tag as a change keeps it (JSON, None = unknown), as text."""
    if text is None:
        return UNKNOWN
    value = msgspec.json.decode(text)
    tag = current.project.tags.tags.get(code)
    if tag is None:
        return value_words(str(value)) if value is not None else UNKNOWN
    type_ = current.type_of(code)
    return show_tag(typed(value, type_), tag, type_, current.project)
