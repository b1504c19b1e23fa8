"""The quick look at a body agrees with what reading it will find, whatever is in it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from huaxiang.api.refusals import Refusal
from huaxiang.api.shapes import first_look, second_look
from huaxiang.inbox.contract import Contract
from huaxiang.inbox.log import Stored
from huaxiang.inbox.pieces import EVENT_BYTES, NotEvents, pieces
from huaxiang.inbox.reading import events_of
from tests.api.door_server import WEB

RECEIVED = 1_782_800_000_000_000
DOOR = replace(WEB, contracts={name: Contract(name, {"total": "number"}, {}) for name in ("Paid", "identify")})
LONG = "as long as no event may be"
"""Stands for so many characters: examples are printed."""
PAGE = {"type": "page", "userId": "u", "timestamp": "2026-06-30T08:00:00Z"}
FORMS = ("identify", "track", "page", "screen", "group", "alias", "batch")

odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from([" ", "", "u1", "　", "null", {}, [], {"a": 1}]),
)
times = st.one_of(
    odd,
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.sampled_from(["2026-06-30T08:00:00z", "2026-06-30t08:00:00Z", "2026-06-30T08:00:00.123456789+08:00",
                     "2026-06-30", "1999-12-31T23:59:59Z", "2060-01-01T00:00:00Z", "1899-01-01T00:00:00Z",
                     "2000-01-01T00:00:00+08:00", "1970-01-01", -1, 0,
                     "2026-06-30T24:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59",
                     "20260630T080000Z"]),
)  # fmt: skip
events = st.one_of(
    odd,
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.one_of(odd, st.sampled_from([*FORMS, "Track"])),
            "userId": odd,
            "anonymousId": odd,
            "event": st.one_of(odd, st.sampled_from(["Paid", "Viewed"])),
            "timestamp": times,
            "originalTimestamp": times,
            "sentAt": times,
            "messageId": odd,
            "writeKey": odd,
            "properties": st.one_of(odd, st.just({"total": 1}), st.just({"pad": LONG})),
            "traits": odd,
        },
    ),
)
sound = st.fixed_dictionaries(
    {"type": st.sampled_from(FORMS[:-1]), "userId": st.just("u"), "event": st.just("Viewed")},
    optional={"timestamp": times, "sentAt": times},
)


def bodies_of(form: str) -> st.SearchStrategy[Any]:
    if form != "batch":
        return events
    batch = st.lists(st.one_of(sound, events), max_size=4)
    return st.fixed_dictionaries({"batch": batch}, optional={"sentAt": times, "writeKey": odd, "context": odd})


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(FORMS).flatmap(lambda form: st.tuples(st.just(form), bodies_of(form))))
@example(("track", {"userId": "u", "event": "Viewed", "timestamp": "2026-06-30T08:00:00z"}))
@example(("batch", {"batch": [{"type": "identify", "userId": "u"}]}))
@example(("batch", {"batch": [{"type": "page", "userId": "u", "timestamp": "2026-06-30T08:00:00z"}]}))
@example(("page", {"userId": "u", "timestamp": "2000-01-01T00:00:00+08:00"}))
@example(("page", {"userId": "u", "timestamp": "2001-01-01T00:00:00Z", "sentAt": "2060-12-31T00:00:00Z"}))
@example(("batch", {"batch": [PAGE], "sentAt": "9999-12-30T00:00:00Z"}))
@example(("batch", {"batch": [{"type": "track", "userId": "u", "event": "e", "pad": LONG}]}))
@example(("page", {"userId": "u", "properties": {"pad": LONG}}))
def test_certain_is_certain(case: tuple[str, Any]) -> None:
    form, body = case
    raw = json.dumps(body).replace(LONG, "x" * EVENT_BYTES).encode()
    try:
        items = pieces(form, raw).items
    except NotEvents:
        items = None
    try:
        sheet = first_look(form, raw)
    except Refusal as refusal:
        assert items is None
        assert refusal.status == 400
        return
    count = sheet.certain(DOOR)
    stored = [Stored("web", form, RECEIVED, raw, len(items or [0]), 1)]
    rules = [event.rule for event in events_of(stored, {"web": DOOR})] if items != [] else []
    if count is not None:
        assert items is not None
        assert (count, rules) == (len(items), [""] * count)
    try:
        look = second_look(DOOR, form, raw, RECEIVED, "en")
    except Refusal:
        assert items is None
        return
    assert items is not None
    assert look.count == len(items)
    assert [(each["index"], each["rule"]) for each in look.wrong] == [
        (index, rule) for index, rule in enumerate(rules) if rule
    ]
    if isinstance(body, dict) and isinstance(body.get("writeKey"), str):
        assert sheet.write_key == body["writeKey"]


def test_usual_events_are_certain_at_once() -> None:
    """Else every request would be read twice: what real clients send is known to be right by the quick look."""
    usual = {"type": "track", "event": "Viewed", "userId": None, "anonymousId": "a", "messageId": "m", "context": {},
             "timestamp": "2026-06-30T08:00:00.123Z", "sentAt": "2026-06-30T08:00:01+00:00",
             "properties": {"x": [1]}}  # fmt: skip
    assert first_look("track", json.dumps(usual).encode()).certain(DOOR) == 1
    raw = json.dumps({"batch": [usual] * 200, "sentAt": usual["sentAt"]}).encode()
    assert len(raw) > EVENT_BYTES
    assert first_look("batch", raw).certain(DOOR) == 200
    # An event that has a contract is looked at closely.
    assert first_look("track", json.dumps(usual | {"event": "Paid"}).encode()).certain(DOOR) is None
    assert first_look("identify", json.dumps(usual).encode()).certain(DOOR) is None


def test_nesting_has_a_limit_for_events_and_for_what_is_around_them() -> None:
    def nested(deep: int) -> str:
        return "[" * deep + "]" * deep

    def answer(body: str, form: str = "batch") -> str:
        sheet = first_look(form, body.encode())
        count = sheet.certain(DOOR)
        try:
            return str(count or second_look(DOOR, form, body.encode(), RECEIVED, "en").count)
        except Refusal as refusal:
            return refusal.code

    def batch(*events: str, context: str = "{}") -> str:
        return f'{{"context":{context},"batch":[{",".join(events)}]}}'

    event = '{"type":"track","userId":"u","event":"e","properties":%s}'
    wide = "[" + ",".join(["{}"] * 500) + "]"
    assert answer(event % nested(199), "track") == "1"
    assert answer(event % wide, "track") == "1"
    assert answer(event % nested(200), "track") == "too_deep"
    for other in (event % "{}", event % wide):
        assert answer(batch(other, event % nested(199))) == "2"
        assert answer(batch(other, event % nested(200))) == "too_deep"
        assert answer(batch(other, context=nested(200))) == "1"
        assert answer(batch(other, context=nested(201))) == "too_deep"
