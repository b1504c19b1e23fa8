"""Drafts, what is online, taking away and bringing back, and what a build gets of it."""

from __future__ import annotations

import pytest

from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.errors import DefinitionError, NotAllowed
from huaxiang.govern import (
    Action,
    act,
    check_text,
    comment,
    comments,
    diff,
    favoured,
    favourite,
    favourites,
    history,
    impact,
    inbox,
    rollback,
    save_draft,
    standings,
    text_of,
    version_of,
)
from huaxiang.planning import plan_project
from huaxiang.read.current import current_build
from huaxiang.read.why import why
from huaxiang.registry.tags import State, Version
from tests.govern.governed import Shop, definition

SPEND = definition("spend_total", "sum(amount) + 1")


def online(shop: Shop, text: str, by: str = "li") -> Version:
    made = save_draft(shop.project, text, by=by)
    return act(shop.project, made.code, Action.PUBLISH, by=by, version=made.version)


def test_a_project_that_governs_nothing_needs_no_registry(shop: Shop) -> None:
    project = shop.project
    assert set(standings(project)) == {"orders_total", "spend_total", "tier"}
    assert history(project, "tier").versions == () and inbox(project) == []
    assert not project.store.exists()


def test_a_draft_changes_nothing_and_online_changes_the_build(shop: Shop) -> None:
    before = shop.formula("spend_total")
    made = save_draft(shop.project, SPEND, by="li", note="tip")
    assert shop.formula("spend_total") == before
    act(shop.project, "spend_total", Action.PUBLISH, by="li")
    assert shop.formula("spend_total") != before
    assert (made.version, made.note, version_of(shop.project, "spend_total", 1).origin) == (2, "tip", "files")
    assert [each.state for each in history(shop.project, "spend_total").versions] == [State.ARCHIVED, State.ONLINE]
    assert [tag.code for tag in shop.project.tags.tags.values()] == ["orders_total", "spend_total", "tier"]


def test_what_the_registry_has_keeps_its_place_in_faults(shop: Shop) -> None:
    online(shop, definition("visits", "count(*)"))
    assert shop.project.tags.tags["visits"].place.file == "registry:visits@1"


def test_offline_takes_it_out_of_the_build_and_online_brings_it_back(shop: Shop) -> None:
    act(shop.project, "orders_total", Action.OFFLINE, by="li")
    assert "orders_total" not in shop.project.tags.tags
    assert standings(shop.project)["orders_total"].state is State.OFFLINE
    act(shop.project, "orders_total", Action.ONLINE, by="li")
    assert "orders_total" in shop.project.tags.tags
    act(shop.project, "orders_total", Action.OFFLINE, by="li")
    act(shop.project, "orders_total", Action.ARCHIVE, by="li")
    assert standings(shop.project)["orders_total"].state is State.ARCHIVED
    assert "orders_total" not in shop.project.tags.tags


def test_what_is_used_cannot_be_taken_away(shop: Shop) -> None:
    with pytest.raises(NotAllowed, match="spend_total is used by tier"):
        act(shop.project, "spend_total", Action.OFFLINE, by="li")
    with pytest.raises(NotAllowed, match="tier is used by big"):
        act(shop.project, "tier", Action.OFFLINE, by="li")
    assert "tier" in shop.project.tags.tags


def test_a_ready_tag_of_the_library_is_taken_offline_and_follows_the_library_again(shop: Shop) -> None:
    shop.write("tags/ready.yaml", "- {include: events, only: [events_total]}\n")
    act(shop.project, "events_total", Action.OFFLINE, by="li")
    assert "events_total" not in shop.project.tags.tags
    act(shop.project, "events_total", Action.ONLINE, by="li")
    assert shop.project.tags.tags["events_total"].place.file.startswith("library/")


