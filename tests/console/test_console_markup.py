"""HTML is never made of unescaped text."""

from __future__ import annotations

from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import percent
from huaxiang.console.theme import shades, style_sheet


def test_everything_is_escaped() -> None:
    inner = ["x", Html("<br>")]
    shown = el("a", "<b>", el("i", "&"), None, inner, href='"><script>', data_why="a", hidden=None, open=True)
    assert shown == '<a href="&quot;&gt;&lt;script&gt;" data-why="a" open>&lt;b&gt;<i>&amp;</i>x<br></a>'
    assert join("<", Html("<p>")) == "&lt;<p>"
    assert el("input", type="text", cls="x") == '<input class="x" type="text">'


def test_shares() -> None:
    assert [percent(share) for share in (0, 1, 0.1234, 0.0001)] == ["0%", "100%", "12.3%", "<0.1%"]


def test_shades_go_from_dark_to_light() -> None:
    assert len(set(shades(4))) == 4
    assert len(shades(1)) == 1


def test_nothing_is_fetched_from_elsewhere() -> None:
    assert "http" not in style_sheet()
    assert "url(" not in style_sheet()
