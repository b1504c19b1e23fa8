"""Writing a tag, having it approved, tagging by hand, seeing to alerts: as people do it, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from huaxiang import govern
from huaxiang.govern.states import Action
from huaxiang.project import load_project
from huaxiang.read.current import CurrentBuild, current_build
from huaxiang.read.manual import manual_entries
from huaxiang.registry.health import NewAlert, alerts, put_alerts
from huaxiang.registry.tags import State
from huaxiang.words import Words
from tests.console.conftest import SIZES, Open, served
from tests.console.test_console_pages import sound
from tests.read.sample import with_key

DEAR = "tag: dear\nname: {zh: 大额订单数, en: Dear orders}\nfrom: orders\nvalue: count(*)\nwhere: amount > 100\n"
CARE = "tag: care\nname: {zh: 关怀, en: Care}\nmanual: {values: [VIP, normal], expires: 90 days}\n"
Person = Callable[..., Page]


@pytest.fixture(scope="module")
def shop(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the sample that asks for approval."""
    mine = tmp_path_factory.mktemp("govern") / "shop"
    shutil.copytree(root, mine)
    with (mine / "huaxiang.yaml").open("a", encoding="utf-8") as file:
        file.write("\ngovernance: {approval: required}\n")
    put(mine, CARE)
    return mine


@pytest.fixture(scope="module")
def place(shop: Path, log: Path) -> Iterator[str]:
    with served(shop, log.with_name("govern.log")) as address:
        yield address
    assert "Traceback" not in log.with_name("govern.log").read_text(encoding="utf-8")


@pytest.fixture
def person(open_page: Open, place: str) -> Person:
    """Return a function that opens a page as somebody of that name."""

    def opened(name: str, path: str, language: str = "zh", size: str = "wide") -> Page:
        page = open_page("/data", language, size, place)
        control = page.locator(".hx-who").filter(visible=True)
        control.locator("summary").click()
        control.locator("input[type=text]").fill(name)
        control.locator("button").click()
        page.wait_for_load_state()
        page.goto(place + path)
        page.wait_for_selector(".hx-page h1")
        return page

    return opened


def put(shop: Path, text: str, *, by: str = "li") -> None:
    """Put a definition online, written by one and approved by another."""
    code = govern.code_in(text)
    govern.save_draft(load_project(shop), text, by=by)
    govern.act(load_project(shop), code, Action.SUBMIT, by=by)
    govern.act(load_project(shop), code, Action.APPROVE, by="wang")


def asked(shop: Path, question: Callable[[CurrentBuild], object]) -> object:
    with with_key(), current_build(shop) as current:
        return question(current)


def write(page: Page, text: str) -> None:
    page.locator(".cm-content").fill(text)


def said(box: Page | Locator, text: str) -> None:
    box.locator(".hx-notice", has_text=text).wait_for()


def press(box: Page | Locator, name: str) -> None:
    box.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize(
    ("language", "fault", "hint", "line"),
    [
        ("zh", "没有名为“ordrs”的事实表", "是不是想写 orders", "第 3 行"),
        ("en", "no facts 'ordrs'", "Did you mean orders", "Line 3"),
    ],
)  # fmt: skip
def test_a_wrong_word_is_named_with_the_nearest(
    person: Person, language: str, fault: str, hint: str, line: str
) -> None:
    page = person("li", "/tags/new", language)
    write(page, DEAR.replace("orders\n", "ordrs\n"))
    row = page.locator(".hx-faults li").first
    row.wait_for()
    shown = row.inner_text()
    assert fault in shown
    assert hint in shown
    assert line in shown
    page.locator(".cm-line.hx-wrong").wait_for()
    assert page.locator(".cm-line.hx-wrong").inner_text().strip() == "from: ordrs"
    write(page, DEAR)
    page.wait_for_selector(".hx-sound")
    assert page.locator(".cm-line.hx-wrong").count() == 0
    assert page.said == []  # type: ignore[attr-defined]


def test_the_preview_counts(person: Person, shop: Path) -> None:
    sql = "SELECT count(DISTINCT subject) FROM orders WHERE amount > 100 AND subject IS NOT NULL"
    count = asked(shop, lambda current: current.engine.one(sql))
    page = person("li", "/tags/new")
    write(page, DEAR.replace("count(*)", "max(amount)"))
    page.wait_for_selector(f"[data-preview='{count}']")
    assert page.locator(".hx-bars > div").count() > 3
    press(page, "会影响多少客户？")
    page.wait_for_selector(f"[data-impact='{count}']")


def test_a_word_is_written_where_the_cursor_is(person: Person) -> None:
    page = person("li", "/tags/new")
    write(page, "tag: dear\nfrom: ord")
    tables = page.locator(".hx-palette [data-word]")
    page.wait_for_selector(".hx-palette [data-word='orders']")
    page.wait_for_function("document.querySelectorAll('.hx-palette [data-word]').length < 5")
    assert "orders" in tables.all_inner_texts()[0]
    page.locator("[data-word=orders]").click()
    page.wait_for_function("document.querySelector('.cm-content').innerText.includes('from: orders')")
    assert "ordorders" not in page.locator(".cm-content").inner_text()


