"""Events as a list: the newest of all, or of one door, one outcome, one customer."""

from __future__ import annotations

from collections.abc import Sequence

from huaxiang.console import words as w
from huaxiang.console import words_live as wl
from huaxiang.console.ages import clock
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import empty, person_address, table
from huaxiang.console.visit import Visit, address
from huaxiang.errors import NotFound
from huaxiang.read.live.flow import Passed, Wanted
from huaxiang.read.live.health import door_words
from huaxiang.read.live.outcome import CAME, Came
from huaxiang.read.showing import number
from huaxiang.read.subject_ids import decode_subject, encode_subject

TONES = {Came.FACT: "good", Came.QUARANTINED: "warn"}


def event_address(event: int) -> str:
    """Return the address of an event's whole way."""
    return f"/live/events/{event}"


def flow_address(wanted: Wanted) -> str:
    """Return the address of the list of those events."""
    pairs = [("door", wanted.door)] if wanted.door else []
    pairs += [("outcome", wanted.came.value)] if wanted.came else []
    pairs += [("customer", encode_subject(wanted.subject))] if wanted.subject is not None else []
    return address("/live", *pairs)


def wanted_of(visit: Visit) -> Wanted:
    """Return which events an address asks for; what it says wrong is left out."""
    came = visit.text("outcome")
    customer: int | None = None
    if visit.text("customer"):
        try:
            customer = decode_subject(visit.text("customer"))
        except NotFound:
            customer = None
    return Wanted(visit.text("door")[:100], Came(came) if came in set(Came) else None, customer)


def flow_chips(visit: Visit, wanted: Wanted) -> Html | None:
    """Return what the list is narrowed to, each with a way to take it away; None when to nothing."""
    chips = []
    if wanted.door:
        name = visit.say(door_words(visit.console.warehouse.project, wanted.door))
        chips.append((visit.say(wl.OF_DOOR, name=name), Wanted("", wanted.came, wanted.subject)))
    if wanted.came:
        name = visit.say(CAME[wanted.came])
        chips.append((visit.say(wl.OF_OUTCOME, name=name), Wanted(wanted.door, None, wanted.subject)))
    if wanted.subject is not None:
        name = encode_subject(wanted.subject)
        chips.append((visit.say(wl.OF_CUSTOMER, id=name), Wanted(wanted.door, wanted.came)))
    if not chips:
        return None
    drawn = [
        el(
            "span", text, el("a", icon("close", 14), href=flow_address(rest), aria_label=visit.say(w.REMOVE)),
            cls="hx-chip",
        )
        for text, rest in chips
    ]  # fmt: skip
    return el("div", drawn, cls="hx-filters")


def flow_table(visit: Visit, flow: Sequence[Passed], wanted: Wanted) -> Html:
    """Return the events as a table, each with the way to its own page."""
    title = el("header", el("h2", visit.say(wl.LAST_EVENTS)), el("span", visit.say(wl.HELD), cls="hx-end hx-held"))
    if not flow:
        said = wl.NO_EVENTS if wanted.everything else wl.NO_SUCH_EVENTS
        return el("section", title, empty(visit.say(said), small=True), cls="hx-card")
    return el("section", title, events_table(visit, flow), cls="hx-card")


def events_table(visit: Visit, flow: Sequence[Passed]) -> Html:
    """Return events as the rows of a table."""
    heads = [(visit.say(words), kind) for words, kind in (
        (wl.NUMBER, "n"), (wl.WHEN, ""), (wl.DOOR, ""), (wl.EVENT, ""), (wl.WHOSE, ""), (wl.OUTCOME, ""),
    )]  # fmt: skip
    return table(heads, [_row(visit, each) for each in flow], "hx-table fold hx-events")


def _row(visit: Visit, each: Passed) -> Html:
    door = visit.say(door_words(visit.console.warehouse.project, each.door))
    why = el("div", visit.say(each.why), cls="hx-note hx-warn") if each.why else None
    whose = (
        el("a", each.whose, href=person_address(each.whose), cls="hx-id") if each.whose else visit.say(wl.NOBODYS)
    )  # fmt: skip
    return el(
        "tr",
        el("td", el("a", number(each.number), href=event_address(each.number)), cls="n"),
        el("td", clock(each.received, fine=True), cls="when"),
        el("td", door, cls="door drop"),
        el("td", el("div", *named(each), why), cls="head"),
        el("td", whose, cls="" if each.whose else "muted"),
        el("td", outcome(visit, each), cls="pill"),
    )


def named(each: Passed) -> tuple[Html | str, ...]:
    """Return an event's name with its type behind it, or its type alone."""
    return (each.name, el("span", f" {each.type}", cls="hx-id")) if each.name else (each.type,)


def outcome(visit: Visit, each: Passed) -> Html:
    """Return what came of an event, in a pill; of a stopped one the rule shows when it is pointed at."""
    return el(
        "span", visit.say(CAME[each.came]), cls=f"hx-pill {TONES.get(each.came, '')}".strip(),
        title=visit.say(each.why) if each.why else None,
    )  # fmt: skip
