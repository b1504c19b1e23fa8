"""What requests and answers look like: encoded by msgspec, and documented from the same definitions."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field

MOST = 1_000
"""Profiles one batch may ask for."""
LONGEST = 512
"""Characters of an id or identifier."""
SECTIONS = ("traits", "tags", "segments", "events")

Id = Annotated[str, Meta(description="The customer's public id.", examples=["C0HV2XK8M3Q7RZA"])]
Asked = Annotated[
    str | None, Meta(description="The id asked for, when that customer has since become part of this one; else null.")
]
BuildNumber = Annotated[int, Meta(description="The number of the build underneath.")]
ComparedAsOf = Annotated[
    str,
    Meta(
        description="The moment of the thresholds of all customers (quantiles, means, repurchase gaps) that values are "
        "compared with (UTC, ISO 8601): the build's.",
        examples=["2026-11-20T16:00:00Z"],
    ),
]
AsOf = Annotated[
    str,
    Meta(
        description="The moment the tags are of (UTC, ISO 8601): the live batch's, else the build's.",
        examples=["2026-11-21T04:15:00.250000Z"],
    ),
]
Live = Annotated[
    int | None,
    Meta(description="The micro-batch that brought the profile up to date; null when no event came since the build."),
]
Masked = Annotated[bool, Meta(description="Whether the values are masked.")]
Locked = Annotated[str | None, Meta(description="Why no trait can be shown, when the server has not the master key.")]
Traits = Annotated[
    dict[str, list[str]],
    Meta(
        description="Kind of personal value → values, masked unless `personal` was asked for and allowed. "
        "An empty list: there are values, of a kind that cannot be masked.",
        examples=[{"name": ["李**"], "phone": ["1******0"]}],
    ),
]
Tags = Annotated[
    dict[str, Any],
    Meta(
        description="Tag → value; tags without a value are left out. Times are UTC, dates the project's.",
        examples=[{"value_tier": "高价值", "orders_90d": 3}],
    ),
]
Withheld = Annotated[
    list[str],
    Meta(
        description="Sensitive tags that have a value and are not among `tags`: they are shown with real personal "
        "values only, when `personal` was asked for and allowed.",
        examples=[["birth_date"]],
    ),
]
Next = Annotated[str | None, Meta(description="The cursor of the next page; null on the last one.")]


class Name(Struct, frozen=True):
    """What people call it, in both languages."""

    en: str
    zh: str


class Event(Struct, frozen=True):
    """One fact of a customer; nothing in it is personal."""

    fact: Annotated[str, Meta(description="Its fact table.", examples=["orders"])]
    id: Annotated[str, Meta(description="Its number, as text: it has more digits than JavaScript keeps.")]
    occurred_at: Annotated[str, Meta(description="When it happened (UTC, ISO 8601).")]
    source: Annotated[str, Meta(description="The source it came from.")]
    channel: Annotated[str | None, Meta(description="The channel.")]
    fields: Annotated[dict[str, Any], Meta(description="The columns of its table that are known.")]


class Profile(Struct, frozen=True):
    """One customer. Sections that were not asked for are left out."""

    id: Id
    asked: Asked
    build: BuildNumber
    as_of: AsOf
    compared_as_of: ComparedAsOf
    live: Live
    since_build: Annotated[int, Meta(description="The build in which the customer was first seen.")]
    masked: Masked | UnsetType = UNSET
    locked: Locked | UnsetType = UNSET
    traits: Traits | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    withheld: Withheld | UnsetType = UNSET
    segments: Annotated[list[str], Meta(description="Codes of the segments the customer is in.")] | UnsetType = UNSET
    events: Annotated[list[Event], Meta(description="The ten latest.")] | UnsetType = UNSET


class TraitsAnswer(Struct, frozen=True):
    """The personal values of one customer."""

    id: Id
    asked: Asked
    masked: Masked
    locked: Locked
    traits: Traits


class Tag(Struct, frozen=True):
    """One tag's value, and what it is."""

    value: Annotated[Any, Meta(description="The value.")]
    name: Name
    category: Annotated[str, Meta(description="Its category, a path.", examples=["行为/购买"])]
    type: Annotated[str, Meta(description="What the value is.", examples=["integer"])]
    unit: Annotated[Name | None, Meta(description="What a number counts.")]
    sensitive: Annotated[bool, Meta(description="Whether the value is to be shown with care.")]
    stale: Annotated[bool, Meta(description="Whether it could not be computed and the last good value is kept.")]


class TagsAnswer(Struct, frozen=True):
    """The tags of one customer."""

    id: Id
    asked: Asked
    build: BuildNumber
    as_of: AsOf
    compared_as_of: ComparedAsOf
    live: Live
    tags: Annotated[dict[str, Tag], Meta(description="By code.")]
    withheld: Withheld


class Segment(Struct, frozen=True):
    """One segment."""

    code: str
    name: Name


class SegmentsAnswer(Struct, frozen=True):
    """The segments one customer is in."""

    id: Id
    asked: Asked
    build: BuildNumber
    as_of: AsOf
    compared_as_of: ComparedAsOf
    live: Live
    segments: list[Segment]


class EventsAnswer(Struct, frozen=True):
    """A page of one customer's facts, the newest first."""

    id: Id
    asked: Asked
    events: list[Event]
    next: Next


class Error(Struct, frozen=True):
    """What went wrong."""

    code: Annotated[str, Meta(description="For programs.", examples=["not_found"])]
    message: Annotated[str, Meta(description="For people, in the language of Accept-Language (en, zh).")]


class BatchRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Which profiles to read. Identifiers stay out of addresses, and so out of logs on the way."""

    profiles: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=LONGEST)]],
        Meta(
            min_length=1, max_length=MOST, description="Public ids, or identifiers as kind:value.",
            examples=[["C0HV2XK8M3Q7RZA", "phone:13800138000"]],
        ),
    ]  # fmt: skip
    include: Annotated[
        list[Annotated[str, Meta(pattern=f"^({'|'.join(SECTIONS)})$")]],
        Meta(max_length=len(SECTIONS), description="The sections wanted; all but events by default."),
    ] = field(default_factory=lambda: list(SECTIONS[:3]))
    personal: Annotated[bool, Meta(description="Real values instead of masked ones; the token must allow it.")] = False
    purpose: Annotated[str, Meta(max_length=200, description="Why, for the audit of personal values.")] = ""


class BatchResult(Struct, frozen=True):
    """What became of one of the profiles asked for: one of the two is there."""

    profile: Profile | None
    error: Error | None


class BatchAnswer(Struct, frozen=True):
    """The profiles, in the order asked for."""

    results: list[BatchResult]


DOCUMENTED = (
    Profile, TraitsAnswer, TagsAnswer, SegmentsAnswer, EventsAnswer, Error, BatchRequest, BatchAnswer,
)  # fmt: skip
"""What the documentation names."""
