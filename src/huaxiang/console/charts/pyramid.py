"""A pyramid: the tiers of one whole, the most precious on top, each as wide as it is large."""

from __future__ import annotations

from collections.abc import Sequence

from huaxiang.console.charts.base import TEXT, TOOLTIP, Options
from huaxiang.console.theme import INK, shades


def pyramid(labels: Sequence[str], counts: Sequence[int], texts: Sequence[str]) -> Options:
    """Return centred bars from the first tier down; `texts` stand beside them."""
    colours = shades(len(labels))
    widest = max(counts, default=1) or 1
    bars = [{"value": count, "itemStyle": {"color": colour}} for count, colour in zip(counts, colours, strict=True)]
    # An invisible bar of half the missing width pushes each one to the middle.
    gaps = [(widest - count) / 2 for count in counts]
    said = [f"{label}  {text}" for label, text in zip(labels, texts, strict=True)]
    return {
        "textStyle": TEXT,
        "animationDuration": 300,
        "tooltip": {**TOOLTIP, "formatter": "{b}"},
        "grid": {"left": 0, "right": 0, "top": 2, "bottom": 2},
        "xAxis": {"type": "value", "show": False, "max": widest},
        "yAxis": {"type": "category", "data": said, "inverse": True, "show": False},
        "series": [
            {
                "type": "bar", "stack": "all", "data": gaps, "silent": True, "itemStyle": {"color": "transparent"},
                "tooltip": {"show": False},
            },
            {
                "type": "bar",
                "stack": "all",
                "data": bars,
                "barWidth": "44%",
                "barMinHeight": 4,
                "cursor": "pointer",
                "itemStyle": {"borderRadius": 4},
                "label": {
                    "show": True, "position": ["50%", -17], "align": "center", "formatter": "{b}", "color": INK,
                    "fontSize": 12.5, "fontFamily": TEXT["fontFamily"],
                },
                "labelLayout": {"hideOverlap": False},
            },
        ],
    }  # fmt: skip
