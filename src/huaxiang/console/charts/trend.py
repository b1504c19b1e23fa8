"""A share over builds, as a small line."""

from __future__ import annotations

from collections.abc import Sequence

from huaxiang.console.markup import Html

_WIDTH, _HEIGHT = 96, 22


def sparkline(points: Sequence[tuple[int, float]], label: str) -> Html:
    """Return shares (0 to 1) over builds as a line, drawn in place: a table has one in each row."""
    if len(points) < 2:
        return Html('<span class="hx-note">—</span>')
    low = min(0.9, *(share for _, share in points))
    step = (_WIDTH - 6) / (len(points) - 1)
    places = [
        (3 + place * step, 3 + (_HEIGHT - 6) * (1 - (share - low) / (1 - low or 1)))
        for place, (_, share) in enumerate(points)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    return Html(
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{label}">'
        f'<polyline points="{path}" fill="none" stroke="#74b1aa" stroke-width="1.6"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="#0f6f66"/></svg>'
    )
