"""Every page, in both languages, wide and narrow, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from huaxiang.console import words, words_govern, words_live, words_tags
from huaxiang.read import terms
from huaxiang.words import Words
from tests.console.conftest import SIZES, Open

PAGES = {
    "customers": "/customers", "filtered": "/customers?tag=lifecycle&value=流失",
    "nobody": "/customers?tag=city&value=无此城",
    "overview": "/overview", "tags": "/tags", "tag": "/tags/value_tier", "histogram": "/tags/average_basket",
    "segments": "/segments", "segment": "/segments/repeat_customers", "data": "/data", "quality": "/data/quality",
    "quarantine": "/data/quarantine", "identity": "/data/identity", "missing": "/no/such/page",
    "live": "/live", "event": "/live/events",
    "no tag": "/tags/nothing", "no customer": "/customers/C000",
}  # fmt: skip
_SAYS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (node) =>
    // What somebody writes in the editor is in no language of ours.
    node.parentElement.closest('script, style, .cm-editor') ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  const texts = new Set(); while (walker.nextNode()) texts.add(walker.currentNode.data.trim());
  for (const each of document.querySelectorAll('[placeholder]')) texts.add(each.getAttribute('placeholder'));
  return [...texts];
}"""


def _other(language: str) -> set[str]:
    """Return every text that would be untranslated on a page of `language`."""
    own = [each for module in (words, words_tags, words_govern, words_live, terms) for each in vars(module).values()]
    said = [each for each in own if isinstance(each, Words)]
    said += [words_ for each in own if isinstance(each, dict) for words_ in each.values() if isinstance(words_, Words)]
    theirs, mine = ("zh", "en") if language == "en" else ("en", "zh")
    known = {getattr(each, mine) for each in said} | {words.OTHER_LANGUAGE.en, words.OTHER_LANGUAGE.zh, "Excel", "CSV"}
    return {text for each in said if (text := getattr(each, theirs)) not in known and len(text) > 1}


def sound(page: Page, language: str) -> None:
    """Check a page that is shown: no complaint, nothing sideways, nothing untranslated."""
    page.wait_for_timeout(120)
    assert page.said == []  # type: ignore[attr-defined]
    width, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= inner, "the page scrolls sideways"
    texts = set(page.evaluate(_SAYS))
    assert not texts & _other(language)
    assert not [text for text in texts if re.search(r"Traceback|\{\w+\}|\bNone\b|Words\(", text)]
    assert page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en-US"}[language]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page(open_page: Open, address: str, language: str) -> None:
    page = open_page("/customers", language)
    paths = {**PAGES, "profile": page.locator(".hx-person").first.get_attribute("href")}
    for name, path in paths.items():
        page.goto(f"{address}{path}")
        page.wait_for_selector(".hx-page h1")
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            try:
                sound(page, language)
            except AssertionError as fault:
                raise AssertionError(f"{name}, {size}: {fault}") from fault
            if name not in ("missing", "no tag", "no customer"):
                assert page.locator(".hx-stamp, .stamp").filter(visible=True).count() == 1, (name, size)


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_build_yet(open_page: Open, address_without_build: str, language: str, size: str) -> None:
    page = open_page("/", language, size, address_without_build)
    sound(page, language)
    assert page.get_by_text("huaxiang build", exact=True).count() == 1
    assert page.locator("h1").inner_text() == words.NO_BUILD.say("zh" if language == "zh" else "en")
