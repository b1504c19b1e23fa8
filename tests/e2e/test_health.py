"""huaxiang health and huaxiang alerts, over a shop that drifts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Cli, cli_env
from tests.watch.shop import make_shop, orders_of_june, write_orders

RULES = """
- alert: wine
  name: {en: Everybody drinks wine, zh: 人人喝酒}
  tag: last_category
  when: "psi > 0.25"
  severity: critical
- outcome: reorder
  name: {en: Orders again, zh: 再次下单}
  from: orders
  horizon: 30 days
"""


@pytest.fixture(scope="module")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The shop of tests/watch, built twice through the command line."""
    home = tmp_path_factory.mktemp("home-watch")
    root = make_shop(home / "shop")
    cli = Cli(root, cli_env(home / "config"))
    (root / "watch.yaml").write_text(RULES, encoding="utf-8")
    first = cli.run("build", "--as-of", "2026-06-01")
    assert "alerts" not in first.stdout
    write_orders(root, "june", orders_of_june())
    second = cli.run("build", "--as-of", "2026-07-01")
    assert "1 alert: huaxiang alerts list" in second.stdout
    return cli


def test_alerts_fail_a_pipeline_until_somebody_sees_to_them(drifted: Cli) -> None:
    listed = drifted.run("alerts", "list", code=3).stdout
    assert "Everybody drinks wine" in listed and "last_category" in listed
    drifted.run("alerts", "list", "--fail-on", "never")
    drifted.run("alerts", "list", "--tag", "tier")
    [alert] = drifted.json("alerts", "list", "--fail-on", "never")
    assert alert["measured"]["psi"] > 1 and alert["acknowledged"] is None
    drifted.run("alerts", "ack", str(alert["id"]), "--by", "li", "--note", "a feast")
    assert "No open alerts" in drifted.run("alerts", "list").stdout
    [seen] = drifted.json("alerts", "list", "--all")
    assert (seen["by"], seen["note"]) == ("li", "a feast")
    assert "no alert 77" in drifted.run("alerts", "ack", "77", "--note", "x", code=1).stderr
    assert "info, warning, critical" in drifted.run("alerts", "list", "--fail-on", "bad", code=1).stderr


def test_all_tags_the_worst_first(drifted: Cli) -> None:
    found = drifted.json("health")
    scores = [each["score"] for each in found["tags"]]
    assert found["build"] == 2 and scores == sorted(scores) and len(scores) == 13
    text = drifted.run("health").stdout
    assert "last_category" in text and "Fix" in text and "PSI" in text


def test_one_tag_with_its_trend_and_lift(drifted: Cli) -> None:
    text = drifted.run("health", "tier", "--outcome", "reorder").stdout
    assert "Orders again" in text and "Lift on: Orders again" in text
    assert "builds 1 – 2" in text and "coverage ██ 100%" in text
    told = drifted.json("health", "tier")
    assert [each["build"] for each in told["trend"]] == [1, 2]
    assert told["health"]["lift"]["outcome"] == "reorder"
    assert "there is no tag" in drifted.run("health", "teir", code=1).stderr
    assert "did you mean orders?" in drifted.run("health", "--outcome", "ordres", code=1).stderr
    assert "--outcome" in drifted.run("health", "--horizon", "3 days", code=1).stderr


def test_a_baseline_is_pinned_and_let_go(drifted: Cli) -> None:
    def of(*more: str) -> tuple[int, float]:
        measured = drifted.json("health", "last_category", *more)["health"]["measured"]
        return measured["baseline"], measured["psi"]

    assert of("--baseline", "2") == (2, 0.0)
    assert of("--baseline", "0")[0] == 1
    assert "no finished build 9" in drifted.run("health", "--baseline", "9", code=1).stderr


def test_a_build_stands_though_a_rule_fails(drifted: Cli) -> None:
    path = drifted.root / "watch.yaml"
    path.write_text(RULES.replace("psi > 0.25", "(customers + 9223372036854775807) * 2 > known"), encoding="utf-8")
    try:
        told = drifted.run("build", "--as-of", "2026-07-02").stdout
        assert "the build is done, but measuring it failed: step alert wine failed" in " ".join(told.split())
        assert drifted.json("health")["build"] == 3
    finally:
        path.write_text(RULES, encoding="utf-8")


def test_wrong_rules_stop_check_and_build(drifted: Cli, tmp_path: Path) -> None:
    path = drifted.root / "watch.yaml"
    path.write_text(RULES.replace("psi > 0.25", "pis > 0.25"), encoding="utf-8")
    try:
        for command in ("check", "build"):
            assert "watch.yaml:5" in drifted.run(command, code=1).stderr
    finally:
        path.write_text(RULES, encoding="utf-8")
