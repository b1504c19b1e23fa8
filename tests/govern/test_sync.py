"""Files and registry: what changed on one side goes to the other, what changed on both waits for a person."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from huaxiang.errors import Conflict, DefinitionError, NotFound
from huaxiang.govern import Action, Difference, Side, act, apply, compare, export, history, save_draft, text_of
from huaxiang.registry.tags import State
from tests.govern.governed import TAGS, Shop, definition

SPEND = (
    "tag: spend_total\nname: {zh: 累计消费额, en: Spend in all}\ncategory: 行为/购买\n"
    "meaning: {zh: 所有订单的实付金额之和, en: What was paid for all orders}\nfrom: orders\nvalue: sum(amount) + 1\n"
)


def state(shop: Shop) -> dict[str, str]:
    return {pair.code: pair.what.value for pair in compare(shop.project)}


def edit_in_console(shop: Shop, text: str = SPEND) -> None:
    made = save_draft(shop.project, text, by="li")
    act(shop.project, made.code, Action.PUBLISH, by="li", version=made.version)


def test_apply_then_export_changes_no_byte(shop: Shop) -> None:
    before = {path: path.read_bytes() for path in sorted(shop.root.rglob("tags/*"))}
    assert set(state(shop).values()) == {"file_new"}
    applied = apply(shop.project, by="li")
    assert [pair.code for pair in applied.done] == ["orders_total", "spend_total", "tier"]
    exported = export(shop.project)
    assert exported.done == () and exported.files == ()
    assert {path: path.read_bytes() for path in sorted(shop.root.rglob("tags/*"))} == before
    assert set(state(shop).values()) == {"same"}
    assert apply(shop.project, by="li").done == ()


def test_trying_does_nothing(shop: Shop) -> None:
    tried = apply(shop.project, by="li", dry_run=True)
    assert len(tried.done) == 3
    assert set(state(shop).values()) == {"file_new"}


def test_a_change_in_the_files_becomes_a_version(shop: Shop) -> None:
    apply(shop.project, by="li")
    shop.edit("sum(amount)", "sum(amount) + 2")
    assert "+ 2" in shop.formula("spend_total")
    assert state(shop)["spend_total"] == "file_changed"
    apply(shop.project, by="wang")
    (old, new) = history(shop.project, "spend_total").versions
    assert (old.state, new.state, new.author, new.note) == (State.ARCHIVED, State.ONLINE, "wang", "tags/orders.yaml:8")
    assert "+ 2" in shop.formula("spend_total")


def test_a_change_in_the_console_is_written_in_its_place(shop: Shop) -> None:
    apply(shop.project, by="li")
    edit_in_console(shop)
    assert state(shop)["spend_total"] == "registry_changed"
    tried = export(shop.project, dry_run=True)
    assert tried.files == ("tags/orders.yaml",) and shop.read() == TAGS
    export(shop.project)
    assert shop.read() == TAGS.replace("value: sum(amount)\n", "value: sum(amount) + 1\n")
    assert set(state(shop).values()) == {"same"}
    assert "+ 1" in shop.formula("spend_total")


def test_a_console_edit_of_a_tag_never_applied_is_no_conflict(shop: Shop) -> None:
    edit_in_console(shop)
    assert state(shop) == {"orders_total": "file_new", "spend_total": "registry_changed", "tier": "file_new"}


def test_new_tags_of_the_console_get_a_file_of_their_own(shop: Shop) -> None:
    edit_in_console(shop, definition("visits", "count(*)"))
    edit_in_console(shop, definition("days", "count(distinct day)"))
    assert state(shop)["visits"] == "registry_new"
    export(shop.project)
    assert shop.read("tags/console.yaml") == (
        "# Tags that were made in the console; huaxiang export writes them here.\n"
        "- tag: days\n  from: orders\n  value: count(distinct day)\n"
        "- tag: visits\n  from: orders\n  value: count(*)\n"
    )
    assert shop.read() == TAGS
    assert state(shop)["visits"] == "same"
    edit_in_console(shop, definition("visits", "count(*)", "owner: li\n"))
    export(shop.project)
    assert "- tag: visits\n  from: orders\n  value: count(*)\n  owner: li\n" in shop.read("tags/console.yaml")


def conflict(shop: Shop) -> None:
    apply(shop.project, by="li")
    edit_in_console(shop)
    shop.edit("sum(amount)", "sum(amount) + 2")
    assert state(shop)["spend_total"] == "conflict"


def test_a_conflict_is_shown_and_overwritten_by_nobody(shop: Shop) -> None:
    conflict(shop)
    mine, theirs = shop.read(), text_of(shop.project, "spend_total")
    for synced in (apply(shop.project, by="li"), export(shop.project)):
        (pair,) = synced.conflicts
        assert synced.done == ()
        assert (pair.code, pair.what, pair.state) == ("spend_total", Difference.CONFLICT, State.ONLINE)
        assert pair.place == "tags/orders.yaml:8"
        assert "sum(amount) + 2" in pair.file and "sum(amount) + 1" in pair.registry
    assert shop.read() == mine and text_of(shop.project, "spend_total") == theirs
    assert state(shop)["spend_total"] == "conflict"


def test_taking_the_files_makes_their_definition_a_version(shop: Shop) -> None:
    conflict(shop)
    apply(shop.project, by="wang", take={"spend_total": Side.FILES})
    assert state(shop)["spend_total"] == "same"
    assert "+ 2" in shop.formula("spend_total") and "+ 2" in shop.read()
    assert [each.state for each in history(shop.project, "spend_total").versions][-2:] == [State.ARCHIVED, State.ONLINE]


def test_taking_the_registry_writes_its_definition(shop: Shop) -> None:
    conflict(shop)
    export(shop.project, take={"spend_total": Side.REGISTRY})
    assert state(shop)["spend_total"] == "same"
    assert shop.read() == TAGS.replace("value: sum(amount)\n", "value: sum(amount) + 1\n")


@pytest.mark.parametrize(("side", "after"), [(Side.REGISTRY, "registry_changed"), (Side.FILES, "file_changed")])
def test_the_other_command_only_settles_whose_turn_it_is(shop: Shop, side: Side, after: str) -> None:
    conflict(shop)
    mine = shop.read()
    if side is Side.REGISTRY:
        apply(shop.project, by="li", take={"spend_total": side})
    else:
        export(shop.project, take={"spend_total": side})
    assert state(shop)["spend_total"] == after
    assert shop.read() == mine


def test_only_what_is_in_conflict_can_be_taken(shop: Shop) -> None:
    with pytest.raises(NotFound, match="'tier' is in no conflict"):
        apply(shop.project, by="li", take={"tier": Side.FILES})


def test_what_left_the_files_goes_offline(shop: Shop) -> None:
    apply(shop.project, by="li")
    shop.write("tags/orders.yaml", TAGS[TAGS.index("- tag: spend_total") :])
    assert state(shop)["orders_total"] == "file_removed"
    assert "orders_total" not in shop.project.tags.tags
    apply(shop.project, by="li")
    assert history(shop.project, "orders_total").versions[-1].state is State.OFFLINE
    assert state(shop)["orders_total"] == "same"


def test_what_left_the_files_while_the_console_changed_it_is_a_conflict(shop: Shop) -> None:
    apply(shop.project, by="li")
    edit_in_console(shop, definition("orders_total", "count(*)"))
    shop.write("tags/orders.yaml", TAGS[TAGS.index("- tag: spend_total") :])
    assert state(shop)["orders_total"] == "conflict"
    export(shop.project, take={"orders_total": Side.REGISTRY})
    assert "tag: orders_total" in shop.read("tags/console.yaml")
    assert state(shop)["orders_total"] == "same"


def test_a_tag_taken_offline_stays_so_whatever_its_file_says(shop: Shop) -> None:
    apply(shop.project, by="li")
    act(shop.project, "orders_total", Action.OFFLINE, by="li")
    assert state(shop)["orders_total"] == "same"
    shop.edit("count(distinct order_id)", "count(*)")
    assert state(shop)["orders_total"] == "conflict"
    assert "orders_total" not in shop.project.tags.tags
    apply(shop.project, by="li", take={"orders_total": Side.FILES})
    assert "orders_total" in shop.project.tags.tags


def test_where_approval_is_required_files_wait_for_it(shop: Shop) -> None:
    shop.needs_approval()
    apply(shop.project, by="li")
    newest = [history(shop.project, code).versions[-1].state for code in shop.project.tags.tags]
    assert newest == [State.ONLINE] * 3
    shop.edit("sum(amount)", "sum(amount) + 2")
    shop.write("tags/more.yaml", "- {tag: visits, from: orders, value: count(*)}\n")
    assert "+ 2" not in shop.formula("spend_total") and "visits" not in shop.project.tags.tags
    apply(shop.project, by="li")
    assert (state(shop)["spend_total"], state(shop)["visits"]) == ("waiting", "waiting")
    assert apply(shop.project, by="li").done == ()
    for code in ("spend_total", "visits"):
        act(shop.project, code, Action.APPROVE, by="wang")
    assert "+ 2" in shop.formula("spend_total") and "visits" in shop.project.tags.tags
    assert set(state(shop).values()) == {"same"}
    assert export(shop.project).files == ()


def test_unsound_files_are_not_applied(shop: Shop) -> None:
    apply(shop.project, by="li")
    shop.needs_approval()
    shop.edit("spend_total >= 150", "spend_totl >= 150")
    with pytest.raises(DefinitionError, match="did you mean spend_total"):
        apply(shop.project, by="li")
    assert len(history(shop.project, "tier").versions) == 1


def test_a_file_from_windows_keeps_its_ends(shop: Shop) -> None:
    path: Path = shop.root / "tags/orders.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + TAGS.replace("\n", "\r\n").encode())
    apply(shop.project, by="li")
    edit_in_console(shop)
    export(shop.project)
    wanted = TAGS.replace("value: sum(amount)\n", "value: sum(amount) + 1\n").replace("\n", "\r\n")
    assert path.read_bytes() == b"\xef\xbb\xbf" + wanted.encode()


def test_a_ready_tag_edited_in_the_console_becomes_the_projects_own(shop: Shop) -> None:
    shop.write("tags/ready.yaml", "- {include: events, only: [events_total]}\n")
    edit_in_console(shop, "tag: events_total\nname: 行为\nfrom: events\nvalue: count(distinct session)\n")
    assert "distinct" in shop.formula("events_total")
    export(shop.project)
    assert shop.project.tags.tags["events_total"].place.file == "tags/console.yaml"
    assert shop.read("tags/ready.yaml") == "- {include: events, only: [events_total]}\n"
    assert state(shop)["events_total"] == "same" and "distinct" in shop.formula("events_total")


def test_many_at_once_lose_nothing(shop: Shop) -> None:
    project = shop.project
    save_draft(project, definition("visits", "count(*)"), by="li")

    def write(number: int) -> bool:
        try:
            save_draft(project, definition("visits", f"count(*) + {number}"), by="li")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        saved = sum(pool.map(write, range(16)))
    versions = history(project, "visits").versions
    assert len(versions) == saved + 1 == len(history(project, "visits").events)
    assert [each.version for each in versions] == list(range(1, saved + 2))
    assert len({each.hash for each in versions}) == saved + 1
