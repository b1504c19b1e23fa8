"""/customers/…: one customer: who (masked), five sides with a why for each tag, what happened, why it is one person."""

from __future__ import annotations

from fastapi import Request

from huaxiang.console import words as w
from huaxiang.console.icons import icon
from huaxiang.console.identity import draw_identity
from huaxiang.console.manual import Entries, draw_manual, entries_of
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import card, empty, face, pill, shortened
from huaxiang.console.shell import Frame, show
from huaxiang.console.timeline import FIRST, draw_timeline
from huaxiang.console.visit import Console, Visit
from huaxiang.console.why import why_on_click
from huaxiang.read.current import CurrentBuild
from huaxiang.read.find import find_subjects
from huaxiang.read.profile import PersonalValue, Profile, Side, TagValue, profile
from huaxiang.read.showing import number
from huaxiang.read.standard import Part, tag_for
from huaxiang.read.subject_ids import not_a_customer
from huaxiang.read.timeline import Timeline, timeline
from huaxiang.words import Words

ADDRESSES = ("/customers/{person}",)
_PILLS = (Part.LIFECYCLE, Part.VALUE, Part.RFM)
_FIGURES = (Part.SPENT, Part.ORDERS, Part.LAST_ORDER)
_WIDE = 12
Shown = tuple[Profile, Timeline, tuple[TagValue, ...], tuple[TagValue, ...], Entries]


async def page(console: Console, request: Request) -> None:
    """Show one customer."""
    person = str(request.path_params["person"])[:40]

    def ask(visit: Visit, current: CurrentBuild) -> Shown:
        match = next((each for each in find_subjects(current, person).matches if each.state == "id"), None)
        if match is None or match.subject is None:
            raise not_a_customer()
        found = profile(current, match.subject)
        chosen = [[tag_for(current, part) for part in parts] for parts in (_PILLS, _FIGURES)]
        pills, figures = (tuple(tag for code in codes if code and (tag := found.tag(code))) for codes in chosen)
        return found, timeline(current, match.subject, limit=FIRST), pills, figures, entries_of(current, match.subject)

    await show(console, request, "customers", ask, _draw)


def _draw(frame: Frame, shown: Shown) -> None:
    found, happened, pills, figures, by_hand = shown
    visit = frame.visit
    frame.head(el("a", icon("left", 15), visit.say(w.EVERYBODY), href="/customers", cls="hx-back"))
    frame.html(_hero(visit, found, pills, figures))
    with frame.block("hx-grid"):
        with frame.block("hx-8 hx-stack"):
            with frame.block("hx-sides") as sides:
                for side in found.sides:
                    wide = len(side.tags) > _WIDE
                    frame.html(_side(visit, side, wide=wide), cls="wide" if wide else "")
            why_on_click(sides, visit, found.subject)
            draw_timeline(frame, found.subject, happened)
        with frame.block("hx-4 hx-stack"):
            frame.html(_who(visit, found))
            frame.html(_segments(visit, found))
            draw_manual(frame, found.subject, by_hand)
            draw_identity(frame, found.identity)


def _hero(visit: Visit, found: Profile, pills: tuple[TagValue, ...], figures: tuple[TagValue, ...]) -> Html:
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


def _who(visit: Visit, found: Profile) -> Html:
    title = visit.say(w.WHO)
    if found.who.locked:
        return card(title, empty(f"{visit.say(w.LOCKED)}：{visit.say(found.who.locked)}", small=True))
    if not found.who.values:
        return card(title, empty(visit.say(w.NO_VALUES), small=True))
    rows = [el("div", el("dt", visit.say(each.words)), el("dd", _value(visit, each))) for each in found.who.values]
    note = el("p", icon("lock", 13), f" {visit.say(w.MASKED_NOTE)}", cls="hx-note")
    return card(title, el("dl", rows, cls="hx-values"), note)


def _value(visit: Visit, value: PersonalValue) -> Html:
    lines = [el("div", shortened(text)) for text in value.masked]
    if value.sealed:
        lines.append(el("div", visit.say(w.SEALED_TEXTS, count=value.sealed), cls="hx-note"))
    return join(lines)


def _segments(visit: Visit, found: Profile) -> Html:
    title = visit.say(w.IN_SEGMENTS)
    if not found.segments:
        return card(title, empty(visit.say(w.NO_IN_SEGMENTS), small=True))
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


def _side(visit: Visit, side: Side, *, wide: bool) -> Html:
    title = visit.say(side.words)
    unknown = visit.say(w.STILL_UNKNOWN, names=visit.say(_listed(side)))
    if not side.tags:
        more = el("p", unknown, cls="hx-unknown") if side.unknown else None
        return card(title, empty(visit.say(w.NOTHING_KNOWN), small=True), more)
    rows = [_tag(visit, tag) for tag in side.tags]
    more = el("p", unknown, cls="hx-unknown") if side.unknown else None
    return card(title, el("div", rows, cls="hx-taglist"), more, cls="wide" if wide else "")


def _listed(side: Side) -> Words:
    return Words(", ".join(each.en for each in side.unknown), "、".join(each.zh for each in side.unknown))


def _tag(visit: Visit, tag: TagValue) -> Html:
    return el(
        "button",
        el("span", visit.say(tag.name), cls="k"),
        el("span", visit.say(tag.shown), cls="v"),
        el("span", icon("why", 16), cls="q"),
        type="button",
        cls="hx-tagrow",
        data_why=tag.code,
        title=visit.say(w.WHY),
    )
