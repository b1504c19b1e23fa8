"""subscribers/*.yaml: what is understood, and every fault with its place and the nearest word."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.errors import DefinitionError
from huaxiang.project import load_project
from huaxiang.subscribers import TOPICS, Subscriber, parse_subscribers
from tests.deliver.shop import make_shop, write

CHANGED = {"old": 1, "new": 2}
CRM = "subscriber: crm\nurl: https://crm.example.com/hook\nsecret: env:CRM_SECRET\n"


def parsed(text: str) -> tuple[tuple[Subscriber, ...], list[str]]:
    faults = Faults()
    node = parse_yaml(text, "subscribers/crm.yaml", faults)
    assert node is not None
    found = parse_subscribers(node.items, {"orders_total", "city"}, {"regulars"}, faults)
    return found, [fault.say("en") for fault in faults.found]


def test_a_subscriber_wants_everything_unless_it_says_otherwise() -> None:
    (crm,), faults = parsed(CRM)
    assert not faults
    assert (crm.topics, crm.secrets, crm.concurrency, crm.allow_private) == (tuple(TOPICS), ("CRM_SECRET",), 1, False)


def test_a_secret_may_be_changed_without_a_gap() -> None:
    (crm,), _ = parsed(CRM.replace("env:CRM_SECRET", "[env:NEW_SECRET, env:CRM_SECRET]"))
    assert crm.secrets == ("NEW_SECRET", "CRM_SECRET")


def test_filters_narrow_their_topics_and_sensitive_tags_travel_only_by_name() -> None:
    (crm,), faults = parsed(CRM + "topics: [tag.changed, segment.left]\ntags: [city]\nsegments: [regulars]\n")
    assert not faults
    assert crm.wants("tag.changed", {"tags": {"city": CHANGED}}, guarded={"city"})
    both = {"subject": "C1", "tags": {"city": CHANGED, "orders_total": CHANGED}}
    assert crm.narrowed("tag.changed", both) == {"subject": "C1", "tags": {"city": CHANGED}}
    assert not crm.wants("tag.changed", {"tags": {"orders_total": CHANGED}})
    assert crm.wants("segment.left", {"segment": "regulars"})
    assert not crm.wants("segment.left", {"segment": "others"})
    assert not crm.wants("segment.entered", {"segment": "regulars"})
    assert not crm.wants("profile.merged", {"from": "a", "into": "b"})
    (every,), _ = parsed(CRM)
    assert not every.wants("tag.changed", {"tags": {"city": CHANGED}}, guarded={"city"})
    assert every.narrowed("tag.changed", both, {"city"}) == {"subject": "C1", "tags": {"orders_total": CHANGED}}
    assert every.wants("tag.changed", {"tags": {"orders_total": CHANGED}}, guarded={"city"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CRM + "topics: [tag.change]", ":4: there is no topic 'tag.change' (did you mean tag.changed?)"),
        (CRM + "tags: [order_total]", ":4: there is no tag 'order_total' (did you mean orders_total?)"),
        (CRM + "segments: [regular]", ":4: there is no segment 'regular' (did you mean regulars?)"),
        (CRM + "topic: [tag.changed]", ":4: a subscriber has no key 'topic' (did you mean topics?)"),
        (CRM + "topics: [segment.left]\ntags: [city]", ":5: tags narrows tag.changed, which is not among the topics"),
        (CRM + "concurrency: 65", ":4: concurrency is 1 to 64"),
        ("subscriber: crm\nsecret: env:S", ":1: a subscriber lacks 'url'"),
        ("subscriber: crm\nurl: https://a.example/x", ":1: a subscriber lacks 'secret'"),
        (CRM.replace("https", "ftp"), ":2: url is not an address"),
        (CRM.replace("https://", "https:// "), ":2: url is not an address"),
        (CRM.replace("crm.example.com", "crm.example.com:99999"), ":2: url is not an address"),
        (CRM.replace("https", "http"), ":2: url must be https"),
        (CRM.replace("crm.example", "me:pass@crm.example"), ":2: url may not hold a user or password"),
        (CRM.replace("crm.example.com", "169.254.169.254"), ":2: url leads into a private network"),
        (CRM.replace("crm.example.com", "[::1]"), ":2: url leads into a private network"),
        (CRM.replace("crm.example.com", "2130706433"), ":2: url leads into a private network"),
        (CRM.replace("crm.example.com", "0x7f.1"), ":2: url leads into a private network"),
        (CRM.replace("crm.example.com", "[::ffff:0:a00:1]"), ":2: url leads into a private network"),
        (CRM.replace("crm.example.com", "[2002:7f00:1::]"), ":2: url leads into a private network"),
        (CRM.replace("crm.example.com", "localhost."), ":2: url leads into a private network"),
        (CRM.replace("crm.example.com", "localhost"), ":2: url leads into a private network"),
        ("- " + CRM.strip().replace("\n", "\n  ") + "\n- " + CRM.strip().replace("\n", "\n  "), ":4: subscriber 'crm'"),
    ],
)  # fmt: skip
def test_every_fault_says_where_and_what_was_meant(text: str, said: str) -> None:
    _, faults = parsed(text)
    assert len(faults) == 1
    assert said in faults[0]
    assert "pass" not in faults[0].replace("password", "")


def test_a_secret_in_the_file_is_a_fault_that_does_not_repeat_it() -> None:
    _, (fault,) = parsed(CRM.replace("env:CRM_SECRET", "whsec_c2VjcmV0"))
    assert "env:NAME" in fault
    assert "c2VjcmV0" not in fault


def test_a_project_has_its_subscribers_checked_with_the_rest(tmp_path: Path) -> None:
    root = make_shop(tmp_path / "shop")
    write(root, "subscribers/crm.yaml", CRM + "tags: [orders_total]\n")
    assert [each.code for each in load_project(root).subscribers] == ["crm"]
    write(root, "subscribers/crm.yaml", CRM + "tags: [orders]\n")
    with pytest.raises(DefinitionError) as raised:
        load_project(root)
    assert "subscribers/crm.yaml:4" in raised.value.say("en")
