"""The life of a tag at the command line: draft, review, online, offline, files and registry, templates."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from huaxiang.cli.who import USER
from huaxiang.govern import Side
from huaxiang.privacy.keys import KEY_VARIABLE, MasterKey
from tests.govern.governed import TAGS, Shop, definition, new_shop

from .conftest import Cli, cli_env


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return new_shop(tmp_path / "shop")


@pytest.fixture
def cli(shop: Shop, tmp_path: Path) -> Cli:
    env = cli_env(tmp_path / "config") | {USER: "li", KEY_VARIABLE: MasterKey(bytes(range(32))).as_text()}
    return Cli(shop.root, env)


def draft(shop: Shop, text: str) -> str:
    shop.write("draft.yaml", text)
    return "draft.yaml"


def test_a_tag_from_draft_to_archive(shop: Shop, cli: Cli) -> None:
    shop.needs_approval()
    made = cli.json("tag", "new", draft(shop, definition("visits", "count(*)")), "-m", "first")
    assert (made["version"], made["state"], made["author"], made["note"]) == (1, "draft", "li", "first")
    assert made["origin"] == "cli"
    assert cli.json("tag", "submit", "visits")["state"] == "in_review"
    assert "somebody else must approve" in cli.run("tag", "approve", "visits", code=1).stderr
    assert cli.json("tag", "reject", "visits", "--by", "wang", "-m", "say more")["state"] == "draft"
    text = definition("visits", "count(*)", "meaning: all orders\n")
    assert cli.json("tag", "new", draft(shop, text), "--version", "1")["version"] == 1
    cli.run("tag", "submit", "visits")
    assert "online" in cli.run("tag", "approve", "visits", "--by", "wang").stdout
    assert cli.json("tag", "offline", "visits")["state"] == "offline"
    assert cli.json("tag", "online", "visits")["state"] == "online"
    cli.run("tag", "offline", "visits")
    assert cli.json("tag", "archive", "visits")["state"] == "archived"
    found = cli.json("tag", "history", "visits")
    assert [(each["by"], each["after"]) for each in found["events"]] == [
        ("li", "draft"), ("li", "in_review"), ("wang", "draft"), ("li", "draft"), ("li", "in_review"),
        ("wang", "online"), ("li", "offline"), ("li", "online"), ("li", "offline"), ("li", "archived"),
    ]  # fmt: skip
    assert "say more" in cli.run("tag", "history", "visits").stdout


def test_a_definition_comes_from_standard_input(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(definition("visits", "count(*)")))
    assert cli.json("tag", "new")["code"] == "visits"
    assert cli.json("tag", "online", "visits")["state"] == "online"


def test_a_wrong_definition_is_told_with_its_line_in_chinese(shop: Shop, cli: Cli) -> None:
    done = cli.run("--lang", "zh", "tag", "new", draft(shop, "tag: visits\nfrom: ordrs\nvalue: count(*)"), code=1)
    assert "console:2: 没有名为“ordrs”的事实表（是不是想写 orders？）" in done.stderr


def test_a_draft_says_whom_it_would_change(shop: Shop, cli: Cli) -> None:
    cli.run("build", "--as-of", "2026-06-30")
    done = cli.run("tag", "new", draft(shop, definition("spend_total", "sum(amount) + 130")))
    printed = " ".join(done.stdout.split())
    assert "tag spend_total: 3 of 3 customers would change" in printed
    assert "tag tier: 1 of 3" in printed and "segment big: 1 of 3" in printed


def test_list_search_show(cli: Cli) -> None:
    assert [each["code"] for each in cli.json("tag", "list")] == ["orders_total", "spend_total", "tier"]
    assert [each["code"] for each in cli.json("tag", "search", "hydj")] == ["tier"]
    assert [each["code"] for each in cli.json("tag", "list", "--owner", "数据组", "--state", "online")] == [
        "orders_total"
    ]
    cli.run("tag", "favourite", "tier")
    assert [each["code"] for each in cli.json("tag", "list", "--favourites")] == ["tier"]
    assert cli.json("tag", "favourite", "tier", "--remove") == []
    assert "会员等级" in cli.run("--lang", "zh", "tag", "list", "--kind", "rule").stdout
    assert "spend_total >= 150" in cli.run("tag", "show", "tier").stdout
    assert "did you mean tier?" in cli.run("tag", "show", "tir", code=1).stderr


def test_diff_roll_back_and_comment(shop: Shop, cli: Cli) -> None:
    cli.run("apply")
    shop.edit("sum(amount)", "sum(amount) + 2")
    cli.run("apply")
    (found,) = cli.json("tag", "diff", "spend_total", "1", "2")
    assert (found["field"], found["before"], found["after"]) == ("value", "sum(amount)", "sum(amount) + 2")
    assert "计算" in cli.run("--lang", "zh", "tag", "diff", "spend_total", "1").stdout
    assert cli.json("tag", "rollback", "spend_total", "1")["version"] == 3
    cli.run("tag", "online", "spend_total")
    assert cli.json("tag", "diff", "spend_total", "1") == []
    cli.run("export")
    assert shop.read() == TAGS
    assert "1 comments" in cli.run("tag", "comment", "spend_total", "why 2?").stdout


def test_apply_and_export_show_conflicts_side_by_side(shop: Shop, cli: Cli) -> None:
    assert len(cli.json("apply", "--dry-run")["done"]) == 3
    cli.run("apply")
    assert "agree" in cli.run("export").stdout
    cli.run("tag", "new", draft(shop, definition("spend_total", "sum(amount) + 1")))
    cli.run("tag", "online", "spend_total")
    shop.edit("sum(amount)", "sum(amount) + 2")
    for command in ("apply", "export"):
        done = cli.run(command, code=1)
        assert "sum(amount) + 1" in done.stdout and "sum(amount) + 2" in done.stdout
        assert "nothing was overwritten" in done.stdout
    assert "goes with the tags" in cli.run("apply", "--take", "files", code=1).stderr
    cli.run("export", "--take", Side.REGISTRY, "spend_total")
    assert "sum(amount) + 1" in shop.read()
    assert "agree" in cli.run("apply").stdout


def test_what_waits_in_files_is_checked_too(shop: Shop, cli: Cli) -> None:
    shop.needs_approval()
    cli.run("apply")
    shop.edit("sum(amount)", "sum(amonut)")
    assert "did you mean amount?" in cli.run("check", code=1).stderr
    assert cli.json("tag", "list")


def test_a_version_that_broke_can_be_taken_offline(shop: Shop, cli: Cli) -> None:
    shop.write("facts/orders.yaml", "- {fact: orders, columns: {tip: money}}\n")
    cli.run("tag", "new", draft(shop, definition("tips", "sum(tip)")))
    cli.run("tag", "online", "tips")
    shop.write("facts/orders.yaml", "")
    assert "registry:tips@1:3: there is no 'tip' here" in cli.run("check", code=1).stderr
    assert cli.json("tag", "offline", "tips")["state"] == "offline"
    cli.run("check")


def test_templates_are_listed_and_copied(shop: Shop, cli: Cli) -> None:
    assert {each["template"] for each in cli.json("tag", "template", "list")} >= {
        "retail", "ecommerce", "fmcg", "bank_retail", "car_maker",
    }  # fmt: skip
    assert "asset_tier" in cli.run("tag", "template", "list", "bank_retail").stdout
    copied = cli.json("tag", "template", "copy", "bank_retail", "asset_tier")
    assert (copied["asked"], copied["needed"]) == (["asset_tier"], ["deposit_balance", "wealth_holdings", "assets"])
    assert copied["files"] == ["tags/bank_retail.yaml", "facts/bank_retail.yaml"]
    assert shop.read("facts/bank_retail.yaml") == "- include: bank_retail\n"
    assert {"asset_tier", "assets"} <= shop.project.tags.tags.keys()
    assert cli.json("tag", "template", "copy", "bank_retail", "payroll_customer")["needed"] == ["salary_months"]
    done = cli.run("tag", "template", "copy", "bank_retail", "assets", code=1)
    assert "is defined at tags/bank_retail.yaml:" in done.stderr
    assert "did you mean fmcg?" in cli.run("tag", "template", "copy", "fmgc", "x", code=1).stderr
    assert "did you mean asset_tier?" in cli.run("tag", "template", "copy", "bank_retail", "aset_tier", code=1).stderr


@pytest.mark.parametrize("template", ["ecommerce", "fmcg", "bank_retail", "car_maker"])
def test_a_project_begins_with_an_industry(cli: Cli, template: str) -> None:
    cli.run("init", "mine", "--template", template)
    assert cli.json("check", "--project", "mine")["tags"] >= 20
