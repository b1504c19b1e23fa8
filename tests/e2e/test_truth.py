"""The build against the simulator's known truth, which the build never reads."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

import pyarrow.parquet as pq
import pytest

from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keys import load_master_key
from huaxiang.project import load_project
from huaxiang.read.current import CurrentBuild, current_build

from .conftest import Cli

CERTAIN = {"member_id", "phone", "unionid", "id_card", "email"}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Known:
    """The truth beside what was found: person of each identifier, subject of each identifier, and one-to-one people."""

    person: Mapping[tuple[str, str], int]
    subject: Mapping[tuple[str, str], int]
    alike: Mapping[int, int]


@pytest.fixture(scope="module")
def build(shop: Cli, monkeypatch_module: pytest.MonkeyPatch) -> CurrentBuild:
    monkeypatch_module.setenv("XDG_CONFIG_HOME", shop.env["XDG_CONFIG_HOME"])
    monkeypatch_module.delenv("HUAXIANG_MASTER_KEY", raising=False)
    with current_build(shop.root) as current:
        yield current


@pytest.fixture(scope="module")
def monkeypatch_module() -> pytest.MonkeyPatch:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def known(shop: Cli, build: CurrentBuild) -> Known:
    rows = pq.read_table(shop.root / "truth/identifiers.parquet").to_pylist()
    own = [row for row in rows if row["kind"] in CERTAIN and not row["shared"] and row["origin"] == "own"]
    project = load_project(shop.root)
    blind = BlindIndex(load_master_key(project.id, project.root))
    subjects = dict(build.engine.rows("SELECT node, subject FROM identifiers WHERE subject IS NOT NULL"))
    person, subject = {}, {}
    for row in own:
        key = (row["kind"], row["value"])
        person[key] = row["person"]
        node = blind.one(*key)[0]
        if node in subjects:
            subject[key] = subjects[node]
    return Known(person, subject, _alike(rows, person, subject))


def _alike(rows: list[dict], person: Mapping, subject: Mapping) -> dict[int, int]:
    """People all of whose certain identifiers are in one subject that has nobody else's."""
    theirs, held = defaultdict(set), defaultdict(set)
    for key, who in person.items():
        theirs[who].add(subject.get(key))
        held[subject.get(key)].add(who)
    shared = {row["person"] for row in rows if row["shared"] or row["origin"] != "own"}
    return {
        who: next(iter(subjects))
        for who, subjects in theirs.items()
        if len(subjects) == 1 and None not in subjects and len(held[next(iter(subjects))]) == 1 and who not in shared
    }


