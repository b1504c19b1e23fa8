"""The application: profiles over HTTP, with their documentation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

from huaxiang.api.profiles.answers import add_refusals
from huaxiang.api.profiles.desk import Desk
from huaxiang.api.profiles.docs_page import CONTENT_SECURITY, docs_page
from huaxiang.api.profiles.documents import TITLE, openapi_document
from huaxiang.api.profiles.routes import profile_routes
from huaxiang.api.profiles.segment import segment_routes
from huaxiang.serving.current import Serving

PATHS = ("/v1/profiles/", "/v1/spaces/", "/v1/openapi.json", "/v1/docs")
"""What this application answers: a server that has other rooms sends it what begins so."""


def create_api(root: Path, serving: Serving | None = None) -> FastAPI:
    """Return the API of the project at `root` as an application.

    Its `state.desk` must be closed when it is mounted into another, whose lifespan it does not see; served alone it
    closes itself. `serving` shares what another room has opened. Raises DefinitionError when the project's files are
    wrong; needs no build yet: until there is one it answers 503.
    """
    desk = Desk(root, serving)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()

    app = FastAPI(title=TITLE, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False,
                  lifespan=lifespan)  # fmt: skip
    app.state.desk = desk
    app.include_router(profile_routes(desk))
    app.include_router(segment_routes(desk))
    add_refusals(app)
    _documents(app)
    return app


def _documents(app: FastAPI) -> None:
    @cache
    def document() -> dict[str, Any]:
        return openapi_document(app)

    app.openapi = document  # type: ignore[method-assign]

    @app.get("/v1/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return Response(msgspec.json.encode(document()), media_type="application/json")

    @app.get("/v1/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(docs_page(document()), headers={"Content-Security-Policy": CONTENT_SECURITY})
