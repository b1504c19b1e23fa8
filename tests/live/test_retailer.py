"""The sample retailer as it is shipped: a visitor of its site who signs in brings the past along."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from huaxiang.serving.current import Serving
from tests.live.shop import drain, put, worker
from tests.read.sample import MOMENTS, sample_project, with_key

NOW = MOMENTS[-1] + timedelta(hours=2)
VISITOR, MEMBER = "7b1e4c20-93aa-4f0d-8a1b-2c9d44e0f1a2", "M-live-1"


@pytest.fixture
def retailer(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with with_key():
        return Path(shutil.copytree(sample_project(tmp_path_factory), tmp_path / "shop"))


def sent(type_: str, minutes: int, **more: object) -> dict[str, object]:
    at = (NOW - timedelta(minutes=minutes)).isoformat() + "Z"
    return {"type": type_, "messageId": f"{type_}-{minutes}", "timestamp": at, "anonymousId": VISITOR} | more


def test_who_signs_in_brings_the_past_along(retailer: Path) -> None:
    applier = worker(retailer, NOW)
    try:
        bought = {"order_id": "QQ1", "total": 99, "products": [{"sku": "A", "price": 99, "quantity": 1}]}
        put(retailer, [sent("track", 30, event="Order Completed", properties=bought)], _received(30))
        drain(applier)
        serving = Serving(retailer)
        before = serving.subject_of("anonymous_id", VISITOR)
        assert before is not None
        put(retailer, [sent("identify", 20, userId=MEMBER, traits={"phone": "13800138123"})], _received(20))
        drain(applier)
        after = serving.subject_of("member_id", MEMBER)
        assert after is not None
        found = serving.profile(after)
        assert found is not None
        assert serving.subject_of("anonymous_id", VISITOR) == found.subject
        assert found.tags["orders_total"] == 1 and found.tags["spend_total"] == 99
        known = serving.profile(before)
        assert known is not None and known.subject == found.subject
        serving.close()
    finally:
        applier.close()


def _received(minutes: int) -> datetime:
    return NOW - timedelta(minutes=minutes)
