"""Jobs over HTTP: asked for, listed, shown, stopped; refused clearly."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from huaxiang.api.jobs import create_jobs_api
from huaxiang.registry import Registry
from huaxiang.registry.jobs import Kind, State, claim_job, finish_job, job_of
from huaxiang.words import Words

TOKEN = {"Authorization": "Bearer right"}


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry(tmp_path / "registry.db")
    yield opened
    opened.close()


@dataclass(frozen=True)
class Client:
    """Asks the application, with a token unless other headers say otherwise."""

    app: FastAPI

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
        async def answer() -> Response:
            transport = ASGITransport(self.app, raise_app_exceptions=False)
            async with AsyncClient(transport=transport, base_url="http://shop") as client:
                return await client.request(method, path, headers=headers, **more)

        return asyncio.run(answer())

    def get(self, path: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
        return self.request("GET", path, {**TOKEN, **(headers or {})}, **more)

    def post(self, path: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
        return self.request("POST", path, {**TOKEN, **(headers or {})}, **more)

    def delete(self, path: str) -> Response:
        return self.request("DELETE", path, TOKEN)


@pytest.fixture
def client(registry: Registry) -> Client:
    return Client(create_jobs_api(registry, {"right": "anna"}.get))


def test_a_job_is_asked_for_once_shown_and_stopped(client: Client, registry: Registry) -> None:
    wanted = {"kind": "build", "workers": 2, "memory": 1.5, "as_of": "2026-06-30T08:00:00+08:00", "by": "ben"}
    first = client.post("/v1/jobs", json=wanted)
    assert first.status_code == 202 and first.json()["new"] is True
    job = first.json()["job"]
    assert (job["kind"], job["state"], job["asked_by"]) == ("build", "queued", "anna:ben")
    assert job["settings"] == {"workers": 2, "memory": 3 << 29, "as_of": "2026-06-30T00:00:00"}
    again = client.post("/v1/jobs", json=wanted).json()
    assert (again["job"]["id"], again["new"]) == (job["id"], False)
    assert client.get(f"/v1/jobs/{job['id']}").json()["job"] == again["job"]
    assert client.delete(f"/v1/jobs/{job['id']}").json()["job"]["state"] == "cancelled"
    kept = job_of(registry, job["id"])
    assert kept is not None and kept.state is State.CANCELLED


def test_a_moment_that_nobody_can_know_is_refused(client: Client) -> None:
    answer = client.post("/v1/jobs", json={"kind": "build", "as_of": "2999-01-01T00:00:00Z"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"
    assert "days ahead" in answer.json()["message"]


def test_jobs_are_listed_in_pages(client: Client, registry: Registry) -> None:
    for kind in Kind:
        assert client.post("/v1/jobs", json={"kind": kind.value}).json()["job"]["asked_by"] == "anna"
    taken = claim_job(registry)
    assert taken is not None
    finish_job(registry, taken.id, State.FAILED, fault=Words("no", "不"))
    page = client.get("/v1/jobs", params={"limit": 3}).json()
    assert [each["id"] for each in page["jobs"]] == [4, 3, 2] and page["before"] == 2
    rest = client.get("/v1/jobs", params={"limit": 3, "before": page["before"]}).json()
    assert [each["fault"] for each in rest["jobs"]] == [{"en": "no", "zh": "不"}] and rest["before"] is None
    failed = client.get("/v1/jobs", params={"state": "failed", "kind": "build"}).json()["jobs"]
    assert [each["id"] for each in failed] == [taken.id]
    assert failed[0]["finished"].endswith(("Z", "+00:00"))


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer ", "Basic right", "right", "Bearer right wrong"])
def test_without_the_token_nothing_is_told(client: Client, header: str | None) -> None:
    headers = {"Authorization": header} if header is not None else {}
    for method, path in (("GET", "/v1/jobs"), ("POST", "/v1/jobs"), ("GET", "/v1/jobs/1"), ("DELETE", "/v1/jobs/1")):
        answer = client.request(method, path, headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


@pytest.mark.parametrize(
    "body",
    [
        {}, {"kind": "everything"}, {"kind": "build", "workers": 0}, {"kind": "build", "memory": 1e99},
        {"kind": "build", "as_of": "soon"}, {"kind": "build", "colour": "red"}, [], "build", None,
        {"kind": "build", "by": "x" * 81},
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_and_says_where(client: Client, registry: Registry, body: Any) -> None:
    answer = client.post("/v1/jobs", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert client.get("/v1/jobs").json()["jobs"] == []


def test_refusals_are_in_the_language_asked_for_and_repeat_nothing(client: Client) -> None:
    answer = client.post("/v1/jobs", json={"kind": "13800138000"}, headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert answer.json()["message"].startswith("请求有误：body.kind")
    assert "13800138000" not in answer.text
    assert client.get("/v1/jobs/99", headers={"Accept-Language": "zh"}).json() == {
        "code": "not_found", "message": "没有这个任务"
    }  # fmt: skip
    assert client.get("/v1/jobs/99").json()["message"] == "there is no such job"
    assert client.get("/v1/jobs/99999999999999999999").status_code == 422
    assert client.get("/v1/jobs/x").status_code == 422
