"""What events were stopped since the build, as a card of /data/quarantine: by rule, and the events of one rule."""

from __future__ import annotations

from huaxiang.console import words as w
from huaxiang.console import words_live as wl
from huaxiang.console.ages import day_and_clock
from huaxiang.console.live_flow import event_address
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import card, table
from huaxiang.console.visit import Visit, address
from huaxiang.read.current import CurrentBuild
from huaxiang.read.live.stopped import LiveRule, StoppedLive, live_rules, stopped_live
from huaxiang.read.showing import number
from huaxiang.words import Count

_SHOWN = 50


def live_quarantine(visit: Visit, current: CurrentBuild) -> Html | None:
    """Return the card, with the newest events of the rule that was chosen; None when nothing was stopped."""
    stopped = stopped_live(current)
    if not stopped:
        return None
    chosen = visit.text("live")
    heads = [(visit.say(words), kind) for words, kind in (
        (w.RULE_COLUMN, ""), (w.SOURCE, ""), (w.FATE, ""), (wl.WHEN, ""), (wl.EVENTS, "n"))]  # fmt: skip
    rows = [_rule(visit, each, chosen=each.rule == chosen) for each in live_rules(stopped)]
    events = [each for each in stopped if each.rule == chosen][:_SHOWN]
    listed = _events(visit, events) if events else None
    note = el("p", visit.say(wl.STOPPED_LIVE_NOTE), cls="hx-note")
    count = visit.say(wl.EVENT_COUNT, count=Count(len({each.number for each in stopped})))
    return card(visit.say(wl.STOPPED_LIVE), note, table(heads, rows), listed, end=count)


def _rule(visit: Visit, each: LiveRule, *, chosen: bool) -> Html:
    to = address("/data/quarantine", ("live", each.rule))
    link = el("a", visit.say(each.words), href=to, cls="over", aria_current="true" if chosen else None)
    return el(
        "tr",
        el("td", link, cls="head"),
        el("td", visit.say(each.sources_words)),
        el("td", visit.say(each.fate_words)),
        el("td", day_and_clock(each.at)),
        el("td", number(each.events), cls="n", data_label=visit.say(wl.EVENTS)),
        cls="go",
        data_live=each.rule,
        style="background:var(--accent-soft)" if chosen else None,
    )


def _events(visit: Visit, events: list[StoppedLive]) -> Html:
    heads = [(visit.say(words), kind) for words, kind in (
        (wl.NUMBER, "n"), (wl.EVENT, ""), (w.SOURCE, ""), (wl.WHEN, ""))]  # fmt: skip
    label = visit.say(wl.NUMBER)
    rows = [
        el(
            "tr",
            el("td", el("a", number(each.number), href=event_address(each.number)), cls="n", data_label=label),
            el("td", each.name or each.type, cls="head"),
            el("td", visit.say(each.sources_words)),
            el("td", day_and_clock(each.at)),
        )
        for each in events
    ]
    return table(heads, rows)
