"""The console as an application: this machine only unless told otherwise, nothing fetched from elsewhere."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from nicegui import run, ui
from starlette.background import BackgroundTask
from starlette.middleware.trustedhost import TrustedHostMiddleware

from huaxiang.console import (
    alerts,
    approvals,
    customers,
    data,
    edit,
    live,
    live_event,
    overview,
    profile,
    segment,
    segments,
    suggestions,
    sync,
    tag,
    tags,
)
from huaxiang.console.origin import SameOrigin
from huaxiang.console.shell import show_missing
from huaxiang.console.theme import FAVICON, style_sheet
from huaxiang.console.visit import COOKIE, Console, Visit, own_path
from huaxiang.console.who import Form, form_of, who_here, who_routes
from huaxiang.errors import HuaxiangError, NotAllowed
from huaxiang.privacy.scrub import install_scrubber
from huaxiang.read.export import FORMATS, Written, export_people
from huaxiang.read.filters import Filter

# The editor before a tag: /tags/new is no tag.
PAGES = (
    customers, overview, profile, tags, edit, tag, segments, segment, data, approvals, alerts, suggestions, sync,
    live, live_event,
)  # fmt: skip
"""Every page: a module with `ADDRESSES` and `page(console, request, …)`."""
_LOCAL = ("127.0.0.1", "localhost", "::1")
_HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'self'",
            # Vue compiles its templates in the browser, and NiceGUI writes a page's elements into a script of it.
            "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' ws: wss:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def create_app(project_root: Path, hosts: tuple[str, ...] = _LOCAL) -> FastAPI:
    """Return the console of a project as an application; `hosts` are the names it answers to ("*" = any)."""
    console = Console(project_root)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    install_scrubber()
    _routes(app, console)
    _pages(console)
    ui.run_with(
        app,
        title=console.name.en,
        favicon=FAVICON,
        language="zh-CN" if console.warehouse.project.language == "zh" else "en-US",
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=20,
        binding_refresh_interval=None,
    )
    app.add_middleware(SameOrigin)
    app.add_middleware(_Headers)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*hosts])
    app.router.on_startup.append(console.warm)
    app.router.on_shutdown.append(console.close)
    return app


def _pages(console: Console) -> None:
    for module in PAGES:
        for each in module.ADDRESSES:
            ui.page(each, response_timeout=60)(_bound(console, module.page))

    @ui.page("/{path:path}")
    def missing(request: Request) -> Response | None:
        if request.url.path == "/":
            # The promise: it opens on profiles.
            return RedirectResponse("/customers")
        show_missing(console, request)
        return None


def _bound(console: Console, page: Callable[..., Awaitable[None]]) -> Callable[[Request], Awaitable[None]]:
    async def bound(request: Request) -> None:
        await page(console, request)

    return bound


def _routes(app: FastAPI, console: Console) -> None:
    script = Path(__file__).with_name("static").joinpath("console.js").read_text(encoding="utf-8")
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}

    @app.get("/assets/console.css")
    def css() -> Response:
        return Response(style_sheet(), media_type="text/css", headers=kept)

    @app.get("/assets/console.js")
    def js() -> Response:
        return Response(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    @app.post("/language/{code}")
    async def language(code: Literal["zh", "en"], request: Request) -> Response:
        answer = RedirectResponse(own_path((await form_of(request)).get("to", ["/"])[0]), status_code=303)
        answer.set_cookie(COOKIE, code, max_age=31_536_000, httponly=True, samesite="strict")
        return answer

    who_routes(app, console)

    # It is written down who took what: an address alone, in a page of anybody's, must not do that.
    @app.post("/segments/{code}/download")
    async def download(code: str, request: Request) -> Response:
        visit, wanted = Visit.of(console, request), await form_of(request)
        form, values = wanted.get("form", ["csv"])[0], wanted.get("values", [Written.WORDS])[0]
        if form not in FORMATS or values not in set(Written):
            return PlainTextResponse("?", status_code=404)
        folder = tempfile.TemporaryDirectory(prefix="huaxiang-")
        path = Path(folder.name) / f"{code}.{form}"
        try:
            await run.io_bound(_export, visit, Filter(segment=code), path, wanted, Written(values))
        except HuaxiangError as error:
            folder.cleanup()
            return PlainTextResponse(error.say(visit.language), 403 if isinstance(error, NotAllowed) else 404)
        return FileResponse(path, filename=path.name, background=BackgroundTask(folder.cleanup))


def _export(visit: Visit, segment: Filter, path: Path, wanted: Form, values: Written) -> None:
    with visit.console.warehouse.current() as current:
        export_people(
            current, segment, path, tags=wanted.get("tag", ()), kinds=wanted.get("kind", ()), language=visit.language,
            values=values, by=who_here(visit),
        )  # fmt: skip


class _Headers:
    """Adds the security headers to every answer; pages are kept by no cache."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sent(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                added = dict(_HEADERS)
                if b"cache-control" not in there:
                    added["Cache-Control"] = "no-store"
                message["headers"] = [
                    *((n, v) for n, v in message["headers"] if n.lower() != b"x-powered-by"),
                    *((n.lower().encode(), v.encode()) for n, v in added.items() if n.lower().encode() not in there),
                ]
            await send(message)

        await self.app(scope, receive, sent)
