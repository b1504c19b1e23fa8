"""The guide's chapter on reading profiles: its files are built and served, its answer and its programs hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from huaxiang.api.app import create_api
from huaxiang.api.profiles.refusals import STATUS
from huaxiang.pipeline import Settings, build
from huaxiang.project import load_project
from huaxiang.registry.tokens import create_token
from huaxiang.scaffold import create_project
from tests.api.profiles.served import make_base, registry_of, serving

GUIDE = Path(__file__).parents[3] / "docs" / "guide"
MIDNIGHT = datetime(2026, 6, 29, 16)
_FENCE = re.compile(r"^```(\w*)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Chapter:
    """One language's chapter, its project served."""

    text: str
    address: str
    token: str

    def blocks(self, language: str) -> list[str]:
        return [text for found, title, text in _FENCE.findall(self.text) if found == language and not title]


@pytest.fixture(params=["en", "zh"])
def chapter(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chapter]:
    monkeypatch.delenv("HUAXIANG_MASTER_KEY")
    text = (GUIDE / request.param / "15-reading.md").read_text(encoding="utf-8")
    root = tmp_path / "shop"
    create_project(root, "blank")
    for _, title, content in _FENCE.findall(text):
        if title:
            (root / title).parent.mkdir(parents=True, exist_ok=True)
            (root / title).write_text(content, encoding="utf-8")
    build(load_project(root), as_of=MIDNIGHT, settings=Settings(workers=1))
    make_base(root)
    app = create_api(root)
    token, _ = create_token(registry_of(app), "guide", by="test")
    with serving(app) as address:
        yield Chapter(text, address, token)


def ask(chapter: Chapter, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {chapter.token}"}
    return httpx.request(method, chapter.address + path, headers=headers, json=body).raise_for_status().json()


def test_the_answers_shown_are_given(chapter: Chapter) -> None:
    profile, wanted = (json.loads(text) for text in chapter.blocks("json"))
    found = ask(chapter, "GET", "/v1/profiles/member_id:V01")
    assert found.pop("id") and found == profile
    assert list(found["traits"]) == list(profile["traits"])
    results = ask(chapter, "POST", "/v1/profiles/batch", wanted)["results"]
    assert [each["profile"] and each["profile"]["tags"]["orders_90d"] for each in results] == [2, 1, None]
    assert results[2]["error"]["code"] == "not_found"


def test_the_program_runs(chapter: Chapter) -> None:
    reading, sending = chapter.blocks("python")
    program = reading.replace("http://127.0.0.1:8420", chapter.address).replace("hx_…", chapter.token)
    assert program != reading
    exec(compile(program, "the guide", "exec"), {})
    compile(sending, "the guide", "exec")


def test_every_code_is_explained(chapter: Chapter) -> None:
    rows = [line.split("|") for line in chapter.text.splitlines() if re.match(r"\| \d{3}", line)]
    told = {code: row for row in rows for code in re.findall(r"`(\w+)`", row[2])}
    assert {code: status for code, status in STATUS.items() if str(status) in told.get(code, ["", ""])[1]} == {
        code: status for code, status in STATUS.items() if code not in ("not_allowed", "fault")
    }
