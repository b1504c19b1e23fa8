"""Tags are found by what people type: code, names, pinyin, initials, category, owner, meaning; the best first."""

from __future__ import annotations

import pytest

from huaxiang.govern import Action, TagIndex, Wanted, act, save_draft, search
from huaxiang.registry.tags import State
from huaxiang.tag.definition import Dimension
from tests.govern.governed import Shop, definition


def codes(shop: Shop, text: str = "", **wanted: object) -> list[str]:
    return [hit.code for hit in search(shop.project, text, Wanted(**wanted))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tier", ["tier"]),
        ("会员等级", ["tier"]),
        ("huiyuandengji", ["tier"]),
        ("huiyuan", ["tier"]),
        ("hydj", ["tier"]),
        ("HYDJ", ["tier"]),
        ("ljdds", ["orders_total"]),
        ("xiaofei", ["spend_total"]),
        ("累计", ["spend_total", "orders_total"]),
        ("orders in", ["orders_total", "spend_total"]),
        ("行为", ["spend_total", "orders_total"]),
        ("goumai", ["spend_total", "orders_total"]),
        ("数据组", ["orders_total"]),
        ("shujuzu", ["orders_total"]),
        ("实付", ["spend_total"]),
        ("what was paid", ["spend_total"]),
        ("leiji xiaofei", ["spend_total"]),
        ("leiji dengji", []),
        ("nothing", []),
    ],
)
def test_words_find_tags(shop: Shop, text: str, found: list[str]) -> None:
    assert codes(shop, text) == found


def test_the_best_comes_first(shop: Shop) -> None:
    shop.write(
        "tags/more.yaml",
        "- {tag: total, from: orders, value: count(*)}\n"
        "- {tag: total_days, from: orders, value: count(distinct day)}\n"
        "- {tag: x, meaning: everything but the total, from: orders, value: max(day)}\n",
    )
    assert codes(shop, "total") == ["total", "total_days", "spend_total", "orders_total", "x"]


def test_without_words_everything_as_it_is_defined(shop: Shop) -> None:
    assert codes(shop) == ["orders_total", "spend_total", "tier"]


def test_filters(shop: Shop) -> None:
    save_draft(shop.project, definition("visits", "count(*)", "owner: li\n"), by="li")
    act(shop.project, "orders_total", Action.OFFLINE, by="li")
    assert codes(shop, state=State.DRAFT) == ["visits"]
    assert codes(shop, state=State.OFFLINE) == ["orders_total"]
    assert codes(shop, state=State.ONLINE) == ["spend_total", "tier"]
    assert codes(shop, owner="li") == ["visits"]
    assert codes(shop, kind="rule") == ["tier"]
    assert codes(shop, dimension=Dimension.LIFECYCLE) == ["tier"]
    assert codes(shop, category="行为") == ["spend_total", "orders_total"]
    assert codes(shop, category="行为/购") == []
    assert codes(shop, codes=frozenset({"tier"})) == ["tier"]


def test_a_hit_says_how_the_tag_stands(shop: Shop) -> None:
    save_draft(shop.project, definition("spend_total", "max(amount)"), by="li")
    (hit,) = TagIndex(shop.project).search("spend_total")
    assert (hit.state, hit.version, hit.waiting, hit.kind) == (State.ONLINE, 1, State.DRAFT, "statistic")
    assert len(search(shop.project, "a", limit=2)) == 2
