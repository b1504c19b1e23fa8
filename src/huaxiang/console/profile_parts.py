"""The cards of a profile: the top, five sides with a why for each tag, who (masked), segments."""

from __future__ import annotations

from collections.abc import Sequence

from huaxiang.console import words as w
from huaxiang.console import words_live as wl
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import card, empty, face, pill
from huaxiang.console.visit import Visit
from huaxiang.read.profile import PersonalValue, Profile, Side, TagValue
from huaxiang.read.showing import number
from huaxiang.words import Words


def hero(visit: Visit, found: Profile, pills: Sequence[TagValue], figures: Sequence[TagValue]) -> Html:
    """Return the top of a profile: the masked name, what describes them best, figures."""
    name = found.who.name or visit.say(w.NAMELESS)
    shown = [pill(visit.say(tag.shown), tag.value) for tag in pills]
    who = el("div", el("h1", name), el("span", found.id, cls="hx-id"), el("div", shown, cls="hx-pills"), cls="name")
    seen = found.seen
    numbers = [(visit.say(tag.name), visit.say(tag.shown)) for tag in figures]
    numbers.append((visit.say(w.FACTS), number(seen.facts)))
    numbers += [
        (visit.say(words), f"{at:%Y-%m-%d}")
        for words, at in ((w.FIRST_SEEN, seen.first), (w.LAST_SEEN, seen.last))
        if at
    ]
    listed = [el("div", el("dt", label), el("dd", text)) for label, text in numbers]
    return el("section", face(found.who.name, big=True), who, el("dl", listed, cls="hx-figures"), cls="hx-card hx-hero")


def who_card(visit: Visit, found: Profile) -> Html:
    """Return the masked personal values."""
    title = visit.say(w.WHO)
    if found.who.locked:
        return card(title, empty(f"{visit.say(w.LOCKED)}：{visit.say(found.who.locked)}", small=True))
    if not found.who.values:
        return card(title, empty(visit.say(w.NO_VALUES), small=True))
    rows = [el("div", el("dt", visit.say(each.words)), el("dd", _value(visit, each))) for each in found.who.values]
    note = el("p", icon("lock", 13), f" {visit.say(w.MASKED_NOTE)}", cls="hx-note")
    return card(title, el("dl", rows, cls="hx-values"), note)


def _value(visit: Visit, value: PersonalValue) -> Html:
    lines = [el("div", text) for text in value.masked]
    if value.sealed:
        lines.append(el("div", visit.say(w.SEALED_TEXTS, count=value.sealed), cls="hx-note"))
    return join(lines)


def in_segments(visit: Visit, found: Profile, *, live: bool) -> Html:
    """Return the segments a customer is in."""
    title = visit.say(w.IN_SEGMENTS)
    if not found.segments:
        return card(title, empty(visit.say(wl.NO_SEGMENTS_NOW if live else w.NO_IN_SEGMENTS), small=True))
    links = [
        el(
            "a",
            visit.say(each.name),
            href=f"/segments/{each.code}",
            cls="hx-pill good",
            title=visit.say(w.SINCE, day=f"{each.since:%Y-%m-%d}") if each.since else None,
        )
        for each in found.segments
    ]
    return card(title, el("div", links, cls="hx-pills hx-chips"))


def side_card(visit: Visit, side: Side, fresh: frozenset[str], *, wide: bool) -> Html:
    """Return one side with its known tags; `fresh` ones were changed by events."""
    title = visit.say(side.words)
    unknown = visit.say(w.STILL_UNKNOWN, names=visit.say(_listed(side)))
    if not side.tags:
        more = el("p", unknown, cls="hx-unknown") if side.unknown else None
        return card(title, empty(visit.say(w.NOTHING_KNOWN), small=True), more)
    rows = [_tag(visit, tag, fresh=tag.code in fresh) for tag in side.tags]
    more = el("p", unknown, cls="hx-unknown") if side.unknown else None
    return card(title, el("div", rows, cls="hx-taglist"), more, cls="wide" if wide else "")


def _listed(side: Side) -> Words:
    return Words(", ".join(each.en for each in side.unknown), "、".join(each.zh for each in side.unknown))


def _tag(visit: Visit, tag: TagValue, *, fresh: bool) -> Html:
    return el(
        "button",
        el("span", visit.say(tag.name), cls="k"),
        el("span", visit.say(tag.shown), cls="v"),
        el("span", icon("why", 16), cls="q"),
        type="button",
        cls="hx-tagrow fresh" if fresh else "hx-tagrow",
        data_why=tag.code,
        title=visit.say(wl.FROM_EVENTS if fresh else w.WHY),
    )
