"""Upright bars: a histogram, or a few values in their order."""

from __future__ import annotations

from collections.abc import Sequence

from huaxiang.console.charts.base import AXIS_LABEL, NO_LINE, QUIET, SPLIT, TEXT, TOOLTIP, Options
from huaxiang.console.theme import ACCENT


def columns(
    labels: Sequence[str], counts: Sequence[int], *, close: bool = False, shades: Sequence[str] = ()
) -> Options:
    """Return bars in order; `close` ones touch, as a histogram's do; `shades` gives each its colour."""
    data = [
        {"value": count, "itemStyle": {"color": shades[place] if shades else ACCENT}}
        for place, count in enumerate(counts)
    ]
    return {
        "textStyle": TEXT,
        "animationDuration": 300,
        "tooltip": TOOLTIP,
        "grid": {"left": 4, "right": 8, "top": 22, "bottom": 2, "containLabel": True},
        "xAxis": {
            "type": "category",
            "data": list(labels),
            "axisLabel": {**AXIS_LABEL, "hideOverlap": True, "interval": 0 if len(labels) <= 8 else "auto"},
            "axisTick": {"show": False},
            "axisLine": {"lineStyle": {"color": "#d9dfdc"}},
        },
        "yAxis": {"type": "value", "axisLabel": QUIET, "splitNumber": 3, "minInterval": 1, **NO_LINE, **SPLIT},
        "series": [
            {
                "type": "bar",
                "data": data,
                "barCategoryGap": "8%" if close else "42%",
                "barMaxWidth": 64,
                "barMinHeight": 2,
                "cursor": "pointer",
                "itemStyle": {"borderRadius": [3, 3, 0, 0]},
                "label": {"show": len(labels) <= 10, "position": "top", **AXIS_LABEL},
                "emphasis": {"itemStyle": {"opacity": 0.82}},
            }
        ],
    }
