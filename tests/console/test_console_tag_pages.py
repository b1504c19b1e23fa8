"""The market of tags and every part of a tag's page, as people use them in a browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from huaxiang.cli.watching import measure_build
from huaxiang.govern import Action, act, comments, favourites, history, save_draft, text_of
from huaxiang.project import load_project
from huaxiang.read.current import Warehouse
from huaxiang.read.export import export_people
from huaxiang.read.filters import Filter
from huaxiang.read.tags import tag_tree
from huaxiang.registry.health import uses
from tests.console.conftest import SIZES, Open, served
from tests.console.test_console_pages import sound
from tests.read.sample import with_key

PARTS = ("", "health", "lineage", "versions", "use", "examples", "comments")
NEW = """
tag: early_bird
name: {zh: 早鸟客户, en: Early bird}
category: 行为/购买
meaning: {zh: 90 天内下过单, en: Ordered within 90 days}
owner: 林小满
rule:
  是: orders_90d > 0
  else: 否
"""


@pytest.fixture(scope="module")
def shop(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the sample that is measured, has drafts, versions, a comment and an export."""
    shop = tmp_path_factory.mktemp("tags") / "shop"
    shutil.copytree(root, shop)
    with with_key():
        measure_build(load_project(shop))
        save_draft(load_project(shop), NEW, by="lin")
        text = text_of(load_project(shop), "value_tier")
        for name in ("价值分级", "价值层次"):
            save_draft(load_project(shop), text.replace("价值层级", name), by="lin", note="改名")
            act(load_project(shop), "value_tier", Action.PUBLISH, by="wang")
        with Warehouse(shop) as warehouse, warehouse.current() as current:
            export_people(current, Filter(), shop / "out.csv", tags=["value_tier"], kinds=[], language="zh", by="lin")
    return shop


