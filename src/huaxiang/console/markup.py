"""HTML as values: every text is escaped, every tag is closed."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

_VOID = frozenset({"input", "br", "hr", "img"})


class Html(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()


Content = str | Html | None | Iterable["str | Html | None"]


def el(tag: str, /, *children: Content, cls: str = "", **attributes: object) -> Html:
    """Return an element. `cls` is its class; of other attributes `_` becomes `-`, None and False leave them out."""
    pairs = ({"class": cls} if cls else {}) | {name.rstrip("_").replace("_", "-"): v for name, v in attributes.items()}
    shown = "".join(
        f" {name}" if value is True else f' {name}="{escape(str(value))}"'
        for name, value in pairs.items()
        if value is not None and value is not False
    )
    if tag in _VOID:
        return Html(f"<{tag}{shown}>")
    return Html(f"<{tag}{shown}>{join(*children)}</{tag}>")


def join(*children: Content) -> Html:
    """Return texts and elements one after the other; texts are escaped."""
    parts = []
    for child in children:
        if child is None:
            continue
        if isinstance(child, Html):
            parts.append(str(child))
        elif isinstance(child, str):
            parts.append(escape(child))
        else:
            parts.append(str(join(*child)))
    return Html("".join(parts))


def with_link(text: str, blank: str, content: Html) -> Html:
    """Return a text with an element where `blank` stands in it."""
    before, _, after = text.partition(blank)
    return join(before, content, after)
