"""Events applied in micro-batches say of everybody what a full rebuild says."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from huaxiang.live.applying import tick_end
from huaxiang.live.worker import Worker
from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keys import load_master_key
from huaxiang.serving.current import Serving
from tests.live.shop import START, drain, follow, made_up, put, rebuild, rebuilt, served, worker

POPULATION = "rank"
"""A percentile stands against everybody as the last full build saw them: live it moves with the customer alone."""


def without_population(
    found: dict[int, tuple[dict[str, Any], list[str]]],
) -> dict[int, tuple[dict[str, Any], list[str]]]:
    """Return what was found without what compares with everybody."""
    for tags, _ in found.values():
        tags.pop(POPULATION, None)
    return found


def batched(events: list[dict[str, Any]], seed: int) -> list[list[dict[str, Any]]]:
    dice = random.Random(seed)
    found = []
    while events:
        size = dice.choice([1, 2, 7, 30, 100])
        found.append(events[:size])
        events = events[size:]
    return found


def view(name: str, **more: Any) -> dict[str, Any]:
    sent = {"type": "track", "event": "Product Viewed", "messageId": name, "timestamp": "2026-02-28T04:00:00Z"}
    return sent | {"properties": {"category": "茶"}} | more


@pytest.mark.parametrize("seed", range(4))
def test_micro_batches_are_a_rebuild(shop: Path, applier: Worker, seed: int) -> None:
    for some in batched(list(made_up(seed, 400)), seed):
        put(shop, some)
        drain(applier)
    live = without_population(served(shop))
    done = rebuild(shop, tick_end(START))
    assert live == without_population(rebuilt(shop, done))


def test_values_that_no_build_met_stand_in_their_order(shop: Path, applier: Worker) -> None:
    """Of equals the smallest is taken, so a new value must stand among the others as a build would have it."""
    assert applier.tools is not None
    texts = applier.tools.computer.texts
    assert "新" not in texts.select("orders")
    for place, category in enumerate(("茶", "AA", "新", "zz", "AA", "茶", "新")):
        put(shop, [bought(f"n-{place}", f"O-{place}", category)])
        drain(applier)
    coded = texts.select("orders")
    assert coded.index("'AA'") < coded.index("'zz'") < coded.index("'新'") < coded.index("'茶'")
    live = without_population(served(shop))
    assert live == without_population(rebuilt(shop, rebuild(shop, tick_end(START))))
    (tags,) = [tags for tags, _ in live.values() if tags.get("spend") == 7]
    assert tags["favourite"] == "AA"


def test_a_text_of_many_values_is_a_text_again(shop: Path, applier: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huaxiang.live.texts.CODED", 5)
    assert applier.tools is not None
    texts = applier.tools.computer.texts
    assert 'CAST("category"' in texts.select("orders")
    put(shop, [bought(f"m-{each}", f"O-{each}", f"C{each}") for each in range(4)])
    drain(applier)
    assert 'CAST("category"' not in texts.select("orders")
    put(shop, [bought("m-9", "O-9", "C9")])
    drain(applier)
    live = without_population(served(shop))
    assert live == without_population(rebuilt(shop, rebuild(shop, tick_end(START))))


def test_a_fact_that_comes_again_is_told_and_counted_once(shop: Path, applier: Worker) -> None:
    same = {"order_id": "O-same", "total": 5, "category": "茶"}
    first = bought("s-1", "O-same", "茶")
    put(shop, [first, {**first, "messageId": "s-2", "properties": same}])
    drain(applier)
    put(shop, [{**first, "messageId": "s-3"}])
    drain(applier)
    counted = applier.store.dicts("SELECT duplicates FROM batches ORDER BY id DESC LIMIT 2")
    assert [row["duplicates"] for row in counted] == [1, 1]
    live = without_population(served(shop))
    assert live == without_population(rebuilt(shop, rebuild(shop, tick_end(START))))


def bought(message: str, order: str, category: str) -> dict[str, Any]:
    properties = {"order_id": order, "total": 1, "category": category}
    sent = {"type": "track", "event": "Order Completed", "messageId": message, "timestamp": "2026-02-28T04:00:00Z"}
    return sent | {"userId": "U-new", "properties": properties}


def test_each_batch_is_computed_as_of_its_own_tick(shop: Path) -> None:
    """With time alone orders leave windows and days pass: the next batch knows, whatever the one before was as of."""
    now = [START]
    applier = Worker(shop, clock=lambda: now[0])
    try:
        follow(applier)
        put(shop, [bought("t-0", "O-1", "茶")])
        told = []
        for days in (0, 28, 29, 40):
            now[0] = START + timedelta(days=days)
            put(shop, [view(f"t-{days + 1}", userId="U-new")], now[0])
            drain(applier)
            live = without_population(served(shop))
            (subject,) = [each for each, (tags, _) in live.items() if tags.get("spend") == 1]
            one = live[subject][0]
            told.append((one["orders_30"], one["idle"], one["state"]))
    finally:
        applier.close()
    # The order was made on the day before; 30 days of the clock after it the tick ends later.
    assert told == [(1, 1, "普通"), (1, 29, "睡眠"), (0, 30, "睡眠"), (0, 41, "睡眠")]
    assert live[subject] == without_population(rebuilt(shop, rebuild(shop, tick_end(now[0]))))[subject]


def test_a_tick_ends_after_its_moment() -> None:
    ten = timedelta(seconds=10)
    assert tick_end(START) == START + ten
    assert tick_end(START + timedelta(seconds=9.9)) == START + ten
    assert tick_end(START + ten) == START + 2 * ten


def test_what_a_segment_and_a_subscriber_hear_adds_up(shop: Path, applier: Worker) -> None:
    before = served(shop)
    for some in batched(list(made_up(9, 300)), 9):
        put(shop, some)
        drain(applier)
    now = served(shop)
    known: dict[tuple[int, str], Any] = {
        (subject, tag): value for subject, (tags, _) in before.items() for tag, value in tags.items()
    }
    for row in applier.store.dicts("SELECT subject, tag, old, new FROM changes ORDER BY id"):
        key = (row["subject"], row["tag"])
        assert known.get(key) == msgspec.json.decode(row["old"])
        known[key] = msgspec.json.decode(row["new"])
    inside: dict[int, set[str]] = defaultdict(set, {subject: set(each[1]) for subject, each in before.items()})
    for row in applier.store.dicts("SELECT subject, segment, move FROM moves ORDER BY id"):
        assert (row["segment"] in inside[row["subject"]]) == (row["move"] == "left")
        inside[row["subject"]] ^= {row["segment"]}
    for subject, (tags, segments) in now.items():
        assert {tag: known.get((subject, tag)) for tag in tags} == tags
        assert inside[subject] == set(segments)
    topics = {row["topic"] for row in applier.store.dicts("SELECT DISTINCT topic FROM outbox")}
    assert topics >= {"tag.changed", "segment.entered"}


def test_a_visitor_who_signs_in_brings_the_past_along(shop: Path, applier: Worker) -> None:
    put(shop, [view("one", anonymousId="A-x"), view("two", anonymousId="A-x")])
    drain(applier)
    put(shop, [view("three", userId="U-x")])
    drain(applier)
    serving = Serving(shop)
    visitor, member = serving.subject_of("anonymous_id", "A-x"), serving.subject_of("user_id", "U-x")
    assert visitor is not None
    assert member is not None
    assert visitor != member
    put(shop, [view("four", anonymousId="A-x", userId="U-x")])
    drain(applier)
    both = {serving.subject_of("anonymous_id", "A-x"), serving.subject_of("user_id", "U-x")}
    assert len(both) == 1
    profile = serving.profile(visitor)
    assert profile is not None
    assert profile.subject in both
    assert profile.tags["views_7"] == 4
    assert {profile.subject} == {found.subject for found in serving.profiles([visitor, member]).values()}
    [merge] = applier.store.dicts("SELECT from_subject, into_subject FROM merges")
    assert {merge["from_subject"], merge["into_subject"]} == {visitor, member}
    assert len(serving.events(member)) == 4
    serving.close()


def test_a_retried_event_adds_nothing(shop: Path, applier: Worker) -> None:
    put(shop, [view("once", userId="U-r")])
    drain(applier)
    put(shop, [view("once", userId="U-r"), view("once", userId="U-r")])
    drain(applier)
    serving = Serving(shop)
    profile = serving.profile(serving.subject_of("user_id", "U-r") or 0)
    assert profile is not None
    assert profile.tags["views_7"] == 1
    assert applier.store.dicts("SELECT sum(duplicates) AS n FROM batches") == [{"n": 2}]
    took = [msgspec.json.decode(row["took"]) for row in applier.store.dicts("SELECT took FROM traces ORDER BY number")]
    assert [each["outcome"] for event in took for each in event] == ["fact", "duplicate", "duplicate"]
    serving.close()


def test_limits_and_blocked_values_hold_live(shop: Path, applier: Worker) -> None:
    said = [
        {"type": "identify", "traits": {"phone": "13911112222"}, "messageId": f"p{n}", "userId": f"U-l{n}"}
        for n in range(3)
    ]
    for each in said:
        put(shop, [each | {"timestamp": "2026-02-28T04:00:00Z"}])
        drain(applier)
    put(shop, [view(f"b{n}", userId=f"U-b{n}", anonymousId="anonymous") for n in range(3)])
    drain(applier)
    serving = Serving(shop)
    members = [serving.subject_of("user_id", f"U-l{n}") for n in range(3)]
    assert len({*members}) == 3
    assert None not in members
    assert len({serving.subject_of("user_id", f"U-b{n}") for n in range(3)}) == 3
    assert int(applier.store.meta("held")) > 0
    serving.close()


def named(message: str, user: str | None = None, at: str = "2026-02-28T04:00:00Z", **more: Any) -> dict[str, Any]:
    sent = {"type": "identify", "messageId": message, "timestamp": at} | more
    return sent | ({"userId": user} if user else {})


def phone(number: str) -> dict[str, Any]:
    return {"traits": {"phone": number}}


def test_an_event_that_is_sent_again_is_no_more_evidence(shop: Path, applier: Worker) -> None:
    mine = [named(f"a{n}", "U-a", **phone("13911113333")) for n in range(2)]
    put(shop, [*mine, *[named("b", "U-b", **phone("13911113333"))] * 5])
    drain(applier)
    serving = Serving(shop)
    assert serving.subject_of("phone", "13911113333") == serving.subject_of("user_id", "U-a")
    serving.close()
    assert without_population(served(shop)) == without_population(rebuilt(shop, rebuild(shop, tick_end(START))))


def test_an_event_whose_time_has_not_come_makes_nobody_known(shop: Path, applier: Worker) -> None:
    put(shop, [named("now", "U-n"), named("then", "U-t", "2026-04-01T00:00:00Z", **phone("13911114444"))])
    put(shop, [named("more", "U-n", "2026-04-01T00:00:00Z", **phone("13911115555"))])
    drain(applier)
    serving = Serving(shop)
    assert serving.subject_of("user_id", "U-n") is not None
    assert [serving.subject_of("phone", f"1391111{n}") for n in (4444, 5555)] == [None, None]
    assert serving.subject_of("user_id", "U-t") is None
    serving.close()
    assert without_population(served(shop)) == without_population(rebuilt(shop, rebuild(shop, tick_end(START))))


def test_an_event_of_two_people_is_nobodys(shop: Path, applier: Worker) -> None:
    put(shop, [named("p", "U-p", **phone("13911116666")), named("q", "U-q", anonymousId="A-q")])
    drain(applier)
    put(shop, [named("both", None, anonymousId="A-q", **phone("13911116666"))])
    drain(applier)
    assert applier.store.dicts("SELECT subject FROM traces ORDER BY number DESC LIMIT 1") == [{"subject": None}]
    assert without_population(served(shop)) == without_population(rebuilt(shop, rebuild(shop, tick_end(START))))


def test_what_cannot_be_a_fact_is_kept_and_told(shop: Path, applier: Worker) -> None:
    put(
        shop,
        [view("bad", userId="U-q") | {"properties": {"amount": -3}}, view("good", userId="U-q"), {"type": "track"}],
    )
    drain(applier)
    rules = {row["rule"] for row in applier.store.dicts("SELECT rule FROM rejected")}
    assert "reject: amount < 0" in rules
    took = {row["number"]: msgspec.json.decode(row["took"]) for row in applier.store.dicts("SELECT * FROM traces")}
    assert [each["outcome"].split(":")[0] for each in took[1]] == ["quarantined"]
    assert [each["outcome"] for each in took[2]] == ["fact"]
    assert all(each["outcome"].startswith("quarantined") for each in took[3])
    sealed = applier.store.dicts("SELECT sealed FROM rejected")
    assert all(b"U-q" not in row["sealed"] for row in sealed)


def test_a_new_person_is_never_given_the_number_of_another(shop: Path) -> None:
    """A customer keeps a number made from an identifier that is gone; whoever comes with that one is somebody else."""
    source = shop / "sources" / "pos.yaml"
    both = source.read_text(encoding="utf-8").replace("{phone: mobile}", "{phone: mobile, user_id: card}")
    source.write_text(both, encoding="utf-8")
    data, head = shop / "data" / "more.csv", "no,at,amount,mobile,dept,card\n"
    data.write_text(head + "X1,2026-02-20 10:00,5,13955556666,茶,U-x1\n", encoding="utf-8")
    rebuild(shop, START)
    worker(shop).close()
    serving = Serving(shop)
    subject = serving.subject_of("user_id", "U-x1")
    assert subject is not None
    serving.close()
    by_phone = (
        BlindIndex(load_master_key("live_shop", shop)).one("phone", "13955556666")[0] & ((1 << 63) - 1) == subject
    )
    left = ",茶,U-x1" if by_phone else "13955556666,茶,"
    data.write_text(head + f"X1,2026-02-20 10:00,5,{left}\n", encoding="utf-8")
    rebuild(shop, START)
    applier = worker(shop)
    gone = {"traits": {"phone": "13955556666"}} if by_phone else {"userId": "U-x1"}
    said = {"type": "identify", "messageId": "x1", "timestamp": "2026-02-28T04:00:00Z", "anonymousId": "A-x1"}
    put(shop, [said | gone])
    drain(applier)
    serving = Serving(shop)
    stranger = serving.subject_of("anonymous_id", "A-x1")
    assert stranger is not None
    assert stranger != subject
    serving.close()
    applier.close()


def order(name: str, user: str, total: str) -> dict[str, Any]:
    properties = {"order_id": name, "total": total, "category": "茶"}
    return view(name, userId=user) | {"event": "Order Completed", "properties": properties}


def test_one_event_that_cannot_be_applied_stops_no_other(shop: Path, applier: Worker) -> None:
    most = "99999999999999.9999"
    put(shop, [order("m1", "U-m", most), order("m2", "U-m", most), order("m3", "U-n", "5")])
    drain(applier)
    serving = Serving(shop)
    too_much, fine = (serving.profile(serving.subject_of("user_id", each) or 0) for each in ("U-m", "U-n"))
    assert too_much is not None
    assert fine is not None
    assert fine.tags["spend"] == 5
    [aside] = applier.store.dicts("SELECT number, rule FROM rejected")
    assert aside["rule"] == "not_applied"
    assert applier.store.applied == 3
    serving.close()
    # Going over to a new base meets it again.
    rebuild(shop, tick_end(START))
    applier.store.set_meta("base", "1")
    follow(applier)
    assert applier.store.applied == 3


def test_a_new_base_changes_nobody(shop: Path, applier: Worker) -> None:
    """The store is put on a later build while events come: ids, tags and what is told go on as if nothing was."""
    first, second, third = (list(made_up(seed, 150)) for seed in (21, 22, 23))
    put(shop, first)
    drain(applier)
    rebuild(shop, tick_end(START))
    put(shop, second)
    # However long it takes: it does not look for the new build meanwhile.
    applier.looked = float("inf")
    while applier.step():
        pass
    ids = set(served(shop))
    assert int(applier.store.meta("base")) == 1
    follow(applier)
    assert int(applier.store.meta("base")) == 2
    assert set(served(shop)) == ids
    put(shop, third)
    drain(applier)
    live = without_population(served(shop))
    assert live == without_population(rebuilt(shop, rebuild(shop, tick_end(START))))


def test_a_base_brings_what_time_did_to_subscribers(shop: Path) -> None:
    later = START + timedelta(days=50)
    applier = worker(shop)
    put(shop, [view("v", userId="U-t")])
    drain(applier)
    rebuild(shop, later)
    applier.clock = lambda: later
    told = applier.store.dicts("SELECT max(id) AS id FROM outbox")[0]["id"] or 0
    follow(applier)
    news = applier.store.dicts("SELECT topic, payload FROM outbox WHERE id > ?", (told,))
    left = [each for each in news if each["topic"] == "segment.left"]
    entered = [each for each in news if each["topic"] == "segment.entered"]
    assert left or entered
    assert any('"views_7"' in each["payload"] for each in news if each["topic"] == "tag.changed")
    applier.close()
