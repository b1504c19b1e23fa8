"""Where something comes from and where it goes: boxes in columns, from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huaxiang.console.charts.base import TEXT, TOOLTIP, Options
from huaxiang.console.theme import ACCENT, FONT, INK

STEP, HIGH = 196, 40
"""How far apart columns and rows are drawn."""
WIDE, TALL = 156, 28
_EDGE = 14
_SHAPE = (
    f"path://M7,0H{WIDE - 7}A7,7,0,0,1,{WIDE},7V{TALL - 7}A7,7,0,0,1,{WIDE - 7},{TALL}"
    f"H7A7,7,0,0,1,0,{TALL - 7}V7A7,7,0,0,1,7,0Z"
)
"""A box with round corners in its own size: ECharts' own would be stretched."""


@dataclass(frozen=True)
class Box:
    """One box: its name, text, column and row (rows may be halves), colour of its ground, and what it tells of itself.

    `chosen` is the one the picture is of.
    """

    id: str
    text: str
    column: int
    row: float
    ground: str
    told: str
    chosen: bool = False


def size(columns: int, rows: int) -> tuple[int, int]:
    """Return how wide and high a picture of so many columns and rows is."""
    return (columns - 1) * STEP + WIDE + 2 * _EDGE, max(rows, 2) * HIGH + 2 * _EDGE


def lineage_chart(boxes: Sequence[Box], ways: Sequence[tuple[str, str, str]], columns: int, rows: int) -> Options:
    """Return the picture, in its own size; `ways` are (from, to, what it says)."""
    places = {box.id: str(number) for number, box in enumerate(boxes)}
    data = [
        {
            "name": places[box.id],
            "value": 0,  # a click without one is nothing to NiceGUI
            "x": box.column * STEP,
            "y": box.row * HIGH,
            "symbol": _SHAPE,
            "symbolSize": [WIDE, TALL],
            "itemStyle": {
                "color": ACCENT if box.chosen else box.ground,
            },
            "label": {"formatter": box.text, "color": "#fff" if box.chosen else INK},
            "tooltip": {"formatter": box.told},
        }
        for box in boxes
    ]
    # Two points nobody sees keep the picture in its size, however few boxes there are.
    low = max(rows, 2) - 1
    for number, (x, y) in enumerate(((0, 0), ((columns - 1) * STEP or 1, low * HIGH))):
        corner = {"name": f"corner {number}", "x": x, "y": y, "symbolSize": 0.01, "silent": True}
        data.append({**corner, "label": {"show": False}})
    links = [
        {"source": places[above], "target": places[below], "value": 0, "tooltip": {"formatter": told}}
        for above, below, told in ways
    ]
    return {
        "textStyle": TEXT,
        "animation": False,
        "tooltip": TOOLTIP,
        "series": [
            {
                "type": "graph",
                "layout": "none",
                "left": _EDGE + WIDE / 2,
                "top": _EDGE + HIGH / 2,
                "width": (columns - 1) * STEP or 1,
                "height": low * HIGH,
                "data": data,
                "links": links,
                "cursor": "pointer",
                "label": {
                    "show": True, "position": "inside", "width": WIDE - 16, "overflow": "truncate", "fontSize": 12,
                    "fontFamily": FONT,
                },
                "lineStyle": {"color": "#b9c7c2", "width": 1.3, "opacity": 1, "curveness": 0},
                "emphasis": {"focus": "adjacency", "scale": False, "lineStyle": {"color": ACCENT, "width": 2}},
                "blur": {"itemStyle": {"opacity": 0.35}, "lineStyle": {"opacity": 0.15}},
            }
        ],
    }  # fmt: skip
