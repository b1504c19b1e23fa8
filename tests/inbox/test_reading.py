"""Reading: bodies as real clients send them become documents; what is wrong is named, and nothing is lost."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.inbox.door import Door, parse_door
from huaxiang.inbox.event import Event
from huaxiang.inbox.log import Stored
from huaxiang.inbox.pieces import EVENT_BYTES, NotEvents, pieces
from huaxiang.inbox.reading import events_of
from huaxiang.inbox.times import FIRST_EVENT, event_time, microseconds_of, written

AT = 1_780_000_000_000_000
RECEIVED = "2026-05-28T20:26:40.000000Z"


def door(text: str = "") -> Door:
    faults = Faults()
    node = parse_yaml("door: web\nwrite_key: k\n" + text, "doors/web.yaml", faults)
    assert node is not None
    found = parse_door(node, faults)
    assert found is not None
    assert not faults.found, faults.found
    return found


def read(form: str, body: Any, at: Door | None = None, events: int = 10, first: int = 1) -> list[Event]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return events_of([Stored("web", form, AT, raw, events, first)], {"web": at or door()})


def document(event: Event) -> dict[str, Any]:
    found = json.loads(event.document)
    assert isinstance(found, dict)
    return found


def test_a_track_call() -> None:
    sent = {"userId": "u1", "anonymousId": None, "event": "Viewed", "messageId": "m1", "properties": {"a": 1},
            "writeKey": "k"}  # fmt: skip
    [event] = read("track", sent, first=7)
    assert (event.number, event.type, event.name, event.message_id, event.rule) == (7, "track", "Viewed", "m1", "")
    assert document(event) == {
        "type": "track", "userId": "u1", "anonymousId": None, "event": "Viewed", "messageId": "m1",
        "properties": {"a": 1}, "timestamp": RECEIVED, "receivedAt": RECEIVED,
    }  # fmt: skip


def test_numbers_stay_as_they_were_written() -> None:
    [event] = read("track", b'{"userId":"u","event":"E","properties":{"total":1.10,"id":12345678901234567890123}}')
    assert b'{"total":1.10,"id":12345678901234567890123}' in event.document


def test_half_a_character_is_replaced_and_whole_ones_stay() -> None:
    sent = rb'{"userId":"u","event":"\ud800","properties":{"a":"\ud83d\ude00","b":"\\ud800","c":"\udc00\ud83d"}}'
    [event] = read("track", sent)
    assert event.name == "\ufffd"
    assert document(event)["properties"] == {"a": "😀", "b": r"\ud800", "c": "\ufffd\ufffd"}


def test_a_batch_gives_its_context_to_its_events() -> None:
    batch = {
        "context": {"app": {"name": "shop"}, "ip": "10.0.0.1"},
        "batch": [
            {"type": "identify", "userId": "u1", "traits": {"plan": "a"}, "messageId": "a"},
            {"type": "page", "anonymousId": "x", "name": "Home", "context": {"ip": "10.0.0.2"}},
            {"type": "group", "userId": "u1", "groupId": "g", "context": None},
        ],
    }
    identify, page, group = read("batch", batch, first=100)
    assert document(identify)["context"] == {"app": {"name": "shop"}, "ip": "10.0.0.1"}
    assert document(page)["context"] == {"app": {"name": "shop"}, "ip": "10.0.0.2"}
    assert document(group)["context"] == {"app": {"name": "shop"}, "ip": "10.0.0.1"}
    assert [each.number for each in (identify, page, group)] == [100, 101, 102]
    assert (page.name, page.message_id, identify.name) == ("Home", "web-101", "")


@pytest.mark.parametrize(
    ("times", "happened"),
    [
        ({"timestamp": "2020-01-01T00:00:00Z"}, "2020-01-01T00:00:00.000000Z"),
        # The sender's clock is an hour slow: what it sent 5 seconds after it happened, happened 5 seconds ago.
        ({"originalTimestamp": "2026-05-28T19:26:35Z", "sentAt": "2026-05-28T19:26:40Z"},
         "2026-05-28T20:26:35.000000Z"),
        ({"timestamp": "2026-05-28T21:26:35.5+02:00", "sentAt": "2026-05-28T19:26:40Z"}, "2026-05-28T20:26:35.500000Z"),
        ({"timestamp": 1779999990, "sentAt": 1779999990000}, RECEIVED),
        ({"timestamp": "2026-05-28 20:00:00", "sentAt": "soon"}, "2026-05-28T20:00:00.000000Z"),
        ({"timestamp": "2001-01-01T00:00:00Z", "originalTimestamp": "2026-05-28T20:26:30Z",
          "sentAt": "2026-05-28T20:26:40Z"}, "2001-01-01T00:00:00.000000Z"),
        # What cannot be a time of sending, or would make the time one that cannot be, corrects no clock.
        ({"timestamp": "2026-05-28T20:00:00Z", "sentAt": "0001-01-01T00:00:00Z"}, "2026-05-28T20:00:00.000000Z"),
        ({"timestamp": "2026-05-28T20:00:00Z", "sentAt": -1}, "2026-05-28T20:00:00.000000Z"),
        ({"timestamp": "2026-05-28T20:00:00Z", "sentAt": "1999-12-31T23:59:59Z"}, "2026-05-28T20:00:00.000000Z"),
        ({"timestamp": "2026-05-28T20:00:00Z", "sentAt": "2199-01-01T00:00:00Z"}, "2026-05-28T20:00:00.000000Z"),
        ({"timestamp": "2000-01-01T00:00:00Z"}, "2000-01-01T00:00:00.000000Z"),
        ({"timestamp": None}, RECEIVED),
    ],
)  # fmt: skip
def test_clocks_are_corrected(times: dict[str, Any], happened: str) -> None:
    [event] = read("track", {"userId": "u", "event": "E", **times})
    assert event.rule == ""
    found = document(event)
    assert found["timestamp"] == happened
    original = times.get("originalTimestamp", times.get("timestamp"))
    assert found.get("originalTimestamp") == original


def test_a_batch_says_when_all_was_sent() -> None:
    sent = {"sentAt": "2026-05-28T20:26:50Z", "batch": [{"type": "track", "userId": "u", "event": "E",
            "timestamp": "2026-05-28T20:26:45Z"}]}  # fmt: skip
    assert document(read("batch", sent)[0])["timestamp"] == "2026-05-28T20:26:35.000000Z"


@pytest.mark.parametrize("shared", [None, {"traits": {"plan": "c"}}])
def test_traits_of_identify_may_be_in_its_context(shared: Any) -> None:
    batch = {
        "context": shared,
        "batch": [
            {"type": "identify", "userId": "u", "context": {"traits": {"plan": "a"}}},
            {"type": "identify", "userId": "u", "context": {"traits": {"plan": "a"}}, "traits": {"plan": "b"}},
            {"type": "identify", "userId": "u", "context": None},
            {"type": "track", "userId": "u", "event": "E", "context": {"traits": {"plan": "a"}}},
        ],
    }
    found = [document(event) for event in read("batch", batch)]
    # Those of the whole batch are nobody's own.
    assert [each.get("traits") for each in found] == [{"plan": "a"}, {"plan": "b"}, None, None]


def test_an_event_over_its_limit_stops_only_itself() -> None:
    fits, over = ({"type": "page", "userId": "u", "name": "x" * size} for size in (EVENT_BYTES - 50, EVENT_BYTES))
    assert [each.rule for each in read("batch", {"batch": [fits, over, fits]})] == ["", "too_large", ""]


@pytest.mark.parametrize(
    ("item", "rule"),
    [
        ({"type": "track", "event": "E"}, "no_identifier"),
        ({"type": "track", "event": "E", "userId": " ", "anonymousId": ["x"]}, "no_identifier"),
        ({"type": "track", "event": "E", "userId": 0}, ""),
        ({"type": "track", "userId": "u"}, "missing:event"),
        ({"type": "track", "event": {"a": 1}, "userId": "u"}, "missing:event"),
        ({"type": "trck", "userId": "u"}, "unknown_type"),
        ({"type": ["track"], "userId": "u"}, "unknown_type"),
        ({"userId": "u"}, "unknown_type"),
        ({"type": "page", "userId": "u", "timestamp": "yesterday"}, "bad_time"),
        ({"type": "page", "userId": "u", "timestamp": 10**30}, "bad_time"),
        ({"type": "page", "userId": "u", "timestamp": "0001-01-01T00:00:00+14:00"}, "bad_time"),
        ({"type": "page", "userId": "u", "timestamp": -1}, "bad_time"),
        ({"type": "page", "userId": "u", "timestamp": 0}, "bad_time"),
        ({"type": "page", "userId": "u", "timestamp": "1970-01-01"}, "bad_time"),
        ({"type": "page", "userId": "u", "timestamp": "1970-01-01", "sentAt": "1970-01-01"}, "bad_time"),
        ({"type": "page", "userId": "u", "timestamp": "2000-01-01T00:00:00+08:00"}, "bad_time"),
        (17, "not_an_object"),
        (None, "not_an_object"),
    ],
)
def test_what_is_wrong_with_one_event_stops_only_that_one(item: Any, rule: str) -> None:
    good = {"type": "page", "userId": "u", "messageId": "good"}
    found = read("batch", {"batch": [good, item, good]})
    assert [each.rule for each in found] == ["", rule, ""]
    if rule:
        assert json.loads(found[1].document) == item or document(found[1])["type"] == item["type"]


CONTRACT = "contracts:\n  Paid: {required: {total: number}}\n  identify: {required: {plan: text}}\n"


def test_contracts_bind_names_of_track_and_types_of_others() -> None:
    found = read(
        "batch",
        {"batch": [
            {"type": "track", "event": "Paid", "userId": "u", "properties": {"total": "12"}},
            {"type": "track", "event": "Paid", "userId": "u", "properties": {"total": 12}},
            {"type": "track", "event": "identify", "userId": "u"},
            {"type": "identify", "userId": "u", "traits": {}},
            {"type": "page", "name": "Paid", "userId": "u"},
        ]},
        door(CONTRACT),
    )  # fmt: skip
    assert [each.rule for each in found] == [
        "contract:type:total:Paid", "", "contract:missing:plan:identify", "contract:missing:plan:identify", "",
    ]  # fmt: skip


def sensors(items: Any, *, packed: bool = True) -> bytes:
    text = json.dumps(items).encode()
    data = base64.b64encode(gzip.compress(text) if packed else text)
    name = "data_list" if isinstance(items, list) else "data"
    return urlencode({name: data, **({"gzip": 1} if packed else {})}).encode()


TRACK = {"type": "track", "event": "ViewProduct", "time": 1779999990000, "distinct_id": "ABC",
         "properties": {"$is_login_id": True, "price": 5}, "lib": {"$lib": "python"}, "_track_id": 17}  # fmt: skip


@pytest.mark.parametrize("packed", [True, False])
def test_sensors_events_become_the_same_documents(packed: bool) -> None:
    items = [
        TRACK,
        {**TRACK, "properties": {"$ip": "1.1.1.1"}, "_track_id": 18},
        {"type": "track_signup", "event": "$SignUp", "distinct_id": "u1", "original_id": "dev1", "time": 1779999990000},
        {"type": "profile_set", "distinct_id": "dev1", "properties": {"city": "上海"}, "time": 1779999990000},
    ]
    login, anonymous, alias, identify = read("sensors", sensors(items, packed=packed))
    assert (login.type, login.name, login.rule) == ("track", "ViewProduct", "")
    assert document(login)["userId"] == "ABC"
    assert document(login)["timestamp"] == "2026-05-28T20:26:30.000000Z"
    assert document(login)["context"] == {"library": {"$lib": "python"}}
    assert document(anonymous)["anonymousId"] == "ABC"
    assert (document(alias)["userId"], document(alias)["previousId"]) == ("u1", "dev1")
    assert (identify.type, document(identify)["traits"]) == ("identify", {"city": "上海"})
    assert [each.rule for each in (anonymous, alias, identify)] == ["", "", ""]


def test_a_sensors_event_sent_again_is_the_same_event() -> None:
    [one] = read("sensors", sensors(TRACK))
    [again] = read("sensors", sensors([{**TRACK, "_flush_time": 1780000000000}]), first=99)
    [other] = read("sensors", sensors({**TRACK, "_track_id": 18}))
    assert one.message_id == again.message_id != other.message_id


def test_sensors_twins_in_one_body_are_two_events_also_when_sent_again() -> None:
    bare = {name: value for name, value in TRACK.items() if name != "_track_id"}
    first, again = (read("sensors", sensors([bare, bare]), first=number) for number in (1, 50))
    assert len({each.message_id for each in first}) == 2
    assert [each.message_id for each in first] == [each.message_id for each in again]
    one, other = read("sensors", sensors([TRACK, TRACK]))
    assert one.message_id == other.message_id


def test_sensors_changes_that_say_no_value_are_kept_aside() -> None:
    [event] = read("sensors", sensors({"type": "profile_increment", "distinct_id": "u", "properties": {"n": 1}}))
    assert event.rule == "unsupported"
    assert b"profile_increment" in event.document


@pytest.mark.parametrize("raw", [b"", b"data=", b"data=%%%", b"data=AAAA&gzip=1", b"gzip=1", b"\xff", b"data=W10="])
def test_a_sensors_form_that_is_none(raw: bytes) -> None:
    [event] = read("sensors", raw)
    assert (event.rule, event.document) == ("not_json", raw)


WEBHOOK = "accept: webhook\nmapping: {each: data.items, id: id, event: type, time: created_at, user: customer.id}\n"


def test_a_webhook_is_mapped() -> None:
    body = {
        "type": "order.paid",
        "data": {"items": [{"id": 5, "customer": {"id": "u5"}}, {"id": "6", "created_at": 1779999990}]},
    }
    one, two = read("webhook", body, door(WEBHOOK))
    assert (one.type, one.name, one.message_id) == ("webhook", "order.paid", "5")
    assert document(one) == {
        "type": "webhook", "event": "order.paid", "messageId": "5", "userId": "u5", "timestamp": RECEIVED,
        "receivedAt": RECEIVED, "body": {"id": 5, "customer": {"id": "u5"}}, "envelope": {"type": "order.paid"},
    }  # fmt: skip
    assert document(two)["timestamp"] == "2026-05-28T20:26:30.000000Z"
    assert [one.rule, two.rule] == ["", ""]


def test_a_list_of_items_in_a_text_is_a_list() -> None:
    items = [{"id": 1}, {"id": 2}]
    found = read("webhook", {"data": {"items": json.dumps(items)}}, door(WEBHOOK))
    assert [document(each)["body"] for each in found] == items
    for text in ("[1, 2", "two of A"):
        [event] = read("webhook", {"data": {"items": text}}, door(WEBHOOK))
        assert event.rule == "not_an_object"


def test_a_mapping_that_finds_more_than_was_counted_loses_nothing() -> None:
    body = {"data": {"items": [{"id": 1}, {"id": 2}]}}
    [event] = read("webhook", body, door(WEBHOOK), events=1)
    assert (event.rule, json.loads(event.document)) == ("recounted", body)


def test_a_webhook_without_mapping_or_with_a_list() -> None:
    [event] = read("webhook", {"a": 1}, door("accept: webhook\n"))
    assert (event.rule, event.message_id, document(event)["body"]) == ("", "web-1", {"a": 1})
    assert [document(each)["body"] for each in read("webhook", [{"a": 1}, {"a": 2}])] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("form", "raw", "rule"),
    [
        ("track", b"{", "not_json"), ("track", b"[]", "not_an_object"), ("track", b'{"a":"\xff"}', "not_json"),
        ("batch", b"{}", "missing:batch"), ("batch", b'{"batch":{}}', "batch_not_a_list"),
        ("track", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not_json"),
        ("batch", b'{"batch":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}", "not_json"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_taken_apart_is_one_event(form: str, raw: bytes, rule: str) -> None:
    [event] = read(form, raw)
    assert (event.rule, event.document, event.number) == (rule, raw, 1)
    with pytest.raises(NotEvents):
        pieces(form, raw)


def test_a_door_that_is_gone_is_still_read() -> None:
    stored = Stored("gone", "page", AT, b'{"userId":"u"}', 1, 3)
    assert [each.rule for each in events_of([stored], {})] == [""]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10) | st.sampled_from(
        ["type", "event", "userId", "anonymousId", "messageId", "timestamp", "sentAt", "context", "properties",
         "distinct_id", "time", "batch", "data", "items"]), inner, max_size=6),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["track", "identify", "batch", "webhook", "sensors"]), JSON | st.binary(max_size=60))
def test_nothing_that_is_sent_breaks_the_reading(form: str, body: Any) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    if form == "batch" and not isinstance(body, bytes):
        raw = json.dumps({"batch": body}).encode()
    if form == "sensors" and not isinstance(body, bytes):
        raw = sensors([body])
    both = [read(form, raw, each, events=1000) for each in (door(WEBHOOK), door(WEBHOOK))]
    assert both[0] == both[1]
    for event in both[0]:
        assert event.rule or isinstance(json.loads(event.document), Mapping)
        assert event.message_id


def test_times() -> None:
    assert written(AT + 5) == "2026-05-28T20:26:40.000005Z"
    assert written(-1) == "1969-12-31T23:59:59.999999Z"
    assert microseconds_of("2026-05-28T20:26:40.000005Z") == AT + 5
    assert microseconds_of("1985-06-01") == 486_432_000_000_000
    assert [event_time(each) for each in ("1985-06-01", "1999-12-31T23:59:59.999999Z", -1, None)] == [None] * 4
    assert event_time("2000-01-01") == FIRST_EVENT
    assert [microseconds_of(each) for each in (True, float("nan"), float("inf"), {}, "", "x")] == [None] * 6
