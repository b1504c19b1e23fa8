"""Lines over builds: coverage and health on the left scale, drift (PSI) on the right one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huaxiang.console.charts.base import AXIS_LABEL, NO_LINE, QUIET, SPLIT, TEXT, TOOLTIP, Options


@dataclass(frozen=True)
class Line:
    """One line: its name, its values (None = a gap), its colour, and whether the right scale is its own."""

    name: str
    values: Sequence[float | None]
    colour: str
    right: bool = False


def lines(labels: Sequence[str], drawn: Sequence[Line], limit: float | None = None, limit_name: str = "") -> Options:
    """Return lines over labelled points; `limit` is marked on the right scale."""
    series = []
    for line in drawn:
        one: Options = {
            "name": line.name,
            "type": "line",
            "yAxisIndex": 1 if line.right else 0,
            "data": list(line.values),
            "symbol": "circle",
            "symbolSize": 7,
            "lineStyle": {"width": 2, "type": "dashed" if line.right else "solid"},
            "itemStyle": {"color": line.colour},
            "connectNulls": False,
        }
        if line.right and limit is not None:
            one["markLine"] = {
                "silent": True,
                "symbol": "none",
                "lineStyle": {"color": line.colour, "type": "dotted", "opacity": 0.7},
                "label": {"formatter": limit_name, "position": "insideEndTop", **QUIET},
                "data": [{"yAxis": limit}],
            }
        series.append(one)
    top = max([limit or 0.0, *(each or 0.0 for line in drawn if line.right for each in line.values)])
    axis = {"type": "value", "axisLabel": QUIET, **NO_LINE}
    return {
        "textStyle": TEXT,
        "animationDuration": 300,
        "tooltip": {**TOOLTIP, "trigger": "axis"},
        "legend": {"top": 0, "left": 0, "itemWidth": 18, "itemHeight": 8, "textStyle": AXIS_LABEL},
        "grid": {"left": 4, "right": 4, "top": 40, "bottom": 2, "containLabel": True},
        "xAxis": {
            "type": "category",
            "data": list(labels),
            "boundaryGap": len(labels) == 1,
            "axisLabel": {**AXIS_LABEL, "hideOverlap": True},
            "axisTick": {"show": False},
            "axisLine": {"lineStyle": {"color": "#d9dfdc"}},
        },
        "yAxis": [
            {**axis, **SPLIT, "min": 0, "max": 100, "interval": 25},
            {**axis, "splitLine": {"show": False}, "min": 0, "max": _top(top), "interval": _top(top) / 4},
        ],
        "series": series,
    }


def _top(most: float) -> float:
    """Return where a scale of four steps ends that holds `most`: 0.4, 0.8, 1.2 …"""
    return round(0.4 * (int(most / 0.4) + 1), 1)