@pytest.fixture(scope="module")
def at(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(shop, tmp_path_factory.mktemp("log") / "tags.log") as address:
        yield address


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_part_is_sound(open_page: Open, at: str, address: str, language: str) -> None:
    page = open_page("/tags", language, at=at)
    tags = ("value_tier", "average_basket", "early_bird")
    paths = [
        "/tags",
        "/tags?q=zzzz",
        "/tags?state=draft",
        "/tags?health=poor&kind=statistic",
        "/tags?category=行为/购买",
    ]
    paths += [f"/tags/{code}?tab={part}" for code in tags for part in PARTS]
    paths += ["/tags/value_tier?tab=lineage&all=1", "/tags/value_tier?tab=versions&before=1&after=3"]
    unmeasured = [f"{address}/tags", f"{address}/tags/value_tier?tab=health", f"{address}/tags/gender?tab=versions"]
    page.context.add_cookies([{"name": "huaxiang_language", "value": language, "url": address}])
    for path in [f"{at}{path}" for path in paths] + unmeasured:
        page.goto(path)
        page.wait_for_selector(".hx-page h1")
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            try:
                sound(page, language)
            except AssertionError as fault:
                raise AssertionError(f"{path}, {size}: {fault}") from fault
        assert page.get_by_text("出错了").count() + page.get_by_text("Something went wrong").count() == 0, path


def test_the_market_shows_every_tag(open_page: Open, at: str, shop: Path) -> None:
    page = open_page("/tags", at=at)
    shown = set(page.locator("[data-tag]").evaluate_all("(all) => all.map((it) => it.dataset.tag)"))
    assert shown == {*load_project(shop).tags.tags, "early_bird"}
    row = page.locator("[data-tag=value_tier]")
    with with_key(), Warehouse(shop) as warehouse, warehouse.current() as current:
        tier = next(tag for each in tag_tree(current) for tag in _all(each) if tag.code == "value_tier")
    assert f"{tier.coverage:.0%}" in row.inner_text()
    assert row.locator(".hx-score").inner_text().isdigit()
    assert "草稿" in page.locator("[data-tag=early_bird]").inner_text()


def _all(branch):  # type: ignore[no-untyped-def]
    return [*branch.tags, *(tag for each in branch.branches for tag in _all(each))]


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("text", ["zaoniaokehu", "znkh", "early_b", "早鸟"])
def test_typing_finds(open_page: Open, at: str, text: str, size: str) -> None:
    page = open_page("/tags", size=size, at=at)
    page.fill(".hx-find input[type=search]", text)
    page.wait_for_function("document.querySelectorAll('[data-tag]').length === 1")
    assert page.locator("[data-tag]").get_attribute("data-tag") == "early_bird"
    page.press(".hx-find input[type=search]", "Enter")
    page.wait_for_url("**/tags?q=*")
    assert page.locator("[data-tag]").count() == 1
    page.locator("[data-tag] .name").click()
    page.wait_for_url("**/tags/early_bird")


def test_choices_narrow_the_market(open_page: Open, at: str) -> None:
    page = open_page("/tags", at=at)
    page.locator("summary", has_text="健康度").click()
    choice = page.locator("details[open] a", has_text="较差").first
    count = int(choice.locator("span").inner_text())
    choice.click()
    page.wait_for_selector(".hx-chip")
    scores = page.locator("[data-tag] .hx-score").all_inner_texts()
    assert len(scores) == count and all(int(score) < 60 for score in scores)
    page.goto(f"{at}/tags?owner=林小满")
    assert page.locator("[data-tag]").count() == 1
    page.goto(f"{at}/tags?state=draft&dimension=behaviour")
    assert page.locator("[data-tag]").get_attribute("data-tag") == "early_bird"


def test_a_favourite_is_kept(open_page: Open, at: str, shop: Path) -> None:
    page = open_page("/tags", at=at)
    page.click("[data-star=lifecycle]")
    page.wait_for_selector("[data-star=lifecycle][aria-pressed=true]")
    assert "lifecycle" in favourites(load_project(shop), "console")
    page.goto(f"{at}/tags?star=1")
    assert page.locator("[data-tag]").count() == 1
    page.goto(f"{at}/tags/lifecycle")
    page.click("[data-star=lifecycle]")
    page.wait_for_selector("[data-star=lifecycle][aria-pressed=false]")
    assert "lifecycle" not in favourites(load_project(shop), "console")


def test_opening_counts_as_use(open_page: Open, at: str, shop: Path) -> None:
    before = _uses(shop)
    page = open_page("/tags/price_group", at=at)
    assert _uses(shop) == before + 1
    page.goto(f"{at}/tags/price_group?tab=use")
    assert _uses(shop) == before + 1
    assert page.locator(".hx-stats b").first.inner_text() == str(before + 1)


def _uses(shop: Path) -> int:
    with Warehouse(shop) as warehouse, warehouse.current() as current:
        return (
            uses(current.registry, current.build.as_of.date().replace(year=2000))
            .get("price_group", {})
            .get("console", 0)
        )


def test_health_adds_up(open_page: Open, at: str) -> None:
    page = open_page("/tags/value_tier?tab=health", at=at)
    points = [text.split(" / ") for text in page.locator("[data-part] .n").all_inner_texts() if "/" in text]
    score = round(100 * sum(float(each) for each, _ in points) / sum(float(of) for _, of in points))
    assert page.locator(".hx-score.big").inner_text() == str(score)
    assert page.locator("[data-part] .why small").first.inner_text()


def test_unmeasured_says_what_to_run(open_page: Open) -> None:
    page = open_page("/tags/gender?tab=health")
    assert page.get_by_text("huaxiang health --measure", exact=True).count() == 1


def test_lineage_leads_on(open_page: Open, at: str) -> None:
    page = open_page("/tags/value_tier?tab=lineage", at=at)
    box = page.locator(".hx-canvas svg text", has_text=re.compile("^近365天消费额$")).first
    box.wait_for()
    box.scroll_into_view_if_needed()
    box.click(force=True)
    page.wait_for_url("**/tags/spend_365d")
    page.goto(f"{at}/tags/value_tier?tab=lineage")
    assert page.locator(".hx-links a[href='/segments/winback_high_value']").count() == 1


def test_versions_differ_and_roll_back(open_page: Open, at: str, shop: Path) -> None:
    page = open_page("/tags/value_tier?tab=versions&before=2&after=3", at=at)
    field = page.locator("[data-field=name]")
    assert "价值分级" in field.locator(".less").inner_text()
    assert "价值层次" in field.locator(".more").inner_text()
    assert page.locator("[data-field]").count() == 1
    page.locator(".hx-foot .hx-who summary").click()
    page.fill(".hx-foot .hx-who input[type=text]", "赵青")
    page.click(".hx-foot .hx-who button")
    page.wait_for_url("**/tags/value_tier?**")
    page.locator("[data-version='2'] summary").click()
    page.fill("[data-version='2'] input[name=note]", "改回去")
    page.click("[data-version='2'] button")
    page.wait_for_selector("[data-version='4']")
    newest = history(load_project(shop), "value_tier").versions[-1]
    assert (newest.version, newest.author, newest.note, newest.state.value) == (4, "赵青", "改回去", "draft")
    assert page.said == []  # type: ignore[attr-defined]


def test_a_comment_is_escaped_and_kept(open_page: Open, at: str, shop: Path) -> None:
    page = open_page("/tags/gender?tab=comments", at=at)
    page.fill("textarea[name=text]", "<img src=x onerror=alert(1)> 口径?")
    page.click(".hx-say button")
    page.wait_for_selector(".hx-comments li")
    assert page.locator(".hx-comments p").inner_text() == "<img src=x onerror=alert(1)> 口径?"
    assert [each.by for each in comments(load_project(shop), "gender")] == ["console"]
    page.fill("textarea[name=text]", "   ")
    page.click(".hx-say button")
    page.wait_for_selector(".hx-said .hx-warning")


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_an_example_is_explained(open_page: Open, at: str, size: str) -> None:
    page = open_page("/tags/value_tier?tab=examples", size=size, at=at)
    values = page.locator(".hx-example b").all_inner_texts()
    assert len(values) == len(set(values)) > 1
    page.locator("[data-why]").first.click()
    page.wait_for_selector(".hx-dialog .big")
    assert page.locator(".hx-dialog .big").first.inner_text() == values[0]
    page.click(".hx-dialog [data-close]")
    page.locator(".hx-example a").first.click()
    page.wait_for_selector(".hx-hero")


def test_a_draft_has_a_page(open_page: Open, at: str) -> None:
    page = open_page("/tags/early_bird", at=at)
    assert page.get_by_text("huaxiang build", exact=True).count() == 1
    assert "tag: early_bird" in page.locator(".hx-yaml").inner_text()


def test_exports_are_listed(open_page: Open, at: str) -> None:
    page = open_page("/tags/value_tier?tab=use", at=at)
    assert "out.csv" in page.locator(".hx-table").inner_text()
    assert page.locator(".hx-named a[href='/segments/winback_high_value']").count() == 1
