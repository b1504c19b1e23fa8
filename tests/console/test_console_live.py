"""The live pages as people use them: what flows, one event's way, a profile that changes while it is looked at."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from huaxiang.processes.supervision import TaskReport
from huaxiang.project import TASKS
from huaxiang.read.live.opened import now_microseconds
from huaxiang.read.subject_ids import encode_subject
from huaxiang.words import Words
from tests.console.conftest import SIZES, Open, served
from tests.console.test_console_pages import sound
from tests.read.live.seeded import Seeded, with_door
from tests.read.sample import with_key

FACT = [{"source": "online", "outcome": "fact", "fact_id": 1}]
_OUTSIDE = """(chart) => {
  // One digit at the side leaves the least room for what stands below.
  const drawn = getElement(chart.id.slice(1)).chart;
  drawn.setOption({yAxis: {max: 9, interval: 3}});
  drawn.getZr().flush();
  const all = chart.getBoundingClientRect();
  return [...chart.querySelectorAll('svg text')].filter((text) => {
    const box = text.getBoundingClientRect();
    return box.left < all.left || box.right > all.right;
  }).length;
}"""
STOPPED = [{"source": "online", "outcome": "quarantined:contract:missing:total:Order Completed"}]


@pytest.fixture(scope="module")
def live(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    """Return a copy of the sample with four events applied: two of a known customer, one of a new one, one stopped."""
    mine = tmp_path_factory.mktemp("live") / "shop"
    with_door(Path(shutil.copytree(root, mine)))
    with with_key():
        seeded = Seeded(mine)
    at, people = now_microseconds(), seeded.people
    seeded.arrive(at - 150_000, 4, form="batch")
    events = [("track", "Order Completed", people.known, FACT), ("identify", "", people.known, FACT)]
    events += [("page", "Home", people.new, FACT), ("track", "Order Completed", None, STOPPED)]
    batch = seeded.apply(at, 1, events, at - 150_000, changes=1, moves=1, merges=1)
    seeded.change(batch, people.known, "orders_30d", 1, 2, at)
    seeded.move(batch, people.known, "sleeping", "left", at)
    seeded.merge(batch, ((11, "device_id"), (12, "phone")), at)
    seeded.deliver(batch, people.known, "tag.changed", "delivered", at + 90_000, status=200)
    seeded.profile(batch, people.new, {"events_30d": 1}, [], at)
    for source in ("online", "pos"):
        seeded.store.db.execute(
            "INSERT INTO rejected (number, source, rule, fate, sealed, at) VALUES (4, ?, 'bad_time', 'row', '', ?)",
            (source, at),
        )
    seeded.says("applying", at)
    yield seeded
    seeded.close()


@pytest.fixture(scope="module")
def place(live: Seeded, log: Path) -> Iterator[str]:
    with served(live.project.root, log.with_name("live.log"), alone=True) as address:
        yield address
    assert "Traceback" not in log.with_name("live.log").read_text(encoding="utf-8")


@contextmanager
def beating(live: Seeded) -> Iterator[None]:
    """Let the applier be heard of while the block runs."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(0.4):
            live.says("applying", now_microseconds())

    live.says("applying", now_microseconds())
    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_what_is_stopped_live_is_in_the_quarantine(open_page: Open, place: str) -> None:
    page = open_page("/data/quarantine", "en", at=place)
    row = page.locator("[data-live=bad_time]")
    expect(row).to_have_count(1)
    expect(row.locator("td").last).to_have_text("1")
    expect(page.locator(".hx-card .hx-end").first).to_have_text("1 event")
    page.goto(f"{place}/data/quarantine?live=bad_time")
    expect(page.locator("a[href='/live/events/4']")).to_have_count(1)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_live_page(open_page: Open, place: str, live: Seeded, language: str) -> None:
    people = live.people
    paths = ["/live", "/live?outcome=quarantined&door=web", "/live?outcome=duplicate", "/live/events"]
    paths += ["/live/events/1", "/live/events/3", "/live/events/4", "/live/events/99", "/live/events/abc"]
    paths += ["/data/quarantine", "/data/quarantine?live=bad_time"]
    paths += [f"/customers/{encode_subject(each)}" for each in (people.known, people.new, people.gone)]
    page = open_page("/live", language, at=place)
    for path in paths:
        page.goto(place + path)
        page.wait_for_selector(".hx-page h1")
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            try:
                sound(page, language)
            except AssertionError as fault:
                raise AssertionError(f"{path}, {size}: {fault}") from fault


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_numbers_of_the_quarantine_say_what_they_count(open_page: Open, place: str, size: str) -> None:
    # Where it is narrow the heads of a table are gone: a number has its label beside it.
    page = open_page("/data/quarantine?live=bad_time", size=size, at=place)
    numbers = page.locator(".hx-table.fold tbody td.n")
    assert numbers.count() > 4
    assert {each.get_attribute("data-label") for each in numbers.all()} == {"编号", "行数", "事件"}


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_no_label_of_a_chart_is_cut_off(open_page: Open, place: str, size: str) -> None:
    page = open_page("/live", size=size, at=place)
    page.wait_for_selector(".hx-chart svg text")
    for chart in page.locator(".hx-chart").all():
        outside = chart.evaluate(_OUTSIDE)
        assert outside == 0


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_it_moves_by_itself(open_page: Open, place: str, live: Seeded, size: str) -> None:
    with beating(live):
        page = open_page("/live", size=size, at=place)
        expect(page.locator("[data-stat=applier]")).to_have_attribute("data-doing", "ready")
        before = live.store.applied
        last = live.arrive(now_microseconds(), 3)
        expect(page.locator("[data-stat=depth] b")).to_have_text(str(last - before))
        expect(page.locator("[data-stat=applier]")).to_have_attribute("data-doing", "applying")
        events = [("track", "Just Now", live.people.known, FACT)] * (last - before)
        at = now_microseconds()
        live.apply(at, before + 1, events, at - 40_000)
        expect(page.locator("[data-stat=depth] b")).to_have_text("0")
        first = page.locator(".hx-events tbody tr").first
        expect(first).to_contain_text("Just Now")
        assert page.locator(".hx-chart svg").count() == 2
        assert page.said == []  # type: ignore[attr-defined]