def test_a_thrown_away_draft_leaves_the_file_in_force(shop: Shop) -> None:
    made = save_draft(shop.project, SPEND, by="li")
    act(shop.project, "spend_total", Action.ARCHIVE, by="li", version=made.version)
    assert "spend_total" in shop.project.tags.tags
    assert standings(shop.project)["spend_total"].state is State.ONLINE


def test_an_older_draft_does_not_replace_what_came_after_it(shop: Shop) -> None:
    old = save_draft(shop.project, SPEND, by="li")
    online(shop, definition("spend_total", "sum(amount) + 2"))
    with pytest.raises(NotAllowed, match="roll back instead"):
        act(shop.project, "spend_total", Action.PUBLISH, by="li", version=old.version)


def test_roll_back_is_a_new_version_with_the_old_text(shop: Shop) -> None:
    shop.needs_approval()
    first = text_of(shop.project, "spend_total")
    save_draft(shop.project, SPEND, by="li")
    act(shop.project, "spend_total", Action.SUBMIT, by="li")
    act(shop.project, "spend_total", Action.APPROVE, by="wang")
    assert text_of(shop.project, "spend_total") == SPEND
    made = rollback(shop.project, "spend_total", 1, by="li")
    assert (made.version, made.state, made.text, made.origin) == (3, State.DRAFT, first, "rollback")
    assert text_of(shop.project, "spend_total") == SPEND
    act(shop.project, "spend_total", Action.SUBMIT, by="li")
    assert [each.version for each in inbox(shop.project)] == [3]
    act(shop.project, "spend_total", Action.APPROVE, by="wang")
    assert text_of(shop.project, "spend_total") == first


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tag: visits\nfrom: ordrs\nvalue: count(*)", "console:2: there are no facts 'ordrs' (did you mean orders?)"),
        ("tag: tier\nrule: spend_totl > 1", "console:2: there is no 'spend_totl' here (did you mean spend_total?)"),
        ("name: x", "console:1: this must be one definition that begins with tag:"),
        (
            "- tag: a\n  rule: '1'\n- tag: b\n  rule: '1'",
            "console:1: this must be one definition that begins with tag:",
        ),
        ("tag: a\n rule: [", "console:2: is not YAML: mapping values are not allowed here"),
        ("tag: spend_total\nrule: tier", "console:1: defined in a circle"),
    ],
)
def test_faults_of_a_text_are_those_of_a_file(shop: Shop, text: str, message: str) -> None:
    assert check_text(shop.project, text)[0].say("en").startswith(message)
    with pytest.raises(DefinitionError):
        save_draft(shop.project, text, by="li")
    assert not shop.project.store.exists() or not history(shop.project, "tier").versions


def test_what_a_text_breaks_elsewhere_is_said_with_its_place(shop: Shop) -> None:
    found = [fault.say("en") for fault in check_text(shop.project, definition("spend_total", "max(day)"))]
    assert found == [
        "tags/orders.yaml:20: 150 is integer where date is needed",
    ]
    assert check_text(shop.project, SPEND) == []


def test_differences_are_told_field_by_field() -> None:
    before = "tag: a\nfrom: orders\nvalue: sum(amount)\nowner: li\n"
    found = diff(before, "value: 'sum(discount)'\ntag: a\nfrom: orders\nperiod: daily")
    assert [(each.field, each.words.zh, each.before, each.after) for each in found] == [
        ("value", "计算", "sum(amount)", "sum(discount)"),
        ("owner", "负责人", "li", None),
        ("period", "更新周期", None, "daily"),
    ]


def test_impact_counts_the_customers_who_would_move(shop: Shop) -> None:
    shop.build()
    # Of 150, 20 and 500 the smallest alone reaches another tier, and all three have another sum.
    found = impact(shop.project, definition("spend_total", "sum(amount) + 130"))
    assert found.change is not None
    assert (found.build, found.change.what, found.change.customers, found.change.of) == (1, "changed", 3, 3)
    others = {(each.kind, each.code, each.customers) for each in found.others}
    assert others == {("tag", "tier", 1), ("segment", "big", 1)}
    assert impact(shop.project, text_of(shop.project, "tier")).change is None
    fresh = impact(shop.project, definition("visits", "count(*)"))
    assert fresh.change is not None and (fresh.change.what, fresh.change.customers, fresh.others) == ("new", 3, ())
    assert plan_project(shop.project).changes == ()


