"""The look of the console: colours for charts, and the style sheet (static/console.css); one accent, light ground."""

from __future__ import annotations

from hashlib import blake2b
from importlib.resources import files

ACCENT = "#0f6f66"
ACCENT_SCALE = ("#0b544d", "#0f6f66", "#3d8f87", "#74b1aa", "#a9cfca", "#d3e6e3")
"""Dark to light: for parts of one whole."""
INK, SOFT, FAINT, LINE = "#1c2530", "#5d6873", "#98a1a9", "#e6e9e7"
WARN = "#b4642c"
GROUND = "#f5f6f4"
FONT = (
    '"Segoe UI", "SF Pro Text", "Noto Sans", "PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", '
    '"Noto Sans CJK SC", "Noto Sans SC", sans-serif'
)
FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0f6f66"/>'
    '<circle cx="16" cy="12.5" r="5" fill="none" stroke="#fff" stroke-width="2.5"/>'
    '<path d="M6.5 26c1-5 4.700-7.5 9.5-7.5s8.5 2.5 9.5 7.5" fill="none" stroke="#fff" stroke-width="2.5" '
    'stroke-linecap="round"/></svg>'
)
_SHEETS = ("console.css", "tags.css", "govern.css", "live.css")


def style_sheet() -> str:
    """Return the style sheet: the frame's, then each group of pages' own."""
    folder = files("huaxiang.console").joinpath("static")
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in _SHEETS)


def version(text: str) -> str:
    """Return a short mark that changes with the text, for addresses that browsers may keep for good."""
    return blake2b(text.encode(), digest_size=6).hexdigest()


def shades(count: int) -> list[str]:
    """Return `count` shades of the accent, dark to light."""
    if count <= 1:
        return [ACCENT]
    places = [round(place * (len(ACCENT_SCALE) - 2) / (count - 1)) for place in range(count)]
    return [ACCENT_SCALE[place] for place in places]