def test_what_one_points_at_is_held(open_page: Open, place: str, live: Seeded) -> None:
    with beating(live):
        page = open_page("/live", at=place)
        rows = page.locator(".hx-events tbody tr")
        rows.first.hover()
        page.wait_for_timeout(300)
        shown = rows.first.inner_text()
        number = live.arrive(now_microseconds())
        live.apply(now_microseconds(), number, [("track", "Held Back", None, FACT)], now_microseconds())
        expect(page.locator("[data-count=Events] dd")).not_to_have_text("")
        page.wait_for_timeout(1_800)
        assert rows.first.inner_text() == shown
        page.mouse.move(5, 5)
        expect(rows.first).to_contain_text("Held Back")


def test_a_hidden_page_asks_for_nothing_and_catches_up(open_page: Open, place: str, live: Seeded) -> None:
    page = open_page("/live", at=place)
    page.wait_for_timeout(1_200)
    _hide(page, True)
    page.wait_for_timeout(400)
    number = live.arrive(now_microseconds())
    live.apply(now_microseconds(), number, [("track", "Unseen", None, FACT)], now_microseconds())
    page.wait_for_timeout(2_200)
    assert page.get_by_text("Unseen").count() == 0
    _hide(page, False)
    expect(page.locator(".hx-events tbody tr").first).to_contain_text("Unseen")


def _hide(page: Page, hidden: bool) -> None:
    page.evaluate(
        "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')) }",
        hidden,
    )


def test_a_stuck_and_a_stopped_applier_are_said(open_page: Open, place: str, live: Seeded) -> None:
    live.says("applying", now_microseconds(), {"en": "no key", "zh": "没有主密钥"})
    page = open_page("/live", at=place)
    expect(page.locator(".hx-notice.warn")).to_contain_text("没有主密钥")
    live.says("applying", now_microseconds() - 60_000_000)
    expect(page.locator(".hx-notice.warn")).to_contain_text("huaxiang serve")
    assert page.locator("[data-doing=stopped]").count() == 1