@pytest.mark.parametrize("key", ["Enter", "Tab"])
def test_words_are_completed_while_typed(person: Person, key: str) -> None:
    page = person("li", "/tags/new", "en")
    write(page, "tag: dear\nfrom: orders\nvalue: count(*)\n")
    page.wait_for_function("getElement(document.querySelector('.hx-editor').id.slice(1)).wordsOffered")
    page.locator(".cm-content").press("Control+End")
    page.keyboard.type("wh", delay=30)
    offered = page.locator(".cm-tooltip-autocomplete li")
    offered.first.wait_for()
    assert offered.first.inner_text().startswith("where")
    page.wait_for_timeout(200)
    page.keyboard.press(key)
    page.wait_for_function("document.querySelector('.cm-content').innerText.includes('where: ')")
    page.keyboard.type("amou", delay=30)
    page.locator(".cm-tooltip-autocomplete li", has_text="amount").first.wait_for()
    page.keyboard.press("Escape")
    page.wait_for_selector(".cm-tooltip-autocomplete", state="detached")
    # "amou" is no word: once that is said, nothing is asked any more.
    page.locator(".hx-faults li", has_text="amou").first.wait_for()
    assert page.said == []  # type: ignore[attr-defined]


def test_draft_review_and_approval_by_another(person: Person, shop: Path) -> None:
    page = person("li", "/tags/new")
    write(page, DEAR)
    page.wait_for_selector(".hx-sound")
    press(page, "保存草稿")
    said(page, "第 1 版已保存为草稿")
    press(page, "提交审核")
    said(page, "等待审批")
    page.goto(page.url.replace("/tags/new", "/approvals"))
    card = page.locator("[data-request=dear]")
    assert "li 于" in card.inner_text()
    assert "amount > 100" in card.inner_text()
    press(card, "批准")
    said(card, "须由他人批准")
    assert govern.version_of(load_project(shop), "dear").state is State.IN_REVIEW
    other = person("wang", "/approvals")
    card = other.locator("[data-request=dear]")
    card.locator("input").fill("好的")
    press(card, "批准")
    said(card, "第 1 版已上线")
    project = load_project(shop)
    assert "dear" in project.tags.tags
    assert [each.comment for each in govern.history(project, "dear").events][-1] == "好的"
    assert page.said == other.said == []  # type: ignore[attr-defined]


def test_a_change_is_shown_field_by_field_and_rejected(person: Person, shop: Path) -> None:
    page = person("li", "/tags/city/edit")
    write(page, govern.text_of(load_project(shop), "city") + "owner: 张三\n")
    page.wait_for_selector(".hx-sound")
    press(page, "提交审核")
    said(page, "等待审批")
    other = person("wang", "/approvals")
    card = other.locator("[data-request=city]")
    assert "负责人" in card.inner_text()
    assert card.locator("tbody tr").count() == 1
    press(card, "驳回")
    said(card, "已退回为草稿")
    assert govern.version_of(load_project(shop), "city").state is State.DRAFT
    other.goto(other.url.replace("/approvals", "/tags/city/edit"))
    other.wait_for_selector("text=这是 li 的第")


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_a_tag_set_by_hand(person: Person, shop: Path, size: str) -> None:
    page = person("li", "/customers", size=size)
    href = str(page.locator(".hx-person").nth(1 if size == "wide" else 2).get_attribute("href"))
    page.goto(page.url.replace("/customers", href))
    card = page.locator("section", has=page.locator("h2", has_text="人工标签"))
    press(card, "打标签")
    press(card, "设置")
    said(card, "请写明原因")
    card.get_by_label("理由").fill("门店要求 13812345678")
    press(card, "设置")
    said(card, "请去掉手机号")
    card.get_by_label("理由").fill("门店要求")
    card.get_by_label("取值").select_option("normal")
    press(card, "设置")
    said(card, "自下次构建或刷新起生效")
    card.locator(".hx-rows", has_text="门店要求").wait_for()
    code = href.rsplit("/", 1)[1]
    found = asked(shop, lambda current: [e for e in manual_entries(current, current.build.as_of) if e.id == code])
    assert isinstance(found, list)
    assert [(each.tag, each.value, each.who, each.reason) for each in found] == [("care", "normal", "li", "门店要求")]
    press(card, "撤销")
    said(card, "已撤销 1 个取值")
    card.locator(".hx-rows", has_text="已撤销").wait_for()
    assert page.said == []  # type: ignore[attr-defined]


