"""What people do: find somebody, follow a number to its people, ask why, look further back, download."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import unquote
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import TimeoutError

from huaxiang.read.current import Warehouse
from huaxiang.read.people import people
from huaxiang.registry import Registry
from huaxiang.registry.exports import Export, exports
from tests.console.conftest import Open
from tests.read.sample import with_key


@pytest.fixture(scope="module")
def somebody(root: Path) -> tuple[str, str]:
    """Return a customer's public id and phone."""
    with with_key(), Warehouse(root) as warehouse, warehouse.current() as current:
        for person in people(current, limit=50).rows:
            phones = current.secrets.values([person.subject])[person.subject].get("phone", [])
            if phones:
                return person.id, phones[0]
    raise AssertionError("nobody has a phone")


def test_it_opens_on_profiles(open_page: Open, address: str) -> None:
    page = open_page("/")
    assert page.url == f"{address}/customers"
    assert page.locator(".hx-person").count() == 25


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_found_by_phone_and_the_phone_is_nowhere(
    open_page: Open, somebody: tuple[str, str], log: Path, size: str
) -> None:
    person, phone = somebody
    page = open_page("/overview", size=size)
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.fill(".hx-search input", f" {phone[:3]}-{phone[3:7]} {phone[7:]} ")
    page.press(".hx-search input", "Enter")
    page.wait_for_url(f"**/customers/{person}")
    page.wait_for_selector(".hx-hero")
    assert phone not in page.content()
    assert f"{phone[0]}******{phone[-1]}" in page.content()
    assert not [each for each in addresses if phone in unquote(each)]
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert phone not in stored
    assert phone not in log.read_text()


def test_nobody_found(open_page: Open) -> None:
    page = open_page("/customers")
    page.fill(".hx-search input", "13999999999")
    page.press(".hx-search input", "Enter")
    page.wait_for_selector("text=没有客户使用这个标识")
    page.fill(".hx-search input", "王小明")
    page.press(".hx-search input", "Enter")
    page.wait_for_selector("text=姓名已封存")


def test_a_chart_leads_to_people(open_page: Open) -> None:
    page = open_page("/overview")
    bar = page.locator(".hx-chart svg path[fill='#b4642c']").first
    bar.wait_for()
    # A bar that is still growing may have gone on by the time it is clicked; a click that is
    # followed late leaves no bar to click again.
    hindered = list[str]()
    for attempt in range(12):
        # Under the pointer a bar has another colour: it would not be found again.
        page.mouse.move(0, 0)
        if attempt in (3, 6, 9):
            # A page whose server had no time for it may have lost it: whoever sees nothing happen loads it again.
            page.reload()
            bar.wait_for()
        try:
            bar.click(timeout=5_000)
        except TimeoutError as error:
            hindered.append(str(error))
        with suppress(TimeoutError):
            page.wait_for_url("**/customers?**", timeout=5_000)
            break
    assert "tag=lifecycle&value=流失" in unquote(page.url), (attempt, hindered[-1:])
    page.wait_for_selector(".hx-chip")
    assert "流失" in page.locator(".hx-chip").inner_text()
    assert set(page.locator("td.pill:nth-child(2)").all_inner_texts()) == {"流失"}


def test_the_numbers_agree(open_page: Open) -> None:
    page = open_page("/overview")
    lapsed = page.locator("[data-stat=lapsed] b").inner_text()
    page.click("[data-stat=lapsed]")
    page.wait_for_selector(".hx-chip")
    assert page.locator(".hx-count").inner_text().startswith(f"{lapsed} 位客户")


def test_choices_narrow_the_list(open_page: Open) -> None:
    page = open_page("/customers")
    page.locator("summary", has_text="价值层级").click()
    choice = page.locator("details[open] a", has_text="高价值").first
    count = choice.locator("span").inner_text()
    choice.click()
    page.wait_for_selector(".hx-chip")
    assert page.locator(".hx-count").inner_text().startswith(f"{count} 位客户")
    page.locator(".hx-chip a").click()
    page.wait_for_url("**/customers")


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_why_shows_facts(open_page: Open, somebody: tuple[str, str], size: str) -> None:
    page = open_page(f"/customers/{somebody[0]}", size=size)
    page.click("[data-why=spend_total]")
    page.wait_for_selector(".hx-dialog table")
    shown = page.locator(".hx-dialog").inner_text()
    assert "sum" in shown and "library/tags/retail.yaml" in shown
    assert re.search(r"data/(pos|online)/\S+ 第 \d+ 行", shown)
    page.click(".hx-dialog [data-close]")
    page.wait_for_selector(".hx-dialog", state="hidden")
    page.click("[data-why=value_tier]")
    page.wait_for_selector(".hx-dialog .hx-need")
    assert page.said == []  # type: ignore[attr-defined]


