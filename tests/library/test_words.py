"""What ready tags say: in English nothing Chinese, in Chinese the words of the tag, never another's."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from huaxiang.definitions.nodes import Faults
from huaxiang.library.include import load, names
from huaxiang.read.terms import category_words
from huaxiang.segment.definition import parse_segments
from huaxiang.segment.segmentset import SegmentSet
from huaxiang.segment.wording import words_of
from huaxiang.sql.functions import SCALARS
from huaxiang.tag.kinds.population import POPULATION
from huaxiang.tag.tagset import TagSet
from huaxiang.watch.definition import ready_rules, when_words
from huaxiang.words import Language
from tests.library.test_ready_tags import ready
from tests.tag.tag_shop import tags_of

LANGUAGES: tuple[Language, ...] = ("en", "zh")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def written(tagset: TagSet) -> Iterator[tuple[str, str]]:
    """Yield every English text of a library's definitions, with where it stands."""
    for code, tag in tagset.tags.items():
        yield f"name of {code}", tag.name.en
        yield f"meaning of {code}", tag.meaning.en
        yield f"unit of {code}", tag.unit.en
        yield from ((f"category of {code}", category_words(part).en) for part in tag.category.split("/"))
        closed = tagset.values.get(code) or ()
        yield from ((f"{value} of {code}", tag.value_names[value].en) for value in closed if CHINESE.search(value))


@pytest.mark.parametrize("name", names("tags"))
def test_nothing_english_is_chinese(name: str) -> None:
    tagset, _ = ready(name)
    assert [(where, text) for where, text in written(tagset) if CHINESE.search(text)] == []
    # Texts of data may be Chinese: they are what stands in the facts.
    over_tags = [code for code in tagset.tags if tagset.meanings[code].rests() is None]
    assert [(code, said) for code in over_tags if CHINESE.search(said := tagset.words(code).en)] == []


@pytest.mark.parametrize("name", names("tags"))
def test_no_two_tags_call_different_things_the_same(name: str) -> None:
    tagset, _ = ready(name)
    stages = [tag for code, tag in tagset.tags.items() if code in ("rfm_class", "value_tier", "lifecycle")]
    for language in LANGUAGES:
        shown = [words.say(language) for tag in stages for words in tag.value_names.values()]
        assert len(shown) == len(set(shown))


def test_what_is_counted_and_found_is_said_as_people_do() -> None:
    tagset, _ = ready("retail")
    assert tagset.words("orders_90d").zh == "近90天内，状态不为“已退款”、“已取消”的订单数"
    assert tagset.words("last_event_at").zh == "行为事件记录中最近的发生时间"
    bank, _ = ready("bank_retail")
    assert "收支方向为“流入”的交易流水" in bank.words("income_30d").zh
    assert "direction is “In”" in bank.words("income_30d").en
    assert "action weights “Viewed” 1, " in tagset.words("browsed_categories").en
    assert "行为权重为“浏览”1、" in tagset.words("browsed_categories").zh


def test_segments_name_values_by_their_words() -> None:
    tagset, _ = ready("retail")
    faults = Faults()
    segments = SegmentSet.check(parse_segments(load("segments", "retail", faults), faults), tagset, faults)
    said = {code: words_of(segments, code) for code in segments.segments}
    assert said["repeat_customers"].en == "Lifecycle is “Repeat”"
    assert said["repeat_customers"].zh == "生命周期为“复购”"
    assert said["birthday_this_month"].en == "the month of Date of birth is the month of the as-of time"
    assert said["birthday_this_month"].zh == "出生日期的月份为基准时刻的月份"
    assert "Lifecycle is one of “First-time”, “Repeat”" in said["about_to_lapse"].en
    assert [(code, words.en) for code, words in said.items() if CHINESE.search(words.en)] == []


def test_rules_and_bands_say_their_own_values() -> None:
    tagset, _ = ready("retail")
    assert "“Prospect” when Total orders is 0" in tagset.words("lifecycle").en
    assert tagset.words("lifecycle").zh.endswith("否则为“复购”")
    assert tagset.words("age_band").en.startswith("Age in bands: “Under 18” < 18; ")


@pytest.mark.parametrize("function", SCALARS, ids=lambda each: each.name)
def test_every_function_is_part_of_a_sentence(function: object) -> None:
    """Its description is for the reference: a sentence has a phrase of its own."""
    given = {
        "text": "city", "texts": "liked", "number": "n", "numeric": "n", "integer": "2", "bool": "n > 1", "any": "n",
        "same": "n", "moment": "at", "time": "at",
    }  # fmt: skip
    name, arguments, words = function.name, function.arguments, function.words  # type: ignore[attr-defined]
    tags = tags_of(
        "- {tag: n, name: {zh: 数, en: N}, from: orders, value: count(*)}\n"
        "- {tag: city, name: {zh: 城市, en: City}, from: attributes, fact: city}\n"
        "- {tag: at, name: {zh: 时间, en: At}, from: orders, value: max(occurred_at)}\n"
        "- {tag: liked, name: {zh: 偏好, en: Liked}, from: orders, prefer: {item: category}}\n"
        f'- {{tag: x, rule: "{name}({", ".join(given[kind] for kind in arguments)})"}}'
    )
    said = tags.words("x")
    assert not said.en.startswith(f"{words.en} (") and not said.zh.startswith(f"{words.zh}（")
    assert not CHINESE.search(said.en) and CHINESE.search(said.zh)
    assert name not in POPULATION


def test_ready_alerts_say_when_they_are_raised() -> None:
    said = {rule.code: when_words(rule.when) for rule in ready_rules({})}
    assert said["nothing_known"].en == "customers with a value is 0 and all customers > 0 and not set by hand"
    assert said["nothing_known"].zh == "有取值的客户数为0且全部客户数大于0且并非由人工设置"
    assert when_words("no longer (readable").en == "no longer (readable"
