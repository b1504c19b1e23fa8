"""What a server answers, as Python has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Event:
    """One fact of a customer: its fact table, when it happened (UTC), where it came from, its columns."""

    fact: str
    id: str
    occurred_at: datetime
    source: str
    channel: str | None
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Profile:
    """One customer. `as_of` (UTC) is the moment the tags are of; `live` the micro-batch that brought them there.

    `asked` is the id asked for, when that customer has since become part of this one. `traits` are masked unless real
    values were asked for; `locked` says why there are none. `withheld` are sensitive tags that have a value and are not
    shown. Sections that were not asked for are empty.
    """

    id: str
    asked: str | None
    build: int
    as_of: datetime
    live: int | None
    since_build: int
    masked: bool
    locked: str | None
    traits: Mapping[str, tuple[str, ...]]
    tags: Mapping[str, Any]
    segments: tuple[str, ...]
    events: tuple[Event, ...]
    withheld: tuple[str, ...] = ()


def profile_of(answer: Mapping[str, Any]) -> Profile:
    """Return the profile of a server's answer."""
    return Profile(
        id=answer["id"],
        asked=answer["asked"],
        build=answer["build"],
        as_of=datetime.fromisoformat(answer["as_of"]),
        live=answer["live"],
        since_build=answer["since_build"],
        masked=answer.get("masked", True),
        locked=answer.get("locked"),
        traits={kind: tuple(values) for kind, values in answer.get("traits", {}).items()},
        tags=answer.get("tags", {}),
        segments=tuple(answer.get("segments", ())),
        events=tuple(event_of(each) for each in answer.get("events", ())),
        withheld=tuple(answer.get("withheld", ())),
    )


def event_of(answer: Mapping[str, Any]) -> Event:
    """Return the event of a server's answer."""
    return Event(
        answer["fact"], answer["id"], datetime.fromisoformat(answer["occurred_at"]), answer["source"],
        answer["channel"], answer["fields"],
    )  # fmt: skip
