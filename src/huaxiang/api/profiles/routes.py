"""The addresses of profiles: one customer, a part of one, or up to a thousand."""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from huaxiang.api.profiles.answers import Answering, answer, language_for
from huaxiang.api.profiles.desk import Desk
from huaxiang.api.profiles.documents import BATCH_BODY, answers_with
from huaxiang.api.profiles.parameters import DEFAULT_SECTIONS, Cursor, Include, Limit, Personal, Purpose, TagCodes, Who
from huaxiang.api.profiles.places import place_of
from huaxiang.api.profiles.reader import Person, head
from huaxiang.api.profiles.refusals import Refused, not_json, refusal, too_large
from huaxiang.api.profiles.shapes import BatchAnswer, BatchRequest, BatchResult, Error, TraitsAnswer
from huaxiang.errors import HuaxiangError
from huaxiang.words import Language, Words

SLICE = 10
"""Profiles of a batch read before others are let in: they wait a few milliseconds at most."""
_BODY = 2_000_000
_batch = msgspec.json.Decoder(BatchRequest).decode


def profile_routes(desk: Desk) -> APIRouter:
    """Return the routes of profiles."""
    routes = APIRouter(prefix="/v1/profiles", tags=["Profiles"], route_class=Answering)
    _add_person(routes, desk)
    _add_parts(routes, desk)
    _add_batch(routes, desk)
    return routes


def _add_person(routes: APIRouter, desk: Desk) -> None:
    one = [Depends(desk.counted)]

    @routes.get("/{who}", dependencies=one, **answers_with("Profile", personal=True, summary="Read a profile"))
    async def profile(
        request: Request, who: Who, include: Include = DEFAULT_SECTIONS, personal: Personal = False,
        purpose: Purpose = "",
    ) -> Response:  # fmt: skip
        """Return one customer: who (masked), tags with the moment they are of, segments, recent events."""
        return await one_profile(desk, request, who, include, personal=personal, purpose=purpose)

    @routes.get("/{who}/traits", dependencies=one, **answers_with("TraitsAnswer", personal=True, summary="Read traits"))
    async def traits(request: Request, who: Who, personal: Personal = False, purpose: Purpose = "") -> Response:
        """Return one customer's personal values, masked unless real ones are asked for and allowed."""
        served, person = await desk.person(request, who, personal=personal, purpose=purpose)
        about = head(served)
        locked = person.locked.say(language_for(request)) if person.locked else None
        return answer(
            request, TraitsAnswer(about["id"], about["asked"], not person.real, locked, dict(person.values))
        )  # fmt: skip


def _add_parts(routes: APIRouter, desk: Desk) -> None:
    one = [Depends(desk.counted)]

    @routes.get("/{who}/tags", dependencies=one, **answers_with("TagsAnswer", summary="Read tags"))
    async def tags(request: Request, who: Who, tags: TagCodes = None) -> Response:
        """Return one customer's tags, with their names, types and whether they are stale."""
        served = desk.reader.served(who)
        found = desk.reader.tags(served, None if tags is None else {code.strip() for code in tags.split(",")})
        desk.uses.count(found.tags)
        return answer(request, found)

    @routes.get("/{who}/segments", dependencies=one, **answers_with("SegmentsAnswer", summary="Read segments"))
    async def segments(request: Request, who: Who) -> Response:
        """Return the segments one customer is in."""
        return answer(request, desk.reader.segments(desk.reader.served(who)))

    @routes.get("/{who}/events", dependencies=one, **answers_with("EventsAnswer", summary="Read events"))
    async def events(request: Request, who: Who, limit: Limit = 50, cursor: Cursor = None) -> Response:
        """Return a page of what happened with one customer, the newest first."""
        before = place_of(cursor)
        return answer(request, desk.reader.events(desk.reader.served(who), limit, before))


def _add_batch(routes: APIRouter, desk: Desk) -> None:
    @routes.post(
        "/batch", dependencies=[Depends(desk.known)], openapi_extra=BATCH_BODY,
        **answers_with("BatchAnswer", body=True, personal=True, cached=False, summary="Read up to 1,000 profiles"),
    )  # fmt: skip
    async def batch(request: Request) -> Response:
        """Return many customers in the order asked for; each one that cannot be had says why in its place."""
        asked = await _asked(request)
        desk.check(request, personal=asked.personal)
        desk.guard.spend(request.state.token, len(asked.profiles))
        results: list[BatchResult] = []
        shown: dict[int, Person] = {}
        for start in range(0, len(asked.profiles), SLICE):
            results += _slice(desk, asked, start, shown, language_for(request))
            await asyncio.sleep(0)
        if asked.personal:
            await desk.audit(request, shown, asked.purpose)
        return answer(request, BatchAnswer(results))


async def one_profile(
    desk: Desk, request: Request, who: str, include: str = DEFAULT_SECTIONS, *, personal: bool = False,
    purpose: str = "",
) -> Response:  # fmt: skip
    """Answer with one customer; the request has been let through, its parameters have been checked."""
    sections, person = set(include.split(",")), None
    if "traits" in sections:
        served, person = await desk.person(request, who, personal=personal, purpose=purpose)
    else:
        served = desk.reader.served(who)
    found = desk.reader.profile(served, sections, person, language_for(request))
    if found.tags:
        desk.uses.count(found.tags)
    return answer(request, found)


def _slice(
    desk: Desk, asked: BatchRequest, start: int, shown: dict[int, Person], language: Language
) -> list[BatchResult]:
    results = []
    for each in desk.reader.served_many(asked.profiles[start : start + SLICE]):
        if isinstance(each, HuaxiangError):
            results.append(BatchResult(None, _error(each, language)))
            continue
        person = None
        if "traits" in asked.include:
            person = shown[each.subject] = desk.reader.person(each, real=asked.personal)
        if "tags" in asked.include:
            desk.uses.count(each.tags)
        results.append(BatchResult(desk.reader.profile(each, asked.include, person, language), None))
    return results


def _error(error: HuaxiangError, language: Language) -> Error:
    why = refusal(error)
    return Error(why.code, why.say(language))


async def _asked(request: Request) -> BatchRequest:
    if request.headers.get("content-type", "application/json").partition(";")[0].strip().lower() != "application/json":
        raise not_json()
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _BODY:
            raise too_large()
    try:
        return _batch(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        # What is wrong and where; a text that should match a pattern is not repeated.
        what = str(error)
        raise Refused("invalid", Words(f"the body: {what}", f"请求内容无效：{what}")) from None