def _pairs(groups: Mapping[int, int]) -> int:
    return sum(count * (count - 1) // 2 for count in groups.values())


def test_identity_is_precise_and_complete(known: Known) -> None:
    by_person = Counter(known.person.values())
    by_subject = Counter(known.subject.values())
    both = Counter((known.person[key], subject) for key, subject in known.subject.items())
    right = sum(count * (count - 1) // 2 for count in both.values())
    assert right / _pairs(by_subject) >= 0.999
    assert right / _pairs(by_person) >= 0.98


def test_most_people_are_found_exactly(known: Known) -> None:
    assert len(known.alike) / len(set(known.person.values())) > 0.9


@dataclass(frozen=True)
class Orders:
    """What truth says of a person's paid orders: when each was, days since the last, and of the last 365 days."""

    days: tuple[datetime, ...]
    since: int | None
    year: int
    spend: float


@pytest.fixture(scope="module")
def orders(shop: Cli) -> Mapping[int, Orders]:
    as_of = datetime.fromisoformat(json.loads((shop.root / "truth/parameters.json").read_text())["as_of"])
    rows = pq.read_table(shop.root / "truth/orders.parquet").to_pylist()
    mine = defaultdict(list)
    for row in rows:
        if row["person"] is not None and row["valid"] and row["status"] == "paid":
            mine[row["person"]].append(row)
    found = {}
    for person, theirs in mine.items():
        year = [row for row in theirs if row["ordered_at"] >= as_of - 365 * DAY]
        spend = float(sum(row["amount"] for row in year))
        days = tuple(sorted(row["ordered_at"] for row in theirs))
        found[person] = Orders(days, (as_of.date() - days[-1].date()).days, len(year), spend)
    return found


def test_orders_are_exactly_right(build: CurrentBuild, known: Known, orders: Mapping[int, Orders]) -> None:
    """What RFM scores are made of, too: recency, frequency, money."""
    rows = build.engine.rows("SELECT subject, days_since_order, orders_total, orders_365d, spend_365d FROM tags")
    found = {subject: rest for subject, *rest in rows}
    wrong = {}
    for person, subject in known.alike.items():
        truth = orders.get(person, Orders((), None, 0, 0.0))
        since, total, year, spend = found[subject]
        if (since, total, year, round(float(spend), 2)) != (
            truth.since, len(truth.days), truth.year, round(truth.spend, 2),
        ):  # fmt: skip
            wrong[person] = (since, total, year, spend, truth)
    assert not wrong


def test_lifecycle_is_exactly_right(shop: Cli, build: CurrentBuild, known: Known) -> None:
    truth = {
        row["person"]: row["lifecycle"] for row in pq.read_table(shop.root / "truth/lifecycle.parquet").to_pylist()
    }
    words = {"prospect": "潜在", "first_time": "初次", "repeat": "重复", "lapsed": "流失"}
    found = dict(build.engine.rows("SELECT subject, CAST(lifecycle_overall AS VARCHAR) FROM tags"))
    wrong = {
        who: (truth[who], found[subject]) for who, subject in known.alike.items() if found[subject] != words[truth[who]]
    }
    assert not wrong


def _scores(values: Mapping[int, float], *, reverse: bool) -> dict[int, int]:
    """Quintile scores by exact quantiles: 1 + how many of the four cuts a value is above (equal values alike)."""
    ordered = sorted(values.values())
    cuts = [ordered[ceil(q * len(ordered)) - 1] for q in (0.2, 0.4, 0.6, 0.8)]
    scores = {who: 1 + sum(value > cut for cut in cuts) for who, value in values.items()}
    return {who: 6 - score for who, score in scores.items()} if reverse else scores


def test_rfm_is_exactly_right(build: CurrentBuild) -> None:
    """Computed again in plain Python, from the facts as they were joined."""
    as_of = datetime(2026, 11, 21)
    rows = build.engine.rows(
        "SELECT subject, order_id, occurred_at + INTERVAL 8 HOUR, CAST(amount AS DOUBLE) FROM orders "
        "WHERE subject IS NOT NULL AND (status IS NULL OR status NOT IN ('refunded', 'cancelled'))"
    )
    last, year, spend = {}, defaultdict(set), Counter()
    for subject, order, at, amount in rows:
        last[subject] = max(at, last.get(subject, at))
        if at >= as_of - 365 * DAY:
            year[subject].add(order)
            spend[subject] += round(amount * 100)
    recency = _scores({who: (as_of.date() - at.date()).days for who, at in last.items()}, reverse=True)
    frequency = _scores({who: len(year[who]) for who in last}, reverse=False)
    monetary = _scores({who: spend[who] for who in last}, reverse=False)
    means = [sum(scores.values()) / len(scores) for scores in (recency, frequency, monetary)]
    names = {
        "HHH": "高价值", "LHH": "重点保持", "HLH": "重点发展", "LLH": "重点挽留",
        "HHL": "一般价值", "LHL": "一般保持", "HLL": "一般发展", "LLL": "潜在",
    }  # fmt: skip
    found = build.engine.rows("SELECT subject, rfm_r, rfm_f, rfm_m, CAST(rfm_class AS VARCHAR) FROM tags")
    assert len(last) > 500
    for subject, *scores, name in found:
        if subject not in last:
            assert name is None
            continue
        expected = [recency[subject], frequency[subject], monetary[subject]]
        assert scores == expected
        assert name == names["".join("H" if s >= m else "L" for s, m in zip(scores, means, strict=True))]


def test_every_planted_fault_is_quarantined(shop: Cli, build: CurrentBuild) -> None:
    planted = Counter()
    for row in pq.read_table(shop.root / "truth/faults.parquet").to_pylist():
        if row["quarantine"]:
            planted[row["source"]] += row["rows"]
    stopped = Counter(
        dict(build.engine.rows("SELECT source, count(*) FROM quarantine WHERE fate = 'row' GROUP BY source"))
    )
    assert planted and stopped == planted


def test_gaps_of_the_category_are_the_populations(build: CurrentBuild) -> None:
    """The repurchase gap of each category, computed again from the facts."""
    rows = build.engine.rows(
        "SELECT DISTINCT subject, CAST(category AS VARCHAR), day FROM orders WHERE subject IS NOT NULL "
        "AND (status IS NULL OR status NOT IN ('refunded', 'cancelled')) ORDER BY 1, 2, 3"
    )
    gaps = defaultdict(list)
    for (one, item, day), (other, other_item, later) in pairwise(rows):
        if (one, item) == (other, other_item):
            gaps[item].append((later - day).days)
    limits = dict(build.engine.rows("SELECT name, value FROM tag_thresholds WHERE tag = 'lifecycle'"))
    checked = 0
    for item, found in gaps.items():
        if len(found) >= 30:
            expected = sorted(found)[ceil(0.9 * len(found)) - 1]
            assert limits[f"repurchase_gap(0.9) {item}"] == expected
            checked += 1
    assert checked >= 3