def test_the_timeline_goes_back_and_narrows(open_page: Open, somebody: tuple[str, str]) -> None:
    page = open_page(f"/customers/{somebody[0]}")
    entries = page.locator(".hx-entry")
    first = entries.count()
    more = page.get_by_role("button", name="查看更早的记录")
    if more.is_visible():
        more.click()
        page.wait_for_function(f"document.querySelectorAll('.hx-entry').length > {first}")
    chip = page.locator("[data-channel]").nth(1)
    name = chip.evaluate("(it) => it.firstChild.data")
    chip.click()
    page.wait_for_selector("[data-channel][aria-pressed=true]:not([data-channel=''])")
    page.wait_for_timeout(400)
    assert set(page.locator(".hx-entry summary .hx-pill").all_inner_texts()) == {name}
    page.locator(".hx-entry summary").first.click()
    assert re.search(r"第 \d+ 行", page.locator(".hx-entry details[open]").inner_text())


def test_the_identity_is_drawn(open_page: Open, somebody: tuple[str, str]) -> None:
    page = open_page(f"/customers/{somebody[0]}")
    page.locator(".hx-chart.tall svg").wait_for()
    assert page.locator(".hx-evidence li").count() >= 1


def test_the_language_is_kept(open_page: Open) -> None:
    page = open_page("/segments")
    page.locator(".hx-foot .hx-language").click()
    page.wait_for_selector("h1:has-text('Segments')")
    page.goto(page.url.replace("/segments", "/tags"))
    page.wait_for_selector("h1:has-text('Tags')")


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_download(address: str, form: str) -> None:
    with urlopen(*asked(address, f"form={form}&tag=lifecycle&kind=phone")) as answer:
        body = answer.read()
        assert f"repeat_customers.{form}" in answer.headers["content-disposition"]
    assert len(body) > 500
    if form == "csv":
        assert body.startswith(b"\xef\xbb\xbf")
        assert not re.search(rb"1[3-9]\d{9}", body)


def test_download_in_the_browser(open_page: Open) -> None:
    page = open_page("/segments/repeat_customers")
    page.locator(".hx-pick.right summary").click()
    with page.expect_download() as download:
        page.locator(".hx-form button").click()
    assert download.value.suggested_filename == "repeat_customers.csv"


def test_a_download_offers_no_sensitive_tag(open_page: Open) -> None:
    page = open_page("/segments/repeat_customers")
    offered = page.locator(".hx-form input[name=tag]").evaluate_all("all => all.map(each => each.value)")
    assert {"lifecycle", "spend_total"} <= set(offered)
    assert "birth_date" not in offered


def test_a_download_in_codes(address: str) -> None:
    with urlopen(*asked(address, "form=csv&tag=lifecycle&values=codes")) as answer:
        assert answer.read().decode("utf-8-sig").splitlines()[0] == "customer_id,lifecycle"
    with pytest.raises(HTTPError, match="404"):
        urlopen(*asked(address, "form=csv&tag=lifecycle&values=colours"))


def asked(address: str, form: str) -> tuple[str, bytes]:
    return f"{address}/segments/repeat_customers/download", form.encode()


def test_a_download_of_a_sensitive_tag_is_refused_whatever_is_asked(address: str) -> None:
    for form in ("tag=birth_date", "form=xlsx&tag=city&tag=birth_date", "values=codes&tag=birth_date&kind=name"):
        with pytest.raises(HTTPError, match="403") as caught:
            urlopen(*asked(address, form))
        assert "敏感" in caught.value.read().decode()


def test_nothing_is_written_by_an_address_alone(address: str, root: Path) -> None:
    path = root / ".huaxiang" / "registry.db"
    before = exports_of(path)
    for each in ("/segments/repeat_customers/download?form=csv&tag=lifecycle", "/language/en?to=/"):
        with urlopen(address + each) as answer:
            assert answer.headers["set-cookie"] is None
            assert b"customer" not in answer.read()[:20]
    assert exports_of(path) == before
    urlopen(*asked(address, "tag=lifecycle")).read()
    assert [each.by for each in exports_of(path)[: len(exports_of(path)) - len(before)]] == ["console"]


def exports_of(path: Path) -> list[Export]:
    registry = Registry(path)
    try:
        return exports(registry)
    finally:
        registry.close()


def test_headers(address: str) -> None:
    for path in ("/customers", "/assets/console.css", "/segments/repeat_customers/download"):
        with urlopen(address + path) as answer:
            headers = answer.headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"


def test_only_its_own_name(address: str) -> None:
    request = Request(f"{address}/customers", headers={"Host": "evil.example"})
    with pytest.raises(OSError, match="400"):
        urlopen(request)


def test_a_language_leads_nowhere_else(open_page: Open, address: str) -> None:
    page = open_page("/customers")
    page.locator(".hx-foot input[name=to]").first.evaluate("each => { each.value = '//evil.example/' }")
    page.locator(".hx-foot .hx-language").click()
    page.wait_for_selector("h1")
    assert page.url.startswith(address)
