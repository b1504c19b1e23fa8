"""Profiles under the paths of Segment's Profile API, for programs that know those."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from huaxiang.api.profiles.answers import Answering, answer
from huaxiang.api.profiles.desk import Desk
from huaxiang.api.profiles.documents import answers_with
from huaxiang.api.profiles.parameters import Personal, Purpose, Who
from huaxiang.api.profiles.places import cursor_at, place_of
from huaxiang.api.profiles.reader import Person, utc
from huaxiang.api.profiles.segment_shapes import (
    ExternalId,
    Metadata,
    Page,
    SegmentEvent,
    SegmentEvents,
    SegmentIds,
    SegmentLinks,
    SegmentMetadata,
    SegmentTraits,
)
from huaxiang.api.profiles.shapes import Event
from huaxiang.serving.current import ServedProfile

Space = Annotated[str, Path(max_length=100, description="The id of a space: any, as a server has one project.")]
Listed = Annotated[
    str | None, Query(max_length=10_000, description="Only these, separated by commas.", examples=["phone,orders_90d"])
]
Next = Annotated[str | None, Query(max_length=200, description="`cursor.next` of the page before.")]
Upto200 = Annotated[int, Query(ge=1, le=200, description="How many at once.")]
Verbose = Annotated[bool, Query(description="Each value with its source and time.")]
Class = Annotated[
    Literal["audience", "computed_trait"] | None, Query(alias="class", description="Only segments, or only tags.")
]
_READ_AT_ONCE = 200
_VOID = ""


def segment_routes(desk: Desk) -> APIRouter:
    """Return the routes of the alias."""
    routes = APIRouter(
        prefix="/v1/spaces/{space}/collections/users/profiles/{who}", tags=["Segment"], route_class=Answering,
        dependencies=[Depends(desk.counted)],
    )  # fmt: skip
    _add_person(routes, desk)
    _add_history(routes, desk)
    return routes


def _add_person(routes: APIRouter, desk: Desk) -> None:
    """Add who a customer is: traits and identifiers."""

    @routes.get("/traits", **_answers("SegmentTraits", "Traits", personal=True))
    async def segment_traits(
        request: Request, space: Space, who: Who, include: Listed = None, class_: Class = None,
        verbose: Verbose = False, limit: Upto200 = 10, next: Next = None, personal: Personal = False,
        purpose: Purpose = "",
    ) -> Response:  # fmt: skip
        """Return personal values, tags and segments as traits."""
        served, person = await desk.person(request, who, personal=personal, purpose=purpose)
        wanted = _listed(include)
        found = {
            name: value
            for name, value in _traits(desk, served, person, class_).items()
            if wanted is None or name in wanted
        }
        names, page = _page(request, sorted(found), limit, next)
        desk.uses.count(name for name in names if name in served.tags)
        shown = {name: found[name] for name in names}
        if verbose:
            told = {"source_id": f"build-{served.build}", "updated_at": utc(served.as_of)}
            shown = {name: {"value": value, **told} for name, value in shown.items()}
        return answer(request, SegmentTraits(shown, page))

    @routes.get("/external_ids", **_answers("SegmentIds", "External ids", personal=True))
    async def segment_external_ids(
        request: Request, space: Space, who: Who, include: Listed = None, limit: Upto200 = 25, next: Next = None,
        personal: Personal = False, purpose: Purpose = "",
    ) -> Response:  # fmt: skip
        """Return the identifiers of a customer, masked unless real ones are asked for and allowed."""
        _, person = await desk.person(request, who, personal=personal, purpose=purpose)
        wanted = _listed(include)
        ids = [each for each in _ids(desk, person) if wanted is None or each.type in wanted]
        places, page = _page(request, [f"{place:06d}" for place in range(len(ids))], limit, next)
        return answer(request, SegmentIds([ids[int(place)] for place in places], page))


def _add_history(routes: APIRouter, desk: Desk) -> None:
    """Add what happened with a customer, since when it is known, and its accounts."""

    @routes.get("/events", **_answers("SegmentEvents", "Events"))
    async def segment_events(
        request: Request, space: Space, who: Who, include: Listed = None, exclude: Listed = None,
        start: Annotated[datetime | None, Query(description="Only events from this moment on (ISO 8601).")] = None,
        end: Annotated[datetime | None, Query(description="Only events before this moment (ISO 8601).")] = None,
        sort: Annotated[Literal["desc"], Query(description="The newest first: there is no other order.")] = "desc",
        limit: Upto200 = 10, next: Next = None,
    ) -> Response:  # fmt: skip
        """Return what happened with a customer, as track calls."""
        served = desk.reader.served(who)
        found, following = _events(desk, served, next, limit, _Wanted(include, exclude, start, end))
        page = Page(request.url.path, following is not None, following or _VOID, limit)
        return answer(request, SegmentEvents(found, page))

    @routes.get("/metadata", **_answers("SegmentMetadata", "Metadata"))
    async def segment_metadata(request: Request, space: Space, who: Who, verbose: Verbose = False) -> Response:
        """Return when a customer was first seen, and the moment the profile is of."""
        served = desk.reader.served(who)
        first = desk.reader.build(served.since)
        return answer(request, SegmentMetadata(Metadata(utc(first.as_of) if first else None, utc(served.as_of))))

    @routes.get("/links", **_answers("SegmentLinks", "Links"))
    async def segment_links(request: Request, space: Space, who: Who, limit: Upto200 = 20) -> Response:
        """Return linked accounts: an empty list, as customers are persons."""
        desk.reader.served(who)
        return answer(request, SegmentLinks([], Page(request.url.path, False, _VOID, limit)))


def _listed(names: str | None) -> set[str] | None:
    return None if names is None else {name.strip() for name in names.split(",")}


def _answers(shape: str, summary: str, *, personal: bool = False) -> dict[str, Any]:
    return answers_with(shape, summary=summary, personal=personal, error="SegmentError")


def _traits(desk: Desk, served: ServedProfile, person: Person, class_: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if class_ is None:
        found |= {kind: known[0] if len(known) == 1 else known for kind, known in person.values.items() if known}
    if class_ in (None, "computed_trait"):
        found |= desk.reader.values(served, real=person.real)
    if class_ in (None, "audience"):
        mine = set(served.segments)
        found |= {code: code in mine for code in {*desk.serving.project.segments.segments, *mine}}
    return found


def _ids(desk: Desk, person: Person) -> list[ExternalId]:
    kinds = desk.serving.project.identity.by_kind
    return [ExternalId(value, kind) for kind in kinds for value in person.values.get(kind, ())]


def _page(request: Request, names: list[str], limit: int, after: str | None) -> tuple[list[str], Page]:
    """Return a page of sorted names; a cursor is the first name of the next page."""
    rest = [name for name in names if after is None or name >= after]
    more = len(rest) > limit
    return rest[:limit], Page(request.url.path, more, rest[limit] if more else _VOID, limit)


class _Wanted:
    """Which events are asked for."""

    def __init__(self, include: str | None, exclude: str | None, start: datetime | None, end: datetime | None) -> None:
        self.only, self.never = _listed(include), _listed(exclude) or set[str]()
        self.start, self.end = _text(start), _text(end)

    def has(self, event: SegmentEvent) -> bool:
        """Whether an event is one of them."""
        named = (self.only is None or event.event in self.only) and event.event not in self.never
        at = event.timestamp.removesuffix("Z")
        return named and (self.start is None or at >= self.start) and (self.end is None or at < self.end)

    def past(self, event: Event) -> bool:
        """Whether nothing that is asked for comes after an event of the list."""
        return self.start is not None and event.occurred_at.removesuffix("Z") < self.start


def _events(
    desk: Desk, served: ServedProfile, cursor: str | None, limit: int, wanted: _Wanted
) -> tuple[list[SegmentEvent], str | None]:
    found: list[SegmentEvent] = []
    while True:
        page = desk.reader.events(served, limit if not found else _READ_AT_ONCE, place_of(cursor))
        for place, each in enumerate(page.events):
            shown = _event(each, page.id)
            if wanted.has(shown):
                found.append(shown)
            last = place == len(page.events) - 1
            if len(found) == limit and not (last and page.next is None):
                return found, cursor_at(each.occurred_at.removesuffix("Z"), each.id)
        if page.next is None or (page.events and wanted.past(page.events[-1])):
            return found, None
        cursor = page.next


def _event(event: Event, who: str) -> SegmentEvent:
    fields = dict(event.fields)
    name = fields.pop("event", None) or event.fact
    context = {"channel": event.channel} if event.channel else {}
    return SegmentEvent(
        "track", str(name), f"{event.fact}-{event.id}", event.source, event.occurred_at, fields, context, [],
        {"users": who},
    )  # fmt: skip


def _text(at: datetime | None) -> str | None:
    if at is None:
        return None
    return (at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at).isoformat()
