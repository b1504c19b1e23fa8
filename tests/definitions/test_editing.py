"""Definitions written as text: equal ones alike; one replaced, the rest of its file byte for byte as it was."""

from __future__ import annotations

from difflib import SequenceMatcher
from importlib.resources import files

import pytest

from huaxiang.definitions.editing import add_entry, replace_entry
from huaxiang.definitions.nodes import Faults, Node, parse_yaml
from huaxiang.definitions.writing import canonical, fingerprint
from huaxiang.library.include import load, names

FILE = """# What the shop sells.

- tag: a   # the first
  from: orders
  # only what was sold
  where: &sold "status = 'paid'"
  value: count(*)

# the second
- {tag: b, from: orders, where: *sold, value: sum(amount)}

- tag: c
  name:
    zh: 丙
    en: C
  from: orders
  where: *sold
  value: >-
    sum(amount) /
    count(*)
# the end
"""


def node(text: str) -> Node:
    faults = Faults()
    found = parse_yaml(text, "x", faults)
    assert found is not None and not faults.found
    return found


def codes(text: str) -> dict[str, object]:
    return {str(each.mapping["tag"].value): each.plain() for each in node(text).items}


def edited(code: str, new: str, text: str = FILE) -> str:
    made = replace_entry(text, "tag", code, node(new))
    assert made is not None
    assert codes(made) == codes(text) | {code: node(new).plain()}
    return made


@pytest.mark.parametrize("name", names("tags"))
def test_the_canonical_text_says_the_same_and_is_its_own(name: str) -> None:
    for each in load("tags", name, Faults()):
        text = canonical(each)
        assert node(text) == each
        assert canonical(node(text)) == text
        assert fingerprint(node(text)) == fingerprint(each)


def test_numbers_stay_as_they_were_written() -> None:
    assert canonical(node("{a: 007, b: 1.10, c: 'true', d: true, e: null}")) == (
        "a: 007\nb: 1.10\nc: 'true'\nd: true\ne: null\n"
    )


def test_layout_and_first_order_do_not_count_but_inner_order_does() -> None:
    one = node("{tag: a, rule: {x: b > 1, y: b > 0}}")
    assert fingerprint(one) == fingerprint(node("rule:\n  x: b > 1   # c\n  y: 'b > 0'\ntag: a"))
    assert fingerprint(one) != fingerprint(node("{tag: a, rule: {y: b > 0, x: b > 1}}"))


def test_the_same_definition_changes_no_byte() -> None:
    assert edited("a", "{tag: a, from: orders, where: \"status = 'paid'\", value: count(*)}") == FILE


def test_only_the_line_of_the_changed_key_changes() -> None:
    made = edited("a", "{tag: a, from: orders, where: \"status = 'paid'\", value: count(distinct order_id)}")
    assert made == FILE.replace("  value: count(*)\n\n", "  value: count(distinct order_id)\n\n", 1)


def test_a_key_is_added_after_the_last_and_one_is_removed() -> None:
    made = edited("c", "{tag: c, from: orders, where: \"status = 'paid'\", value: count(*), owner: 数据组}")
    assert made == FILE[: FILE.index("- tag: c")] + (
        "- tag: c\n  from: orders\n  where: *sold\n  value: count(*)\n  owner: 数据组\n# the end\n"
    )


def test_a_definition_on_one_line_is_replaced_as_a_whole() -> None:
    made = edited("b", "{tag: b, from: orders, value: max(amount)}")
    assert "# the second\n- tag: b\n  from: orders\n  value: max(amount)\n\n- tag: c\n" in made


def test_an_anchor_moves_when_its_definition_changes() -> None:
    made = edited("a", "{tag: a, from: orders, where: amount > 0, value: count(*)}")
    assert "where: amount > 0\n" in made
    assert "{tag: b, from: orders, where: &sold \"status = 'paid'\", value" in made
    assert "  # only what was sold\n" in made


@pytest.mark.parametrize("code", ["orders_30d", "age_band", "price_sensitivity", "lifecycle", "service_contacts_90d"])
def test_any_ready_tag_can_be_edited_in_its_file(code: str) -> None:
    text = files("huaxiang.library").joinpath("tags/retail.yaml").read_text(encoding="utf-8")
    old = next(each for each in node(text).items if each.mapping["tag"].value == code)
    changes = {"category": "别处", **({"where": "amount > 0"} if "where" in old.mapping else {"owner": "li"})}
    made = edited(code, canonical(Node(dict(old.mapping) | {key: Node(value) for key, value in changes.items()})), text)
    matching = SequenceMatcher(None, text.splitlines(), made.splitlines(), autojunk=False)
    moved = [made.splitlines()[a:b] for what, _, _, a, b in matching.get_opcodes() if what != "equal"]
    # The category and one more key; an anchor also moves to the next definition that names it.
    assert sum(len(lines) for lines in moved) <= 3


def test_a_file_that_is_one_definition_is_edited_too() -> None:
    assert edited("a", "{tag: a, rule: '2'}", "tag: a\nrule: '1' # one\n") == "tag: a\nrule: '2'\n"


def test_what_is_not_there_cannot_be_replaced() -> None:
    assert replace_entry(FILE, "tag", "zz", node("{tag: zz, rule: '1'}")) == FILE


@pytest.mark.parametrize("text", ["", "# only a comment\n", "- {tag: a, rule: '1'}", "  - tag: a\n    rule: '1'\n"])
def test_a_definition_is_added_at_the_end(text: str) -> None:
    made = add_entry(text, node("{tag: z, rule: '1'}"))
    assert made is not None and made.startswith(text)
    assert [str(each.mapping["tag"].value) for each in node(made).items][-1] == "z"


def test_nothing_is_added_to_a_file_that_is_no_list() -> None:
    assert add_entry("tag: a\nrule: '1'\n", node("{tag: z, rule: '1'}")) is None