def test_everybody_in_a_segment(person: Person, shop: Path) -> None:
    members = asked(
        shop,
        lambda current: current.engine.one("SELECT count(*) FROM segment_members WHERE segment = 'repeat_customers'"),
    )
    page = person("li", "/segments/repeat_customers")
    card = page.locator("section", has=page.locator("h2", has_text="批量打标签"))
    press(card, "打标签")
    card.get_by_label("理由").fill("回馈活动")
    press(card, "设置")
    said(card, f"已为 {members} 位客户设置")
    press(card, "撤销")
    said(card, f"已撤销 {members} 个取值")


def test_an_alert_is_acknowledged(person: Person, shop: Path) -> None:
    def raised(current: CurrentBuild) -> None:
        new = NewAlert(
            "drift", "city", "critical", Words("Drifts", "分布漂移"), "psi > 0.25", {"psi": 0.4, "coverage": 0.5}
        )
        put_alerts(current.registry, current.build.id, [new])

    asked(shop, raised)
    page = person("li", "/alerts")
    card = page.locator("[data-alert]")
    assert "50.0%" in card.inner_text()
    assert "告警条件：相对基线的群体稳定性指数大于0.25" in card.inner_text()
    assert card.locator("a[href='/tags/city']").count() == 1
    card.locator("input").fill("数据源换了")
    press(card, "确认告警")
    said(card, "数据源换了")
    (kept,) = alerts_of(shop)
    assert (kept.by, kept.note, kept.open) == ("li", "数据源换了", False)
    page.reload()
    page.wait_for_selector("text=没有未确认的告警")


def alerts_of(shop: Path) -> list:  # type: ignore[type-arg]
    found = asked(shop, lambda current: alerts(current.registry))
    assert isinstance(found, list)
    return found


def test_a_suggestion_becomes_a_draft(person: Person, shop: Path) -> None:
    page = person("li", "/suggestions")
    page.wait_for_selector("text=让数据推荐标签")
    expect(page.locator(".hx-empty li")).to_have_count(3)
    expect(page.locator(".hx-empty p")).to_contain_text("近30天内，订单中有订单号的记录数大于0")
    page.get_by_label("目标").fill("sum(nothing) > 1 from orders")
    press(page, "开始分析")
    said(page, "nothing")
    page.get_by_label("目标").fill("")
    page.get_by_label("观察期").fill("60 days")
    press(page, "开始分析")
    card = page.locator("[data-suggestion]").first
    card.wait_for(timeout=60_000)
    code = str(card.get_attribute("data-suggestion"))
    assert page.locator(".hx-empty").count() == 0
    press(card, "采纳为草稿")
    said(card, "第 1 版草稿")
    version = govern.version_of(load_project(shop), code)
    assert (version.state, version.author) == (State.DRAFT, "li")
    page.reload()
    page.wait_for_selector("text=上次的分析结果")
    expect(page.locator("[data-suggestion]").first).to_be_visible()
    assert page.said == []  # type: ignore[attr-defined]


def test_a_conflict_is_settled_by_taking_a_side(person: Person, shop: Path) -> None:
    file = shop / "tags" / "more.yaml"
    file.write_text("- tag: weekly\n  from: orders\n  value: count(*)\n  window: 7 days\n", encoding="utf-8")
    page = person("li", "/sync")
    press(page, "应用文件")
    said(page, "已同步")
    text = govern.text_of(load_project(shop), "weekly")
    put(shop, text.replace("7 days", "8 days"))
    file.write_text(file.read_text(encoding="utf-8").replace("7 days", "9 days"), encoding="utf-8")
    page.reload()
    card = page.locator("[data-pair=weekly]")
    card.wait_for()
    assert "9 days" in card.inner_text()
    assert "8 days" in card.inner_text()
    press(card, "采用登记库")
    card.locator("[aria-pressed=true]").wait_for()
    press(page, "导出到文件")
    said(page, "tags/more.yaml")
    assert "8 days" in file.read_text(encoding="utf-8")
    page.reload()
    page.wait_for_selector(".hx-page h1")
    assert page.locator("[data-pair=weekly]").count() == 0


PAGES = ("/tags/new", "/tags/new?kind=rule", "/tags/orders_90d/edit", "/approvals", "/alerts", "/suggestions", "/sync")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page(person: Person, shop: Path, place: str, language: str) -> None:
    if not govern.inbox(load_project(shop)):
        text = DEAR.replace("dear", f"waits_{language}")
        govern.save_draft(load_project(shop), text, by="li", note="waits")
        govern.act(load_project(shop), f"waits_{language}", Action.SUBMIT, by="li")
    page = person("li", "/approvals", language)
    for path in PAGES:
        page.goto(place + path)
        page.wait_for_selector(".hx-page h1")
        if path.startswith("/tags"):
            page.wait_for_selector("[data-preview]")
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            try:
                sound(page, language)
            except AssertionError as fault:
                raise AssertionError(f"{path}, {size}: {fault}") from fault


def test_an_unknown_tag_is_not_edited(open_page: Open, place: str) -> None:
    page = open_page("/tags/lifecicle/edit", at=place)
    page.wait_for_selector("text=是不是想写 lifecycle")
