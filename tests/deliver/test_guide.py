"""The examples of the guide's chapter on webhooks run."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from standardwebhooks import WebhookVerificationError

from huaxiang.deliver.policy import Policy
from huaxiang.deliver.sending import Envelope
from huaxiang.deliver.signing import secrets_of, signature
from huaxiang.deliver.stream import Stream
from huaxiang.live.outcome import TagChanges, messages
from huaxiang.read.subject_ids import decode_subject, encode_subject
from huaxiang.registry import Registry
from huaxiang.registry.tokens import create_token
from huaxiang.scaffold import create_project
from huaxiang.server.app import api_with_stream
from huaxiang.serving.store import KEPT_OUTBOX, LiveStore
from huaxiang.subscribers import TOPICS
from tests.deliver.shop import SECRET, VARIABLE, move, post
from tests.deliver.test_stream import serving

ROOT = Path(__file__).parent.parent.parent
CHAPTER = (ROOT / "docs" / "guide" / "en" / "17-webhooks.md").read_text(encoding="utf-8")


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    root = tmp_path / "guide"
    create_project(root, "blank")
    for name, text in re.findall(r'```\w+ title="([^"]+)"\n(.*?)```', CHAPTER, re.DOTALL):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    LiveStore(root / ".huaxiang" / "live.db", writing=True).close()
    return root


def printed_body() -> dict[str, object]:
    (text,) = re.findall(r"```json\n(.*?)```", CHAPTER, re.DOTALL)
    return dict(json.loads(text))


def test_the_body_printed_is_the_body_sent() -> None:
    body = printed_body()
    data = body["data"]
    assert isinstance(data, dict)
    decode_subject(data["subject"])
    moment = datetime.fromisoformat(str(body["timestamp"]))
    assert moment.replace(tzinfo=None) == datetime.fromisoformat(data["as_of"])
    at = int(moment.timestamp() * 1e6)
    subject = decode_subject(data["subject"])
    changes = TagChanges(subject, data["tags"])
    ((_, topic, payload),) = messages([changes], [], [], data["batch"], data["as_of"])
    assert (topic, json.loads(payload)) == (body["type"], data)
    assert json.loads(Envelope("msg_1", "tag.changed", at, json.dumps(data)).body) == body


def test_the_receiver_takes_what_is_signed_once(guide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    received = runpy.run_path(str(guide / "receive.py"))["received"]
    body, now = json.dumps(printed_body()).encode(), int(time.time())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(now)}
    headers["webhook-signature"] = signature(secrets_of([VARIABLE], {VARIABLE: SECRET}), "msg_1", now, body)
    assert received(body, headers) == printed_body()["data"]
    assert received(body, headers) is None
    with pytest.raises(WebhookVerificationError):
        received(body + b" ", headers)


def test_the_function_is_called_and_goes_on_where_it_left_off(guide: Path) -> None:
    def heard(lines: int, first: list[tuple[int, str, dict[str, object]]]) -> list[str]:
        program = subprocess.Popen(
            [sys.executable, "listen.py"], cwd=guide, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        try:
            end = time.monotonic() + 120
            while not (guide / ".huaxiang" / "cursors" / "welcome.json").exists():
                assert program.poll() is None
                assert time.monotonic() < end
                time.sleep(0.02)
            post(guide, *first)
            assert program.stdout is not None
            return [program.stdout.readline().strip() for _ in range(lines)]
        finally:
            # It may be in the middle of keeping its place: that is the point of "at least once".
            time.sleep(1.5)
            program.kill()
            program.wait()
            assert program.stdout is not None
            program.stdout.close()

    first = heard(1, [move(1), move(1, topic="profile.merged")])
    assert first == [f"segment.entered {encode_subject(1)} regulars"]
    post(guide, move(2, topic="segment.left"))
    assert heard(1, []) == [f"segment.left {encode_subject(2)} regulars"]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_program_that_listens_needs_a_token_and_hears(guide: Path) -> None:
    def listening(url: str, token: str) -> subprocess.Popen[str]:
        env = os.environ | {"HUAXIANG_URL": url.removesuffix("/v1/stream"), "HUAXIANG_TOKEN": token}
        return subprocess.Popen(["node", "listen.mjs"], cwd=guide, env=env, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip

    registry = Registry(guide / ".huaxiang" / "registry.db")
    token, _ = create_token(registry, "listener", by="test")
    registry.close()
    stream = Stream(guide, poll=0.02)
    with serving(stream, app=api_with_stream(guide, stream)) as url:
        with listening(url, "hx_wrong") as refused:
            _, told = refused.communicate(timeout=60)
        assert "a valid API token is needed" in told
        with listening(url, token) as program:
            try:
                assert program.stdout is not None
                while not stream.listening:
                    assert program.poll() is None
                    time.sleep(0.02)
                post(guide, move(1))
                assert program.stdout.readline().strip() == "segment.entered"
            finally:
                program.kill()


def test_the_tables_are_those_of_the_code() -> None:
    for topic in TOPICS:
        assert f"| `{topic}` |" in CHAPTER
    spoken = {5: "5 s", 300: "5 min", 1800: "30 min"} | {h * 3600: f"{h} h" for h in (2, 5, 10, 14, 20, 24)}
    assert ", ".join(spoken[int(each)] for each in Policy().delays) in CHAPTER
    assert f"{KEPT_OUTBOX:,}" in CHAPTER
    assert f"2xx within {Policy().timeout:.0f} seconds" in CHAPTER
