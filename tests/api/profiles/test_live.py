"""What events changed is what is served: a touched customer, a merged one, one who is new, and freshness."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
import pyarrow as pa
import pytest
from fastapi import FastAPI

from huaxiang.api.app import create_api
from huaxiang.project import load_project
from huaxiang.read.subject_ids import decode_subject, encode_subject
from huaxiang.registry.tokens import create_token
from huaxiang.serving.base import Base
from huaxiang.serving.current import microseconds
from huaxiang.serving.deltas import Deltas, fact_schema
from huaxiang.serving.store import STORE_FILE, LiveStore, as_json
from tests.api.profiles.served import ids, registry_of, serving

AT = datetime(2026, 11, 21, 4, 15, 0, 250_000)
NEW = 4_242


@pytest.fixture
def live(root: Path, base: Base, tmp_path: Path) -> Iterator[tuple[FastAPI, LiveStore]]:
    """Give the API of a copy of the shop whose live store touched, merged and added customers."""
    copy = tmp_path / "shop"
    shutil.copytree(root, copy)
    project = load_project(copy)
    touched, gone = (decode_subject(id_) for id_ in ids(base, 2))
    with LiveStore(project.store / STORE_FILE, writing=True) as store:
        deltas = Deltas(store.db, project.model.facts)
        deltas.make()
        put(store, touched, [touched, gone], {"value_tier": "新值", "orders_total": 99}, ["promoters"])
        put(store, NEW, [NEW], {"orders_total": 1}, [], since=3)
        store.db.execute("INSERT INTO merged VALUES (?, ?)", (gone, touched))
        schema = fact_schema(project.model.facts["orders"])
        row = {"subject": touched, "fact_id": 7, "source": "web", "channel": "web", "occurred_at": AT, "order_id": "L1"}
        facts = pa.table({field.name: pa.array([row.get(field.name)], field.type) for field in schema}, schema=schema)
        deltas.add("orders", facts, [1])
        store.set_meta("base", base.build)
        app = create_api(copy)
        yield app, store


def put(
    store: LiveStore, subject: int, origins: list[int], tags: dict[str, object], segments: list[str], since: int = 2
) -> None:
    row = (subject, 12, microseconds(AT), since, as_json(origins), as_json(tags), as_json(segments))
    store.db.execute("INSERT OR REPLACE INTO profiles VALUES (?, ?, ?, ?, ?, ?, ?)", row)


@pytest.fixture
def client(live: tuple[FastAPI, LiveStore]) -> Iterator[httpx.Client]:
    app, _ = live
    with client_of(app) as client:
        yield client


@contextmanager
def client_of(app: FastAPI) -> Iterator[httpx.Client]:
    text, _ = create_token(registry_of(app), "live", by="test")
    headers = {"Authorization": f"Bearer {text}"}
    with serving(app) as address, httpx.Client(base_url=address, headers=headers) as client:
        yield client


def test_a_touched_customer_is_told_as_the_batch_left_it(client: httpx.Client, base: Base) -> None:
    touched, _, third = ids(base, 3)
    found = client.get(f"/v1/profiles/{touched}").json()
    assert (found["id"], found["asked"], found["live"], found["build"]) == (touched, None, 12, base.build)
    assert found["as_of"] == "2026-11-21T04:15:00.250000Z"
    assert found["tags"] == {"value_tier": "新值", "orders_total": 99} and found["segments"] == ["promoters"]
    assert client.get(f"/v1/profiles/{third}").json()["live"] is None


def test_a_merged_id_answers_with_the_survivor(client: httpx.Client, base: Base) -> None:
    touched, gone, _ = ids(base, 3)
    found = client.get(f"/v1/profiles/{gone}").json()
    assert (found["id"], found["asked"]) == (touched, gone)
    both = client.post("/v1/profiles/batch", json={"profiles": [gone, touched]}).json()["results"]
    assert [each["profile"]["id"] for each in both] == [touched, touched]
    assert both[0]["profile"]["traits"] == both[1]["profile"]["traits"] == found["traits"]
    own = client.get(f"/v1/profiles/{touched}/traits").json()["traits"]
    assert own == found["traits"] and own


def test_events_that_just_came_are_the_latest(client: httpx.Client, base: Base) -> None:
    touched, _, _ = ids(base, 3)
    newest = client.get(f"/v1/profiles/{touched}/events", params={"limit": 1}).json()["events"]
    assert [(each["id"], each["occurred_at"], each["fields"]) for each in newest] == [
        ("7", "2026-11-21T04:15:00.25Z", {"order_id": "L1"})
    ]


def test_a_customer_of_events_alone_is_there(client: httpx.Client) -> None:
    assert client.get(f"/v1/profiles/{encode_subject(NEW)}").json()["tags"] == {"orders_total": 1}
    assert client.get(f"/v1/profiles/{encode_subject(NEW + 1)}").status_code == 404
    # No build has seen them yet.
    told = client.get(f"/v1/spaces/x/collections/users/profiles/{encode_subject(NEW)}/metadata").json()["metadata"]
    assert told == {"created_at": None, "updated_at": "2026-11-21T04:15:00.250000Z", "expires_at": None}


def test_the_next_batch_is_seen_at_once_and_changes_the_etag(
    client: httpx.Client, live: tuple[FastAPI, LiveStore], base: Base
) -> None:
    _, store = live
    touched, _, _ = ids(base, 3)
    tag = client.get(f"/v1/profiles/{touched}").headers["etag"]
    assert client.get(f"/v1/profiles/{touched}", headers={"If-None-Match": tag}).status_code == 304
    put(store, decode_subject(touched), [decode_subject(touched)], {"orders_total": 100}, [])
    again = client.get(f"/v1/profiles/{touched}", headers={"If-None-Match": tag})
    assert (again.status_code, again.json()["tags"]) == (200, {"orders_total": 100})


def test_before_the_first_base_the_api_says_so(root: Path, base: Base, tmp_path: Path) -> None:
    copy = tmp_path / "shop"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns("bases"))
    app = create_api(copy)
    with client_of(app) as client:
        answer = client.get(f"/v1/profiles/{ids(base, 1)[0]}")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert answer.headers["retry-after"]