def test_what_goes_online_is_what_plan_says(shop: Shop) -> None:
    shop.build()
    text = definition("spend_total", "sum(amount) + 130")
    online(shop, text)
    planned = {(each.kind, each.code): each.customers for each in plan_project(shop.project).changes}
    assert planned == {("tag", "spend_total"): 3, ("tag", "tier"): 1, ("segment", "big"): 1}
    shop.build()
    assert plan_project(shop.project).changes == ()


def test_a_tag_outside_its_days_is_not_computed(shop: Shop) -> None:
    shop.edit("  value: sum(amount)", "  valid_to: 2026-06-29\n  value: sum(amount)")
    shop.build()
    with current_build(shop.root) as current:
        assert current.engine.rows("SELECT DISTINCT spend_total, tier FROM tags") == [(None, "小")]
        assert "outside its validity" in why(current, "spend_total").sentence.en
    assert plan_project(shop.project).changes == ()
    shop.edit("valid_to: 2026-06-29", "valid_to: 2026-06-30")
    planned = {(each.code, each.customers) for each in plan_project(shop.project).changes}
    assert planned == {("spend_total", 3), ("tier", 2), ("big", 2)}
    shop.build()
    with current_build(shop.root) as current:
        assert current.engine.one("SELECT sum(spend_total) FROM tags") == 670
    assert plan_project(shop.project).changes == ()


def test_comments_and_favourites(shop: Shop) -> None:
    comment(shop.project, "tier", "为什么是 150？", by="wang")
    comment(shop.project, "tier", " agreed in May ", by="li", version=1)
    assert [(each.by, each.version, each.text) for each in comments(shop.project, "tier")] == [
        ("wang", 0, "为什么是 150？"),
        ("li", 1, "agreed in May"),
    ]
    with pytest.raises(NotAllowed):
        comment(shop.project, "tier", "  ", by="li")
    favourite(shop.project, "tier", user="li")
    favourite(shop.project, "tier", user="li")
    favourite(shop.project, "tier", user="wang")
    assert favourite(shop.project, "spend_total", user="li") == ["tier", "spend_total"]
    assert favourite(shop.project, "tier", user="li", wanted=False) == ["spend_total"]
    assert favourites(shop.project, "nobody") == [] and favoured(shop.project) == {"tier": 1, "spend_total": 1}


def test_texts_are_kept_canonical(shop: Shop) -> None:
    made = save_draft(shop.project, "# mine\n- {tag: visits, from: orders, value: 'count(*)'}\n", by="li")
    assert made.text == definition("visits", "count(*)")
    node = parse_yaml(made.text, "x", Faults())
    assert node is not None and node.mapping["tag"].value == "visits"


def test_a_definition_that_makes_two_tags(shop: Shop) -> None:
    """A psychological tag says how sure it is in a second one, and may become a tag of another kind."""
    text = (
        "tag: style\nname: {zh: 风格, en: Style}\npsychological:\n  trait: {zh: 风格, en: style}\n  method: behaviour\n"
        "  evidence:\n    - {when: amount >= 100, from: orders, says: generous}\n"
    )
    assert check_text(shop.project, text) == []
    save_draft(shop.project, text, by="li")
    act(shop.project, "style", Action.PUBLISH, by="li")
    assert {"style", "style_confidence"} <= shop.project.tags.tags.keys()
    assert check_text(shop.project, text.replace("100", "90")) == []
    plain = definition("style", "count(*)")
    assert check_text(shop.project, plain) == []
    save_draft(shop.project, plain, by="li")
    act(shop.project, "style", Action.PUBLISH, by="li")
    assert "style_confidence" not in shop.project.tags.tags
