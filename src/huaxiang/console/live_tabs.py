"""The way between the live pages."""

from __future__ import annotations

from huaxiang.console import words_live as wl
from huaxiang.console.markup import Html, el
from huaxiang.console.visit import Visit

TABS = (("flow", "/live", wl.FLOWING), ("event", "/live/events", wl.ONE_EVENT))
"""The live pages: name, address, words."""


def live_tabs(visit: Visit, chosen: str) -> Html:
    """Return the way between the live pages."""
    links = [
        el("a", visit.say(words), href=to, aria_current="page" if name == chosen else None) for name, to, words in TABS
    ]
    return el("nav", links, cls="hx-tabs", aria_label=visit.say(wl.LIVE))
