"""The paths and shapes of Segment's Profile API, over a real server."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from huaxiang.read.subject_ids import decode_subject
from huaxiang.registry.tokens import Right
from huaxiang.serving.base import Base
from tests.api.profiles.served import ids

AT = "/v1/spaces/any/collections/users/profiles"


@pytest.fixture
def buyer(base: Base) -> str:
    return max(ids(base, 60), key=lambda id_: len(base.facts_of("orders", [decode_subject(id_)])))


def test_traits_are_personal_values_tags_and_segments(client: httpx.Client, buyer: str) -> None:
    own = client.get(f"/v1/profiles/{buyer}").json()
    found, after = {}, ""
    while True:
        query = {"limit": 20} | ({"next": after} if after else {})
        page = client.get(f"{AT}/{buyer}/traits", params=query).raise_for_status().json()
        assert not found.keys() & page["traits"].keys()
        found |= page["traits"]
        after = page["cursor"]["next"]
        assert page["cursor"]["has_more"] == bool(after)
        if not after:
            break
    assert {code: found[code] for code in own["tags"]} == own["tags"]
    assert {code for code, value in found.items() if value is True} >= set(own["segments"])
    assert found["name"] == own["traits"]["name"][0]
    audiences = client.get(f"{AT}/{buyer}/traits", params={"class": "audience", "limit": 200}).json()["traits"]
    assert {code for code, value in audiences.items() if value} == set(own["segments"])
    assert set(audiences.values()) <= {True, False}
    computed = client.get(f"{AT}/{buyer}/traits", params={"class": "computed_trait", "limit": 200}).json()["traits"]
    assert computed == own["tags"]
    assert len(client.get(f"{AT}/{buyer}/traits").json()["traits"]) == 10


def test_one_trait_can_be_asked_for_in_full(client: httpx.Client, buyer: str) -> None:
    own = client.get(f"/v1/profiles/{buyer}").json()
    query = {"include": "orders_total,none", "verbose": "true"}
    found = client.get(f"{AT}/{buyer}/traits", params=query).json()["traits"]
    assert found == {
        "orders_total": {
            "value": own["tags"]["orders_total"], "source_id": f"build-{own['build']}", "updated_at": own["as_of"],
        }
    }  # fmt: skip


def test_external_ids_are_masked_unless_allowed(
    client: httpx.Client, token: Callable[..., tuple[str, str]], buyer: str
) -> None:
    masked = client.get(f"{AT}/{buyer}/external_ids").json()["data"]
    assert masked and all("*" in each["id"] and each["collection"] == "users" for each in masked)
    assert {each["type"] for each in masked} <= {"id_card", "phone", "member_id", "email", "unionid", "openid",
                                                 "device_id"}  # fmt: skip
    assert client.get(f"{AT}/{buyer}/external_ids", params={"personal": True}).status_code == 403
    text, _ = token(may=[Right.PERSONAL])
    query = {"personal": True, "include": "member_id"}
    answer = client.get(f"{AT}/{buyer}/external_ids", params=query, auth=(text, "")).raise_for_status().json()
    [real, *_] = answer["data"]
    assert client.get(f"{AT}/member_id:{real['id']}/metadata").status_code == 200
    first = client.get(f"{AT}/{buyer}/external_ids", params={"limit": 1}).json()
    second = client.get(f"{AT}/{buyer}/external_ids", params={"limit": 1, "next": first["cursor"]["next"]}).json()
    assert [*first["data"], *second["data"]] == masked[:2]


def test_events_are_track_calls_paged_and_filtered(client: httpx.Client, buyer: str) -> None:
    own, cursor = [], None
    while True:
        page = client.get(
            f"/v1/profiles/{buyer}/events", params={"limit": 100} | ({"cursor": cursor} if cursor else {})
        )
        own += page.json()["events"]
        cursor = page.json()["next"]
        if cursor is None:
            break

    def read(**query: object) -> list[str]:
        found, after = [], None
        for _ in range(500):
            page = client.get(f"{AT}/{buyer}/events", params={**query, **({"next": after} if after else {})}).json()
            found += [each["message_id"] for each in page["data"]]
            after = page["cursor"]["next"]
            if not page["cursor"]["has_more"]:
                return found
        raise AssertionError("no end")

    def wanted(holds: Callable[[dict[str, object]], bool]) -> list[str]:
        return [f"{each['fact']}-{each['id']}" for each in own if holds(each)]

    def name(each: dict[str, object]) -> object:
        return each["fields"].get("event", each["fact"])  # type: ignore[attr-defined]

    assert read(limit=7) == wanted(lambda each: True)
    assert read(include="orders", limit=3) == wanted(lambda each: name(each) == "orders") != []
    assert read(exclude="orders", limit=4) == wanted(lambda each: name(each) != "orders")
    middle = str(own[len(own) // 2]["occurred_at"])
    assert read(start=middle, limit=5) == wanted(lambda each: str(each["occurred_at"]) >= middle)
    assert read(end=middle, limit=5) == wanted(lambda each: str(each["occurred_at"]) < middle)
    first = client.get(f"{AT}/{buyer}/events", params={"limit": 1}).json()["data"][0]
    assert (first["type"], first["related"]["users"], first["timestamp"]) == ("track", buyer, own[0]["occurred_at"])


def test_metadata_and_links(client: httpx.Client, buyer: str) -> None:
    own = client.get(f"/v1/profiles/{buyer}").json()
    told = client.get(f"{AT}/{buyer}/metadata").json()["metadata"]
    assert told == {"created_at": "2026-10-20T16:00:00Z", "updated_at": own["as_of"], "expires_at": None}
    assert client.get(f"{AT}/{buyer}/links").json()["data"] == []


def test_refusals_are_as_segments(client: httpx.Client) -> None:
    answer = client.get(f"{AT}/user_id:nobody/traits")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert client.get(f"{AT}/x/traits", headers={"Authorization": "Bearer x"}).json()["error"]["code"] == "unauthorized"
    assert client.get(f"{AT}/x/traits", params={"limit": 201}).json()["error"]["code"] == "invalid"
    assert client.get(f"{AT.replace('users', 'accounts')}/x/traits").json()["error"]["code"] == "not_found"
