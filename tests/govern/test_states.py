"""Every state and every action, one by one: what is lawful happens, what is not says why and changes nothing."""

from __future__ import annotations

from itertools import product

import pytest

from huaxiang.errors import Conflict, NotAllowed, NotFound
from huaxiang.govern import Action, act, history, possible, save_draft, version_of
from huaxiang.govern.opening import tag_registry
from huaxiang.govern.states import RULES
from huaxiang.registry.tags import Move, State
from huaxiang.tag.overlay import Governance
from tests.govern.governed import Shop, definition

LAWFUL = {
    (State.DRAFT, Action.SUBMIT): State.IN_REVIEW,
    (State.DRAFT, Action.PUBLISH): State.ONLINE,
    (State.DRAFT, Action.ARCHIVE): State.ARCHIVED,
    (State.IN_REVIEW, Action.WITHDRAW): State.DRAFT,
    (State.IN_REVIEW, Action.APPROVE): State.ONLINE,
    (State.IN_REVIEW, Action.REJECT): State.DRAFT,
    (State.ONLINE, Action.OFFLINE): State.OFFLINE,
    (State.OFFLINE, Action.ONLINE): State.ONLINE,
    (State.OFFLINE, Action.ARCHIVE): State.ARCHIVED,
}


def put_into(shop: Shop, state: State) -> None:
    made = save_draft(shop.project, definition("visits", "count(*)"), by="li")
    with tag_registry(shop.project) as tags:
        if state is not State.DRAFT:
            assert tags.move([Move(made, state)], "test")


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_every_action_in_every_state(shop: Shop, state: State, action: Action) -> None:
    put_into(shop, state)
    before = history(shop.project, "visits")
    if (state, action) in LAWFUL:
        made = act(shop.project, "visits", action, by="wang", comment="so be it", version=1)
        assert made.state is LAWFUL[state, action]
        last = history(shop.project, "visits").events[-1]
        assert (last.by, last.before, last.after, last.comment) == ("wang", state, made.state, "so be it")
    else:
        with pytest.raises(NotAllowed) as raised:
            act(shop.project, "visits", action, by="wang", version=1)
        assert "visits" in raised.value.words.en and "visits" in raised.value.words.zh
        assert history(shop.project, "visits") == before


def test_the_table_is_the_rules() -> None:
    assert {(state, action) for action, rule in RULES.items() for state in rule.before} == LAWFUL.keys()


@pytest.mark.parametrize("state", State)
def test_buttons_are_what_is_lawful(shop: Shop, state: State) -> None:
    put_into(shop, state)
    found = set(possible(version_of(shop.project, "visits"), "wang", Governance()))
    assert found == {action for each, action in LAWFUL if each is state}


def test_who_wrote_it_cannot_approve_it(shop: Shop) -> None:
    shop.needs_approval()
    save_draft(shop.project, definition("visits", "count(*)"), by="li")
    with pytest.raises(NotAllowed, match="needs approval"):
        act(shop.project, "visits", Action.PUBLISH, by="wang")
    act(shop.project, "visits", Action.SUBMIT, by="li")
    with pytest.raises(NotAllowed, match="somebody else must approve"):
        act(shop.project, "visits", Action.APPROVE, by="li")
    assert "visits" not in shop.project.tags.tags
    assert act(shop.project, "visits", Action.APPROVE, by="wang").state is State.ONLINE
    assert "visits" in shop.project.tags.tags


def test_whoever_changed_a_draft_wrote_it_too(shop: Shop) -> None:
    shop.needs_approval()
    made = save_draft(shop.project, definition("visits", "count(*)"), by="li")
    save_draft(shop.project, definition("visits", "count(distinct day)"), by="wang", revises=made)
    act(shop.project, "visits", Action.SUBMIT, by="li")
    for writer in ("li", "wang"):
        with pytest.raises(NotAllowed, match="somebody else must approve"):
            act(shop.project, "visits", Action.APPROVE, by=writer)
    assert act(shop.project, "visits", Action.APPROVE, by="zhao").state is State.ONLINE


def test_two_eyes_are_enough_when_the_project_says_so(shop: Shop) -> None:
    shop.needs_approval(four_eyes=False)
    save_draft(shop.project, definition("visits", "count(*)"), by="li")
    act(shop.project, "visits", Action.SUBMIT, by="li")
    assert act(shop.project, "visits", Action.APPROVE, by="li").state is State.ONLINE


def test_without_approval_a_draft_goes_online_at_once(shop: Shop) -> None:
    save_draft(shop.project, definition("visits", "count(*)"), by="li")
    assert act(shop.project, "visits", Action.PUBLISH, by="li").state is State.ONLINE


def test_whoever_looked_too_long_ago_changes_nothing(shop: Shop) -> None:
    seen = save_draft(shop.project, definition("visits", "count(*)"), by="li")
    save_draft(shop.project, definition("visits", "count(distinct day)"), by="wang", revises=seen)
    for late in (
        lambda: save_draft(shop.project, definition("visits", "max(day)"), by="li", revises=seen),
        lambda: act(shop.project, "visits", Action.SUBMIT, by="li", version=1, revision=seen.revision),
    ):
        with pytest.raises(Conflict):
            late()
    kept = version_of(shop.project, "visits")
    assert (kept.text, kept.state) == (definition("visits", "count(distinct day)"), State.DRAFT)


def test_moves_are_all_or_none(shop: Shop) -> None:
    seen = save_draft(shop.project, definition("visits", "count(*)"), by="li")
    other = save_draft(shop.project, definition("calls", "count(*)"), by="li")
    with tag_registry(shop.project) as tags:
        assert tags.rewrite(other, other.text, other.hash, by="wang", note="")
        assert not tags.move([Move(seen, State.ONLINE), Move(other, State.ONLINE)], "li")
        late = [Move(other, State.ONLINE)]
        assert tags.add("x", "tag: x", "h", State.DRAFT, origin="console", by="li", note="", moves=late) is None
        assert not tags.versions("x")
    assert version_of(shop.project, "visits").state is State.DRAFT


def test_nobody_knows_it(shop: Shop) -> None:
    with pytest.raises(NotFound, match="did you mean orders_total"):
        act(shop.project, "orders_totl", Action.OFFLINE, by="li")
    with pytest.raises(NotFound, match="no version 7"):
        act(shop.project, "orders_total", Action.OFFLINE, by="li", version=7)
