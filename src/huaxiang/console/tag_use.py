"""Who uses a tag: segments and tags that name it, files it went into, and how often it was read in thirty days."""

from __future__ import annotations

from dataclasses import dataclass

from huaxiang.console import words as w
from huaxiang.console import words_tags as wt
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import card, empty, table
from huaxiang.console.shell import Frame
from huaxiang.console.tag_here import Here
from huaxiang.console.visit import Visit
from huaxiang.read.current import CurrentBuild
from huaxiang.read.segments import SegmentEntry, segment_list
from huaxiang.read.showing import local, number
from huaxiang.registry.exports import Export, exports
from huaxiang.watch.use import Use, uses_of
from huaxiang.words import Count, Words

_KINDS = {"console": wt.USED_CONSOLE, "export": wt.USED_EXPORT, "api": wt.USED_API}
_EXPORTS = 20


@dataclass(frozen=True)
class Shown:
    """What names the tag, how large those segments are, and the files it went into."""

    use: Use
    segments: dict[str, SegmentEntry]
    exports: tuple[Export, ...]


def ask(_: Visit, current: CurrentBuild, here: Here) -> Shown:
    """Return who uses the tag, as it is defined now."""
    use = uses_of(here.project, current.registry).get(here.code, Use())
    sizes = {each.code: each for each in segment_list(current)}
    return Shown(use, sizes, tuple(exports(current.registry, tag=here.code)[:_EXPORTS]))


def draw(frame: Frame, here: Here, shown: Shown) -> None:
    """Draw times, segments, tags, exports."""
    visit = frame.visit
    frame.html(_times(visit, shown))
    with frame.block("hx-pair"):
        frame.html(_segments(visit, here, shown))
        frame.html(_tags(visit, here, shown))
    frame.html(_exports(visit, here, shown))


def _times(visit: Visit, shown: Shown) -> Html:
    counts = dict(shown.use.counts or {})
    kinds = dict.fromkeys([*_KINDS, *counts])
    cells = [
        el(
            "div",
            el("span", visit.say(_KINDS.get(kind, Words(kind, kind)))),
            el("b", number(counts.get(kind, 0))),
            el("small", visit.say(wt.IN_30_DAYS, count=Count(counts.get(kind, 0)))),
        )
        for kind in kinds
    ]
    named = len(shown.use.segments) + len(shown.use.tags)
    cells.append(
        el(
            "div",
            el("span", visit.say(wt.NAMED_BY)),
            el("b", number(named)),
            el("small", visit.say(wt.NAMED_NOTE, count=Count(named))),
        )
    )
    return el("section", cells, cls="hx-stats", style="margin:0")


def _segments(visit: Visit, here: Here, shown: Shown) -> Html:
    if not shown.use.segments:
        return card(visit.say(w.SEGMENTS), empty(visit.say(wt.NO_SEGMENT_USES), small=True))
    rows = []
    for code in shown.use.segments:
        built = shown.segments.get(code)
        name = here.project.segments.segments[code].name
        size = visit.say(w.PEOPLE, count=Count(built.size)) if built else visit.say(wt.NOT_IN_BUILD)
        rows.append(el("li", el("a", visit.say(name), href=f"/segments/{code}"), el("span", size, cls="hx-note")))
    return card(visit.say(w.SEGMENTS), el("ul", rows, cls="hx-named"))


def _tags(visit: Visit, here: Here, shown: Shown) -> Html:
    if not shown.use.tags:
        return card(visit.say(w.TAGS), empty(visit.say(wt.NO_TAG_USES), small=True))
    rows = [
        el(
            "li",
            el("a", visit.say(here.project.tags.tags[code].name), href=f"/tags/{code}"),
            el("span", code, cls="hx-id"),
        )
        for code in shown.use.tags
    ]
    return card(visit.say(w.TAGS), el("ul", rows, cls="hx-named"))


def _exports(visit: Visit, here: Here, shown: Shown) -> Html:
    if not shown.exports:
        return card(visit.say(wt.EXPORTS), empty(visit.say(wt.NO_EXPORTS), small=True))
    heads = [(visit.say(words), cls) for words, cls in ((w.FILE, ""), (wt.WHEN, ""), (wt.BY, ""), (w.ROWS, "n"))]
    rows = []
    for each in shown.exports:
        at = local(each.at.replace(tzinfo=None), here.project.zone)
        rows.append(
            el(
                "tr",
                el("td", el("b", each.file), cls="head"),
                el("td", f"{at:%Y-%m-%d %H:%M}"),
                el("td", each.by or "—"),
                el("td", number(each.rows), cls="n", data_label=visit.say(w.ROWS)),
            )
        )
    return card(visit.say(wt.EXPORTS), table(heads, rows))
