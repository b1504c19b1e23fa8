"""CORS: browsers send events from the pages a door names, and from no others."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from huaxiang.api.refusals import Headers, Refusal
from huaxiang.words import Words

_DAY = b"86400"


def allowed(origin: bytes, origins: Collection[str]) -> bool:
    """Say whether a page of `origin` may send to a door that names `origins`; "*" names all."""
    return "*" in origins or origin.decode("latin-1") in origins


def check_origin(headers: Mapping[bytes, bytes], origins: Collection[str]) -> None:
    """Raise Refusal (403) when the request comes from a browser's page that `origins` does not name."""
    origin = headers.get(b"origin")
    if origin is not None and not allowed(origin, origins):
        raise Refusal(
            403,
            "origin_refused",
            Words(
                "pages of this origin may not send here: name it under `origins` of the door",
                "该来源的页面不允许向此发送：请在入口的 `origins` 中写明",
            ),
        )


def cross_origin(headers: Mapping[bytes, bytes], origins: Collection[str]) -> Headers:
    """Return the headers that let the page of this request read the answer; none when it may not."""
    origin = headers.get(b"origin")
    if origin is None or not allowed(origin, origins):
        return []
    # navigator.sendBeacon always sends along the cookies there are; nothing here reads any.
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"Origin"),
    ]


def preflight(headers: Mapping[bytes, bytes], origins: Collection[str]) -> Headers:
    """Return the headers of the answer to a preflight request."""
    granted = cross_origin(headers, origins)
    if not granted:
        return []
    asked = headers.get(b"access-control-request-headers", b"authorization, content-type, content-encoding")
    return [
        *granted,
        (b"access-control-allow-methods", b"POST, OPTIONS"),
        (b"access-control-allow-headers", asked),
        (b"access-control-max-age", _DAY),
        # Chrome asks before a public page may speak to a server of the company's own network.
        (b"access-control-allow-private-network", b"true"),
    ]
