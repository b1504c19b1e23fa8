"""Profiles over HTTP, from a real server: what is in them, who may see what, how they are paged and kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from huaxiang.api.profiles.guard import FRESH_SECONDS
from huaxiang.api.profiles.shapes import MOST
from huaxiang.project import VAULT
from huaxiang.read.current import CurrentBuild
from huaxiang.read.profile import profile
from huaxiang.read.subject_ids import decode_subject, encode_subject
from huaxiang.registry.audit import personal_reads
from huaxiang.registry.health import uses
from huaxiang.registry.tokens import Right, revoke_token
from huaxiang.serving.base import Base
from tests.api.profiles.served import ids, registry_of

Token = Callable[..., tuple[str, str]]


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def test_a_profile_says_what_the_console_says(client: httpx.Client, base: Base, current: CurrentBuild) -> None:
    for id_ in ids(base, 30):
        found = client.get(f"/v1/profiles/{id_}").raise_for_status().json()
        told = profile(current, decode_subject(id_))
        known = {tag.code for side in told.sides for tag in side.tags}
        assert (found["id"], found["asked"], found["build"], found["live"]) == (id_, None, current.build.id, None)
        assert found["as_of"] == f"{current.build.as_of.isoformat()}Z"
        assert found["since_build"] == told.since_build
        assert {*found["tags"], *found["withheld"]} == known
        assert not set(found["tags"]) & set(found["withheld"])
        assert found["segments"] == sorted(each.code for each in told.segments)
        assert found["masked"] is True and found["locked"] is None
        masked = {value.kind: list(value.masked) for value in told.who.values}
        assert {kind: sorted(values) for kind, values in found["traits"].items()} == {
            kind: sorted(values) for kind, values in masked.items()
        }


def test_tags_say_what_they_are(client: httpx.Client, base: Base, current: CurrentBuild) -> None:
    bought = current.engine.one("SELECT min(subject) FROM tags WHERE last_order_at IS NOT NULL")
    id_ = encode_subject(bought)
    found = client.get(f"/v1/profiles/{id_}/tags").raise_for_status().json()
    row = current.engine.dicts("SELECT * FROM tags WHERE subject = ?", [decode_subject(id_)])[0]
    with_value = {code for code, value in row.items() if value not in (None, []) and code != "subject"}
    assert {*found["tags"], *found["withheld"]} == with_value
    tier = found["tags"]["value_tier"]
    assert (tier["value"], tier["name"]["zh"], tier["type"]) == (row["value_tier"], "价值层级", "text")
    assert found["tags"]["orders_total"]["value"] == row["orders_total"]
    assert found["tags"]["last_order_at"]["value"] == f"{row['last_order_at'].isoformat()}Z"
    assert not any(tag["stale"] for tag in found["tags"].values())
    some = client.get(f"/v1/profiles/{id_}/tags", params={"tags": "value_tier, no_such"}).json()
    assert set(some["tags"]) == {"value_tier"}


def test_sensitive_tags_are_shown_with_real_values_alone_and_noted(
    client: httpx.Client, token: Token, app: FastAPI, current: CurrentBuild
) -> None:
    subject, birth = current.engine.rows("SELECT subject, birth_date FROM tags WHERE birth_date IS NOT NULL LIMIT 1")[0]
    id_, (text, _) = encode_subject(subject), token(may=[Right.PERSONAL])
    there, traits = f"/v1/profiles/{id_}", f"/v1/spaces/x/collections/users/profiles/{id_}/traits?limit=200"
    answers = [
        client.get(path, headers=headers)
        for path in (there, f"{there}/tags", f"{there}/tags?tags=birth_date", f"{there}/events?limit=500",
                     f"{there}?include=tags,events&personal=true", traits)
        for headers in ({}, bearer(text))
        if headers or "personal" not in path
    ]  # fmt: skip
    assert all(answer.status_code == 200 for answer in answers)
    assert not any(birth.isoformat() in answer.text for answer in answers)
    assert answers[0].json()["withheld"] == answers[2].json()["withheld"] == ["birth_date"]
    real = client.get(there, params={"personal": True, "purpose": "care"}, headers=bearer(text)).json()
    assert (real["tags"]["birth_date"], real["withheld"]) == (birth.isoformat(), [])
    assert "birth_date" in personal_reads(registry_of(app), subject=subject)[0].kinds


def test_sections_are_those_asked_for(client: httpx.Client, base: Base) -> None:
    [id_] = ids(base, 1)
    found = client.get(f"/v1/profiles/{id_}", params={"include": "segments"}).json()
    assert not {"tags", "traits", "masked", "events"} & set(found) and "segments" in found
    names = client.get(f"/v1/profiles/{id_}/segments").json()["segments"]
    assert [each["code"] for each in names] == found["segments"]
    assert all(each["name"]["zh"] for each in names)
    everything = client.get(f"/v1/profiles/{id_}", params={"include": "traits,tags,segments,events"}).json()
    page = client.get(f"/v1/profiles/{id_}/events", params={"limit": 10}).json()
    assert everything["events"] == page["events"]


def test_an_identifier_finds_its_customer(client: httpx.Client, token: Token, base: Base) -> None:
    text, _ = token(may=[Right.PERSONAL])
    id_ = next(id_ for id_ in ids(base, 50) if "phone" in client.get(f"/v1/profiles/{id_}").json()["traits"])
    real = client.get(f"/v1/profiles/{id_}/traits", params={"personal": True}, headers=bearer(text)).json()["traits"]
    [phone, *_] = real["phone"]
    assert client.get(f"/v1/profiles/phone:{phone}").json()["id"] == id_
    spaced = f"phone:+86 {phone[:3]} {phone[3:7]} {phone[7:]}"
    assert client.get(f"/v1/profiles/{spaced}/segments").json()["id"] == id_
    assert client.get(f"/v1/profiles/email:{phone}").status_code == 404
    assert client.get("/v1/profiles/shoe_size:42").json()["code"] == "not_found"


def test_real_values_need_a_token_that_may_and_are_audited(
    app: FastAPI, client: httpx.Client, token: Token, base: Base
) -> None:
    id_ = next(id_ for id_ in ids(base, 50) if "phone" in client.get(f"/v1/profiles/{id_}").json()["traits"])
    before = len(personal_reads(registry_of(app)))
    answer = client.get(f"/v1/profiles/{id_}", params={"personal": True})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert client.post("/v1/profiles/batch", json={"profiles": [id_], "personal": True}).status_code == 403
    text, name = token(may=[Right.PERSONAL])
    client.get(f"/v1/profiles/{id_}", headers=bearer(text)).raise_for_status()
    assert len(personal_reads(registry_of(app))) == before
    asked = {"personal": "true", "purpose": "call back"}
    found = client.get(f"/v1/profiles/{id_}", params=asked, headers=bearer(text)).json()
    assert found["masked"] is False and "*" not in "".join(found["traits"]["phone"])
    [read] = personal_reads(registry_of(app), subject=decode_subject(id_))[:1]
    assert (read.by, read.via, read.purpose, read.kinds) == (name, "api", "call back", tuple(sorted(found["traits"])))
    assert len(personal_reads(registry_of(app))) == before + 1
    client.post(
        "/v1/profiles/batch", json={"profiles": ids(base, 30), "personal": True}, headers=bearer(text)
    ).raise_for_status()
    assert len({read.subject for read in personal_reads(registry_of(app), limit=30)}) == 30


def test_no_audit_no_value(app: FastAPI, client: httpx.Client, token: Token, base: Base) -> None:
    text, _ = token(may=[Right.PERSONAL])
    with registry_of(app).engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE personal_reads RENAME TO hidden")
    try:
        answer = client.get(f"/v1/profiles/{ids(base, 1)[0]}", params={"personal": True}, headers=bearer(text))
    finally:
        with registry_of(app).engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE hidden RENAME TO personal_reads")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_audited")


def test_events_are_paged_to_their_end(client: httpx.Client, base: Base, current: CurrentBuild) -> None:
    id_ = max(ids(base, 60), key=lambda id_: len(base.facts_of("orders", [decode_subject(id_)])))
    pages, cursor = [], None
    while True:
        query = {"limit": 7} | ({"cursor": cursor} if cursor else {})
        page = client.get(f"/v1/profiles/{id_}/events", params=query).raise_for_status().json()
        pages.append(page["events"])
        cursor = page["next"]
        if cursor is None:
            break
    found = [event for page in pages for event in page]
    assert all(len(page) == 7 for page in pages[:-1]) and 1 <= len(pages[-1]) <= 7
    keys = [(event["occurred_at"], int(event["id"])) for event in found]
    assert keys == sorted(keys, reverse=True) and len(set(keys)) == len(keys)
    tables = [name for name in current.project.model.facts if name in current.tables]
    counted = sum(
        current.engine.one(
            f"SELECT count(*) FROM {name} WHERE subject = ? AND occurred_at IS NOT NULL", [decode_subject(id_)]
        )
        for name in tables
    )
    assert len(found) == counted > 7
    assert client.get(f"/v1/profiles/{id_}/events", params={"cursor": "nonsense"}).status_code == 404


def test_a_batch_answers_in_order_and_says_who_is_missing(client: httpx.Client, base: Base) -> None:
    known = ids(base, 60)
    asked = [known[3], "phone:10000000000", known[0], "shoe_size:42", *known, known[3]]
    answer = client.post("/v1/profiles/batch", json={"profiles": asked, "include": ["segments"]})
    results = answer.raise_for_status().json()["results"]
    assert [each["profile"] and each["profile"]["id"] for each in results] == [
        known[3], None, known[0], None, *known, known[3],
    ]  # fmt: skip
    assert [each["error"]["code"] for each in results if each["error"]] == ["not_found", "not_found"]
    single = client.get(f"/v1/profiles/{known[0]}", params={"include": "segments"}).json()
    assert results[2]["profile"] == single
    assert "10000000000" not in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"profiles": []}', 422),
        (b'{"profiles": ["x"], "more": 1}', 422),
        (b'{"profiles": [1]}', 422),
        (b'{"profiles": ["x"], "include": ["secrets"]}', 422),
        (b'{"profiles": ["' + b"x" * 513 + b'"]}', 422),
        (b"{", 422),
        (b"", 422),
        (b'{"profiles": ["\xff"]}', 422),
        (b"[" * 100_000, 422),
        (b'{"profiles": [' + b",".join([b'"x"'] * (MOST + 1)) + b"]}", 422),
        (b'{"purpose": "' + b"x" * 2_100_000 + b'"}', 413),
    ],
    ids=range(11),
)
def test_a_wrong_body_is_refused(client: httpx.Client, body: bytes, status: int) -> None:
    answer = client.post("/v1/profiles/batch", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status and set(answer.json()) == {"code", "message"}


def test_a_body_of_another_kind_is_refused(client: httpx.Client) -> None:
    answer = client.post("/v1/profiles/batch", content=b"a=b", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (415, "media_type")


def test_what_is_the_same_is_not_sent_again(client: httpx.Client, base: Base) -> None:
    [first, second] = ids(base, 2)
    answer = client.get(f"/v1/profiles/{first}")
    tag = answer.headers["etag"]
    assert client.get(f"/v1/profiles/{first}").headers["etag"] == tag
    same = client.get(f"/v1/profiles/{first}", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert client.get(f"/v1/profiles/{second}", headers={"If-None-Match": tag}).status_code == 200
    assert "private" in answer.headers["cache-control"]


def test_tokens_open_and_close(app: FastAPI, address: str, token: Token, base: Base) -> None:
    text, name = token()
    path = f"{address}/v1/profiles/{ids(base, 1)[0]}"
    assert httpx.get(path, headers=bearer(text)).status_code == 200
    assert httpx.get(path, auth=(text, "")).status_code == 200
    for wrong in (
        {},
        bearer(text[:-1]),
        {"Authorization": "Bearer"},
        {"Authorization": "Basic %%%"},
        {"Authorization": text},
    ):
        answer = httpx.get(path, headers=wrong)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert "Bearer" in answer.headers["www-authenticate"]
    revoke_token(registry_of(app), name, by="test")
    time.sleep(FRESH_SECONDS)
    assert httpx.get(path, headers=bearer(text)).status_code == 401


def test_who_reads_too_fast_waits(client: httpx.Client, token: Token, base: Base) -> None:
    text, _ = token(rate=2)
    path = f"/v1/profiles/{ids(base, 1)[0]}/segments"
    answers = [client.get(path, headers=bearer(text)) for _ in range(8)]
    assert answers[0].status_code == 200
    stopped = next(answer for answer in answers if answer.status_code != 200)
    assert (stopped.status_code, stopped.json()["code"], int(stopped.headers["retry-after"])) == (429, "too_many", 1)


def test_refusals_speak_the_readers_language(client: httpx.Client) -> None:
    def said(languages: str) -> str:
        text: str = client.get("/v1/profiles/nobody", headers={"Accept-Language": languages}).json()["message"]
        return text

    assert said("zh-CN,zh;q=0.9,en;q=0.8") == "没有这个编号的客户" == said("fr, en;q=0.1, zh-TW;q=0.5")
    assert said("en") == "there is no customer with this id" == said("") == said("fr") == said("zh;q=x, ;;;")


def test_what_is_not_there_is_said_as_json(client: httpx.Client) -> None:
    assert client.get("/v1/nothing").json()["code"] == "not_found"
    answer = client.put("/v1/profiles/x")
    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (405, "not_allowed", "GET")
    assert client.get("/v1/profiles/x", params={"include": "all"}).json()["code"] == "invalid"
    refused = client.get("/v1/profiles/x", params={"purpose": "13800138000" * 40})
    assert refused.status_code == 422 and "13800138000" not in refused.text


def test_reads_count_as_use_of_tags(app: FastAPI, client: httpx.Client, base: Base) -> None:
    registry, today = registry_of(app), datetime.now(UTC).date()
    desk = app.state.desk
    desk.uses.write()
    before = uses(registry, today).get("value_tier", {}).get("api", 0)
    known = [id_ for id_ in ids(base, 10) if "value_tier" in client.get(f"/v1/profiles/{id_}").json()["tags"]]
    client.get(f"/v1/profiles/{known[0]}/tags", params={"tags": "value_tier"})
    client.get(f"/v1/profiles/{known[0]}/tags", params={"tags": "gender"})
    client.get(f"/v1/profiles/{known[0]}", params={"include": "segments"})
    client.post("/v1/profiles/batch", json={"profiles": known})
    # Nothing is written per read: only now.
    assert uses(registry, today).get("value_tier", {}).get("api", 0) == before
    desk.uses.write()
    assert uses(registry, today)["value_tier"]["api"] == before + 2 * len(known) + 1


def test_without_the_key_tags_are_told_and_traits_are_not(
    client: httpx.Client, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUAXIANG_MASTER_KEY")
    found = client.get(f"/v1/profiles/{ids(base, 1)[0]}", headers={"Accept-Language": "zh"}).json()
    assert (found["traits"], found["locked"]) == ({}, "服务器没有主密钥") and found["tags"]
    answer = client.get("/v1/profiles/phone:13800138000")
    assert (answer.status_code, answer.json()["code"]) == (503, "locked")
    assert VAULT not in answer.text
