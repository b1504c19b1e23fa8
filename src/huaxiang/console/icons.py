"""The few line icons of the console, drawn here: 24 by 24, in the colour of the text around them."""

from __future__ import annotations

from huaxiang.console.markup import Html

_PATHS = {
    "customers": '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c.6-3.6 3.2-5.5 6.5-5.5s5.9 1.9 6.5 5.5"/>'
    '<path d="M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 14.9c2 .7 3.2 2.5 3.5 5.1"/>',
    "overview": '<path d="M4 20V11M10 20V4M16 20v-6M21 20H3"/>',
    "tags": '<path d="M3.5 12.2V4.5a1 1 0 0 1 1-1h7.7l8.3 8.3a1 1 0 0 1 0 1.4l-7.3 7.3a1 1 0 0 1-1.4 0z"/>'
    '<circle cx="8" cy="8" r="1.3"/>',
    "segments": '<path d="M12 3.5 21 8l-9 4.5L3 8z"/><path d="m3 12 9 4.5 9-4.5M3 16l9 4.5 9-4.5"/>',
    "data": '<ellipse cx="12" cy="5.5" rx="8" ry="3"/><path d="M4 5.5v13c0 1.7 3.6 3 8 3s8-1.3 8-3v-13"/>'
    '<path d="M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3"/>',
    "live": '<path d="M2.5 12h4l2.500-6.500 5 13 2.500-6.500h5"/>',
    "governance": '<path d="M12 3.2 19.5 6v5.6c0 4.4-3.100 7.600-7.5 9.200-4.4-1.600-7.5-4.800-7.5-9.200V6z"/>'
    '<path d="m8.700 11.900 2.400 2.400 4.300-4.600"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>',
    "why": '<circle cx="12" cy="12" r="8.5"/><path d="M9.7 9.4a2.4 2.4 0 1 1 3.3 2.3c-.7.3-1 .8-1 1.5v.4"/>'
    '<path d="M12 16.6v.1"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "down": '<path d="m6 9.5 6 6 6-6"/>',
    "right": '<path d="m9.5 6 6 6-6 6"/>',
    "left": '<path d="m14.5 6-6 6 6 6"/>',
    "download": '<path d="M12 4v11m-4.5-4.5L12 15l4.5-4.5M4.5 19.5h15"/>',
    "lock": '<rect x="5" y="10.5" width="14" height="9.5" rx="2"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>',
    "empty": '<rect x="4" y="5" width="16" height="14" rx="2"/><path d="M4 13h4.5l1.5 2.5h4l1.5-2.5H20"/>',
    "alert": '<path d="M12 4 2.8 19.5h18.4z"/><path d="M12 10v4.5M12 17v.1"/>',
    "person": '<circle cx="12" cy="8" r="3.7"/><path d="M4.8 20c.7-3.8 3.6-5.7 7.2-5.7s6.5 1.9 7.2 5.7"/>',
    "star": '<path d="m12 3.6 2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8-4.2-4.1 5.8-.8z"/>',
    "edit": '<path d="m4.5 19.5.9-4L16 4.9a1.8 1.8 0 0 1 2.5 0l.6.6a1.8 1.8 0 0 1 0 2.5L8.5 18.6z"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "build": '<path d="m12 3 8 4.5v9L12 21l-8-4.5v-9z"/><path d="m4 7.5 8 4.5 8-4.5M12 12v9"/>',
}


def icon(name: str, size: int = 18) -> Html:
    """Return an icon as SVG; it is for the eye alone."""
    return Html(
        f'<svg class="hx-icon" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        f'stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{_PATHS[name]}</svg>'
    )
