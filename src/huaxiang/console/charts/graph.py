"""What belongs together: identifiers as points on a ring, what joins them as lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from huaxiang.console.charts.base import TEXT, TOOLTIP, Options
from huaxiang.console.theme import ACCENT, FONT, SOFT, WARN

_WIDE, _HIGH = 62, 92
_LINES = {
    "joined": {"color": "#8fc4bd", "type": "solid"},
    "weak": {"color": "#c3ccc8", "type": "dashed"},
    "set_aside": {"color": "#d9a982", "type": "dotted"},
    "refused": {"color": "#d9a982", "type": "dotted"},
}


@dataclass(frozen=True)
class Point:
    """One point: its text, the line below it, and whether it is trusted."""

    text: str
    below: str
    trusted: bool
    weight: int


@dataclass(frozen=True)
class Line:
    """One line between two points, of a state, thicker with more rows; `text` is shown when it is pointed at."""

    a: int
    b: int
    state: str
    rows: int
    text: str


def graph(points: Sequence[Point], lines: Sequence[Line]) -> Options:
    """Return the points on an ellipse, the first on top; where they stand never changes between two visits."""
    count = max(len(points), 1)
    nodes = []
    for place, point in enumerate(points):
        angle = 2 * math.pi * place / count - math.pi / 2
        side = _side(math.cos(angle), math.sin(angle))
        nodes.append(
            {
                "name": str(place),
                "x": _WIDE * math.cos(angle),
                "y": _HIGH * math.sin(angle),
                "symbolSize": min(13 + 3 * math.log2(1 + point.weight), 30),
                "itemStyle": {
                    "color": ACCENT if point.trusted else "#fff", "borderColor": ACCENT if point.trusted else WARN,
                    "borderWidth": 2,
                },
                "label": {"position": side, "formatter": _label(point)},
                "tooltip": {"formatter": point.text + (f"<br>{point.below}" if point.below else "")},
            }
        )  # fmt: skip
    # Two points nobody sees keep the picture's sides at their lengths, however few points there are.
    for place, sign in enumerate((-1, 1)):
        corner = {"name": f"corner {place}", "x": sign * _WIDE, "y": sign * _HIGH, "symbolSize": 0.01, "silent": True}
        nodes.append({**corner, "label": {"show": False}})
    edges = [
        {
            "source": str(line.a),
            "target": str(line.b),
            "lineStyle": {**_LINES.get(line.state, _LINES["weak"]), "width": min(1 + math.log2(1 + line.rows) / 2, 5)},
            "tooltip": {"formatter": line.text},
        }
        for line in lines
    ]
    label = {
        "show": True,
        "fontFamily": FONT,
        "rich": {
            "k": {"fontSize": 12, "color": "#1c2530", "fontFamily": FONT, "lineHeight": 16},
            "v": {"fontSize": 11, "color": SOFT, "fontFamily": FONT, "lineHeight": 14},
        },
    }
    return {
        "textStyle": TEXT,
        "animation": False,
        "tooltip": TOOLTIP,
        "series": [
            {
                "type": "graph",
                "layout": "none",
                "left": "center",
                "top": "middle",
                "width": 2 * _WIDE,
                "height": 2 * _HIGH,
                "data": nodes,
                "links": edges,
                "label": label,
                "lineStyle": {"curveness": 0.08, "opacity": 1},
                "emphasis": {"focus": "adjacency", "scale": False},
            }
        ],
    }


def _side(x: float, y: float) -> str:
    """Return on which side of a point its text has room."""
    if abs(x) > 0.25:
        return "right" if x > 0 else "left"
    return "top" if y < 0 else "bottom"


def _label(point: Point) -> str:
    return f"{{k|{point.text}}}" + (f"\n{{v|{point.below}}}" if point.below else "")
