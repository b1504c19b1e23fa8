"""The versions of a tag: which counts, what differs between two, what happened, and the way back to an older one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from huaxiang.console import words_tags as wt
from huaxiang.console.forms import on_sent
from huaxiang.console.governed import governed
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import card, empty
from huaxiang.console.shell import Frame
from huaxiang.console.tag_here import Here
from huaxiang.console.tag_rows import state_pill
from huaxiang.console.visit import Visit, address
from huaxiang.console.who import who
from huaxiang.govern import STATE_WORDS, FieldDiff, diff, rollback, text_of
from huaxiang.read.current import CurrentBuild
from huaxiang.read.showing import local
from huaxiang.registry.tags import Event, State, Version
from huaxiang.words import Words

NOW = 0
"""In place of a version's number: the definition that counts now."""
_EVENTS = 20
_ORIGINS = {
    "files": wt.FROM_FILES, "library": wt.FROM_LIBRARY, "console": wt.FROM_CONSOLE,
    "cli": wt.FROM_CLI, "rollback": wt.FROM_ROLLBACK,
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """The two versions that are compared (NOW = what counts now), and in which fields they differ."""

    before: int
    after: int
    differences: tuple[FieldDiff, ...]
    compared: bool


def ask(visit: Visit, _: CurrentBuild, here: Here) -> Shown:
    """Compare the two versions the address names; the newest with the one before it, or with what counts now."""
    texts = {version.version: version.text for version in here.history.versions}
    if not texts:
        return Shown(NOW, NOW, (), compared=False)
    texts[NOW] = text_of(here.project, here.code)
    newest = max(texts)
    earlier = [number for number in texts if NOW < number < newest]
    before = _chosen(visit, "before", texts, max(earlier, default=NOW))
    after = _chosen(visit, "after", texts, newest)
    return Shown(before, after, tuple(diff(texts[before], texts[after])), compared=True)


def _chosen(visit: Visit, name: str, texts: Mapping[int, str], default: int) -> int:
    text = visit.text(name)
    return int(text) if text.isdecimal() and len(text) < 7 and int(text) in texts else default


def draw(frame: Frame, here: Here, shown: Shown) -> None:
    """Draw versions, the comparison, and what happened."""
    visit = frame.visit
    if not shown.compared:
        where = here.tag.place.file if here.tag else ""
        edit = el("a", icon("edit", 15), visit.say(wt.EDIT_TAG), href=f"/tags/{here.code}/edit", cls="hx-button")
        nothing = empty(visit.say(wt.NO_VERSIONS), visit.say(wt.NO_VERSIONS_TEXT, file=where), edit, image="build")
        frame.html(el("section", nothing, cls="hx-card"))
        return
    versions = frame.html(card(visit.say(wt.VERSIONS), _versions(visit, here), note=visit.say(wt.VERSIONS_NOTE)))

    def back(current: CurrentBuild, given: Mapping[str, str]) -> None:
        number = given.get("version", "")
        note = given.get("note", "").strip()[:500]
        rollback(governed(current).project, here.code, int(number or 0), by=who(visit), note=note)

    on_sent(versions, visit, back, address(f"/tags/{here.code}", ("tab", "versions")))
    frame.html(_compared(visit, here, shown))
    frame.html(_events(visit, here, here.history.events))


def _versions(visit: Visit, here: Here) -> Html:
    live = here.stands.live
    rows = [_version(visit, here, each, live) for each in reversed(here.history.versions)]
    return el("ul", rows, cls="hx-versions")


def _version(visit: Visit, here: Here, each: Version, live: Version | None) -> Html:
    counts = live is not None and each.version == live.version and each.state is State.ONLINE
    head = el(
        "div",
        el("b", visit.say(wt.VERSION, version=each.version)),
        state_pill(visit, each.state),
        el("span", visit.say(wt.COUNTS_NOW), cls="hx-pill strong") if counts else None,
        cls="head",
    )
    origin = visit.say(_ORIGINS[each.origin]) if each.origin in _ORIGINS else each.origin
    said = f"{each.author} · {_at(here, each.at)} · {origin}"
    note = el("p", each.note) if each.note else None
    return el(
        "li",
        el("div", head, el("small", said), note),
        None if counts or each.state in (State.DRAFT, State.IN_REVIEW) else _back(visit, each),
        data_version=each.version,
    )


def _back(visit: Visit, each: Version) -> Html:
    form = el(
        "form",
        el("p", visit.say(wt.BACK_NOTE, version=each.version), cls="hx-note"),
        el("input", type="hidden", name="version", value=each.version),
        el("input", type="text", name="note", cls="hx-field", placeholder=visit.say(wt.BACK_WHY),
           aria_label=visit.say(wt.BACK_WHY), maxlength="500"),
        el("button", visit.say(wt.BACK_DO), type="submit", cls="hx-button main"),
        cls="hx-form",
    )  # fmt: skip
    return el("details", el("summary", visit.say(wt.BACK)), el("div", form), cls="hx-pick right")


def _compared(visit: Visit, here: Here, shown: Shown) -> Html:
    numbers = [NOW, *(each.version for each in reversed(here.history.versions))]
    form = el(
        "form",
        el("input", type="hidden", name="tab", value="versions"),
        _select(visit, "before", wt.BEFORE, numbers, shown.before),
        icon("right", 16),
        _select(visit, "after", wt.AFTER, numbers, shown.after),
        el("button", visit.say(wt.COMPARE), type="submit", cls="hx-button"),
        action=f"/tags/{here.code}",
        method="get",
        cls="hx-compare",
    )
    if not shown.differences:
        return card(visit.say(wt.DIFFERENCES), form, empty(visit.say(wt.NO_DIFFERENCES), small=True))
    rows = [
        el(
            "div",
            el("h3", visit.sentence(each.words)),
            _side(visit, "less", each.before),
            _side(visit, "more", each.after),
            data_field=each.field,
        )
        for each in shown.differences
    ]
    return card(visit.say(wt.DIFFERENCES), form, el("div", rows, cls="hx-diff"))


def _side(visit: Visit, kind: str, text: str | None) -> Html:
    if text is None:
        return el("pre", visit.say(wt.NOT_THERE), cls="hx-code none")
    return el("pre", text, cls=f"hx-code {kind}")


def _select(visit: Visit, name: str, words: Words, numbers: Sequence[int], chosen: int) -> Html:
    options = [
        el("option", visit.say(wt.NOW) if each == NOW else visit.say(wt.VERSION, version=each), value=each,
           selected=each == chosen)
        for each in numbers
    ]  # fmt: skip
    return el("select", options, name=name, cls="hx-field", aria_label=visit.say(words))


def _events(visit: Visit, here: Here, events: Sequence[Event]) -> Html:
    rows = [
        el(
            "li",
            el("time", _at(here, each.at)),
            el("div", el("b", each.by), " ", _what(visit, each), el("p", each.comment) if each.comment else None),
        )
        for each in list(reversed(events))[:_EVENTS]
    ]
    return card(visit.say(wt.HAPPENED), el("ul", rows, cls="hx-events"))


def _what(visit: Visit, each: Event) -> str:
    after = visit.say(STATE_WORDS[State(each.after)])
    if not each.before:
        return visit.say(wt.MADE, version=each.version, state=after)
    if each.before == each.after:
        return visit.say(wt.REWROTE, version=each.version)
    return visit.say(wt.MOVED, version=each.version, before=visit.say(STATE_WORDS[State(each.before)]), after=after)


def _at(here: Here, at: datetime) -> str:
    return f"{local(at.replace(tzinfo=None), here.project.zone):%Y-%m-%d %H:%M}"
