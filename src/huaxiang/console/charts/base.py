"""What all charts share: type, colours, tooltips, and drawing one whose points lead somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nicegui import ui
from nicegui.events import EChartPointClickEventArguments

from huaxiang.console.theme import FAINT, FONT, INK, LINE, SOFT

Options = dict[str, Any]

TEXT = {"fontFamily": FONT, "color": SOFT, "fontSize": 12}
TOOLTIP: Options = {
    "trigger": "item",
    "backgroundColor": "#fff",
    "borderColor": LINE,
    "padding": [7, 11],
    "textStyle": {**TEXT, "color": INK},
    "confine": True,
    "extraCssText": "box-shadow:0 8px 24px rgba(20,35,30,.12);border-radius:8px",
}
AXIS_LABEL = {"color": SOFT, "fontFamily": FONT, "fontSize": 12}
NO_LINE = {"axisLine": {"show": False}, "axisTick": {"show": False}}
SPLIT = {"splitLine": {"lineStyle": {"color": "#eef1ef"}}}
QUIET = {"color": FAINT, "fontFamily": FONT, "fontSize": 11}


def draw_chart(options: Options, addresses: Sequence[str] = (), cls: str = "", label: str = "") -> ui.echart:
    """Draw a chart; a click on its point number n leads to address number n ("" = nowhere).

    `label` is read out in its place.
    """

    def follow(event: EChartPointClickEventArguments) -> None:
        place = event.data_index
        if event.data_type != "edge" and isinstance(place, int) and 0 <= place < len(addresses) and addresses[place]:
            ui.navigate.to(addresses[place])

    chart = ui.echart(options, on_point_click=follow if addresses else None, renderer="svg")
    chart.classes(f"hx-chart {cls}".strip()).props["role"] = "img"
    chart.props["aria-label"] = label
    return chart