def test_background_tasks_say_how_they_fare(open_page: Open, place: str, live: Seeded) -> None:
    report = TaskReport(live.project.store / TASKS)
    report.running("jobs", Words("jobs", "任务"))
    report.running("crm", Words("webhook crm", "Webhook crm"))
    report.failed("crm", Words("webhook crm", "Webhook crm"), "OperationalError")
    page = open_page("/live", "en", at=place)
    expect(page.locator("[data-task=jobs][data-state=running]")).to_contain_text("running")
    expect(page.locator("[data-task=crm][data-state=restarting]")).to_contain_text("failed 1 time, last at")
    report.running("crm", Words("webhook crm", "Webhook crm"))
    expect(page.locator("[data-task=crm][data-state=running]")).to_contain_text("OperationalError")
    report.close()
    expect(page.locator("[data-task]")).to_have_count(0)


def test_counts_lead_to_those_events_and_these_to_their_way(open_page: Open, place: str, live: Seeded) -> None:
    page = open_page("/live", at=place)
    page.locator("[data-count=Quarantined] a").click()
    page.wait_for_url("**/live?outcome=quarantined")
    rows = page.locator(".hx-events tbody tr")
    expect(rows).to_have_count(1)
    assert "total" in rows.first.inner_text()
    rows.first.locator("td a").first.click()
    page.wait_for_url("**/live/events/4")
    expect(page.locator(".hx-way")).to_contain_text("total")


def test_one_events_whole_way(open_page: Open, place: str, live: Seeded) -> None:
    page = open_page("/live/events", at=place)
    page.fill("input[name=number]", "1")
    page.press("input[name=number]", "Enter")
    page.wait_for_url("**/live/events/1")
    way = page.locator(".hx-way")
    expect(way.locator("> li")).to_have_count(6)
    text = way.inner_text()
    for each in (
        "官网",
        "网店订单",
        encode_subject(live.people.gone),
        "设备号",
        "手机号",
        "1 单",
        "2 单",
        "crm",
        "状态码 200",
    ):
        assert each in text, each
    assert page.locator("[data-segment=sleeping]").inner_text().endswith("已离开")
    assert "240 毫秒" in text  # the webhook, after the door: 150 ms to the profile, 90 more
    way.locator(f"a[href='/customers/{encode_subject(live.people.known)}']").first.click()
    page.wait_for_selector(".hx-hero")


def test_an_event_that_waits_is_shown_as_soon_as_it_is_through(open_page: Open, place: str, live: Seeded) -> None:
    number = live.arrive(now_microseconds())
    page = open_page(f"/live/events/{number}", at=place)
    expect(page.locator(".hx-way li.waiting")).to_have_count(1)
    live.apply(now_microseconds(), number, [("track", "Through", None, FACT)], now_microseconds())
    expect(page.locator(".hx-way > li")).to_have_count(6)
    expect(page.locator(".hx-card h2").first).to_have_text("Through")


def test_a_profile_changes_while_it_is_looked_at(open_page: Open, place: str, live: Seeded) -> None:
    known = live.people.known
    page = open_page(f"/customers/{encode_subject(known)}", at=place)
    row = page.locator("[data-why=orders_30d] .v")
    before = row.inner_text()
    assert page.locator(".hx-liveline").count() == 0
    at = now_microseconds()
    live.profile(900, known, {"orders_30d": 777, "lifecycle": "重复"}, ["sleeping"], at)
    expect(row).to_have_text("777 单")
    assert before != "777 单"
    expect(page.locator(".hx-liveline")).to_contain_text("900")
    expect(page.locator(".hx-pills a[href='/segments/sleeping']")).to_have_count(1)
    # A value that events changed says so before the build's explanation.
    page.locator("[data-why=orders_30d]").click()
    expect(page.locator(".hx-dialog .hx-notice")).to_contain_text("构建 #2")
    assert page.said == []  # type: ignore[attr-defined]


def test_a_customer_no_build_knows_and_one_who_became_another(open_page: Open, place: str, live: Seeded) -> None:
    people = live.people
    live.fact("events", 3, people.new, datetime.now(UTC).replace(tzinfo=None), event="view")
    page = open_page(f"/customers/{encode_subject(people.new)}", at=place)
    expect(page.locator(".hx-liveline")).to_be_visible()
    page.locator(".hx-entry summary").first.click()
    page.locator(".hx-entry a[href='/live/events/3']").click()
    page.wait_for_url("**/live/events/3")
    live.profile(901, people.known, {"orders_30d": 5}, [], now_microseconds())
    page.goto(f"{place}/customers/{encode_subject(people.gone)}")
    link = page.locator(f".hx-notice a[href='/customers/{encode_subject(people.known)}']")
    expect(link).to_be_visible()
