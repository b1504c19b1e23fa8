"""Answers of the alias paths, as Segment's Profile API documents them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from huaxiang.api.profiles.shapes import Error

COLLECTION = "users"


class Page(Struct, frozen=True):
    """Where a list goes on."""

    url: Annotated[str, Meta(description="The address of this list.")]
    has_more: Annotated[bool, Meta(description="Whether there is more.")]
    next: Annotated[str, Meta(description='What to send as `next` for more; "" at the end.')]
    limit: Annotated[int, Meta(description="How many were asked for.")]


class SegmentTraits(Struct, frozen=True):
    """Traits: personal values (masked unless allowed), tags, and true or false for each segment."""

    traits: Annotated[
        dict[str, Any],
        Meta(description="With `verbose=true` each is {value, source_id, updated_at}.",
             examples=[{"phone": "138****8000", "orders_90d": 3, "winback": False}]),
    ]  # fmt: skip
    cursor: Page


class ExternalId(Struct, frozen=True):
    """One identifier, masked unless allowed."""

    id: str
    type: Annotated[str, Meta(description="Its kind.")]
    collection: str = COLLECTION
    encoding: str = "none"


class SegmentIds(Struct, frozen=True):
    """The identifiers of a customer."""

    data: list[ExternalId]
    cursor: Page


class SegmentEvent(Struct, frozen=True):
    """One fact, as a track call would have been."""

    type: str
    event: Annotated[str, Meta(description="The event's name, or its fact table.")]
    message_id: str
    source_id: Annotated[str, Meta(description="The source it came from.")]
    timestamp: str
    properties: dict[str, Any]
    context: dict[str, Any]
    external_ids: list[ExternalId]
    related: dict[str, str]


class SegmentEvents(Struct, frozen=True):
    """A page of events, the newest first."""

    data: list[SegmentEvent]
    cursor: Page


class Metadata(Struct, frozen=True):
    """When the customer was first seen, and the moment the profile is of."""

    created_at: Annotated[
        str | None, Meta(description="The moment of the build that saw the customer first; null when none has yet.")
    ]
    updated_at: Annotated[str, Meta(description="The moment the profile is of.")]
    expires_at: str | None = None


class SegmentMetadata(Struct, frozen=True):
    """What is known about a profile."""

    metadata: Metadata


class SegmentLinks(Struct, frozen=True):
    """Linked accounts: none yet, as customers are persons."""

    data: list[dict[str, Any]]
    cursor: Page


class SegmentError(Struct, frozen=True):
    """What went wrong."""

    error: Error


DOCUMENTED = (SegmentTraits, SegmentIds, SegmentEvents, SegmentMetadata, SegmentLinks, SegmentError)
"""What the documentation names."""
