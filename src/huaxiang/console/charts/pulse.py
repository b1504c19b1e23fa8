"""The last minutes as they pass: lines over time that are drawn again every second, without moving about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huaxiang.console.charts.base import AXIS_LABEL, NO_LINE, QUIET, SPLIT, TEXT, TOOLTIP, Options


@dataclass(frozen=True)
class Beat:
    """One line: its name, a value a moment (None = nothing came), its colour; `filled` down to the ground."""

    name: str
    values: Sequence[float | None]
    colour: str
    filled: bool = False


def pulse_chart(labels: Sequence[str], drawn: Sequence[Beat]) -> Options:
    """Return lines over moments, the latest at the right."""
    return {
        "textStyle": TEXT,
        "animation": False,
        "tooltip": {**TOOLTIP, "trigger": "axis"},
        "legend": {"top": 0, "right": 0, "itemWidth": 16, "itemHeight": 8, "textStyle": AXIS_LABEL},
        "grid": {"left": 4, "right": 10, "top": 32, "bottom": 2, "containLabel": True},
        "xAxis": {
            "type": "category",
            "data": list(labels),
            "boundaryGap": False,
            # Centred on their moments, the labels at the ends would be cut off by the edges of the chart.
            "axisLabel": {
                **AXIS_LABEL,
                "interval": 11,
                "hideOverlap": True,
                "alignMinLabel": "left",
                "alignMaxLabel": "right",
            },
            "axisTick": {"show": False},
            "axisLine": {"lineStyle": {"color": "#d9dfdc"}},
        },
        "yAxis": {"type": "value", "min": 0, "splitNumber": 3, "axisLabel": QUIET, **NO_LINE, **SPLIT},
        "series": [_line(each) for each in drawn],
    }


def _line(beat: Beat) -> Options:
    line: Options = {
        "name": beat.name,
        "type": "line",
        "data": list(beat.values),
        "showSymbol": False,
        "connectNulls": False,
        "lineStyle": {"width": 1.8},
        "itemStyle": {"color": beat.colour},
    }
    return {**line, "areaStyle": {"opacity": 0.14}} if beat.filled else line
