"""What tags compare with, in words that people read."""

from __future__ import annotations

from huaxiang.tag.explain import Explanation, explain_tag
from huaxiang.tag.tagset import TagSet
from huaxiang.words import Words
from tests.tag.tag_shop import AS_OF, ZONE, Row, ago, build, tags_of, warehouse

SPEND = "- {tag: spend, from: orders, value: sum(amount), name: {zh: 消费额, en: Spend}}\n"


def explained(tags: TagSet, rows: list[Row], code: str) -> Explanation:
    with warehouse(sorted({row["subject"] for row in rows}), {"orders": rows}) as engine:
        build(engine, tags)
        return explain_tag(engine, tags, code, as_of=AS_OF, zone=ZONE)


def said(tags: TagSet, rows: list[Row], code: str) -> dict[str, Words]:
    return {each.name: each.words for each in explained(tags, rows, code).thresholds}


def orders(amounts: list[int], **more: object) -> list[Row]:
    return [
        {"subject": subject, "order_id": f"o{subject}", "occurred_at": ago(1), "amount": amount, **more}
        for subject, amount in enumerate(amounts, 1)
    ]


def test_functions_over_everybody_are_said_with_the_names_of_tags() -> None:
    tags = tags_of(
        SPEND + "- {tag: x, rule: 'spend > population_avg(spend)"
        " and spend < population_quantile(if(spend > 0, spend, null), 0.95)'}\n"
    )
    assert said(tags, orders([1, 2, 9]), "x") == {
        "population_avg(spend)": Words("the average of Spend over all customers", "全体客户消费额的均值"),
        "population_quantile(CASE WHEN (spend > 0) THEN spend ELSE (NULL) END, 0.95)": Words(
            "the 95% quantile of Spend (where Spend > 0) over all customers",
            "全体客户消费额（仅当消费额大于0）的95%分位",
        ),
    }


def test_gaps_between_purchases_are_said_for_all_and_for_each_category() -> None:
    rows = [
        {"subject": 1, "order_id": f"o{nth}", "occurred_at": ago(300 - 2 * nth), "amount": 1, "category": "茶"}
        for nth in range(130)
    ]
    tags = tags_of(
        "- {tag: latest, from: orders, value: last(category)}\n"
        "- {tag: late, from: orders, value: max(occurred_at)}\n"
        "- {tag: gone, rule: 'days_since(late) > repurchase_gap(0.9, latest)'}\n"
    )
    assert said(tags, rows, "gone") == {
        "repurchase_gap(0.9)": Words(
            "the 90% quantile of the days between two purchases", "全体复购间隔的90%分位"
        ),
        "repurchase_gap(0.9) 茶": Words(
            "the 90% quantile of the days between two purchases in “茶”", "“茶”的复购间隔的90%分位"
        ),
    }  # fmt: skip


def test_cuts_and_centres_have_words_of_their_own() -> None:
    tags = tags_of(
        SPEND + "- {tag: city, from: orders, value: last(category)}\n"
        "- {tag: bands, bands: {of: spend, quantiles: 4}}\n"
        "- {tag: beside, peers: {of: spend, within: city, as: ratio, to: median, least: 1}}\n"
    )
    rows = orders([1, 2, 3, 4, 5], category="上海")
    assert said(tags, rows, "bands") == {
        "q0.25": Words("25% quantile", "25%分位"),
        "q0.5": Words("50% quantile", "50%分位"),
        "q0.75": Words("75% quantile", "75%分位"),
    }
    assert said(tags, rows, "beside") == {
        "median": Words("median", "中位数"),
        "median 上海": Words("median, 上海", "中位数（上海）"),
    }


TIED = "- {tag: n, from: orders, value: count(*)}\n- {tag: f, bands: {of: n, quantiles: 5}}\n"


def counted(*orders: int) -> list[Row]:
    return [
        {"subject": subject, "order_id": f"{subject} {place}", "occurred_at": ago(1), "amount": 1}
        for subject, many in enumerate(orders, 1)
        for place in range(many)
    ]


def test_equal_numbers_share_a_score_and_scores_that_are_nobodys_are_told() -> None:
    tags, rows = tags_of(TIED), counted(*[1] * 12, *[2] * 5, 3, 4, 5)
    with warehouse(range(1, 21), {"orders": rows}) as engine:
        found = build(engine, tags)
        assert [each["f"] for each in found.values()] == [1] * 12 + [4] * 5 + [5] * 3
        told = explain_tag(engine, tags, "f", as_of=AS_OF, zone=ZONE)
    assert [each.value for each in told.thresholds] == [1, 1, 1, 2]
    assert told.idle == ("2", "3")
    assert "equal numbers share a score, so sizes may differ" in told.words.en
    assert "数值相同者同分" in told.words.zh


def test_where_every_score_is_somebodys_nothing_is_told() -> None:
    assert explained(tags_of(TIED), counted(1, 2, 3, 4, 5), "f").idle == ()
    labelled = tags_of(TIED.replace("quantiles: 5", "quantiles: 3, labels: [low, mid, high]"))
    assert explained(labelled, counted(1, 1, 1), "f").idle == ("mid", "high")
