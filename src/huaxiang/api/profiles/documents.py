"""The OpenAPI document: routes as FastAPI knows them, bodies from the shapes they are encoded by."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from huaxiang import __version__
from huaxiang.api.profiles import segment_shapes, shapes

TITLE = "huaxiang profiles"
_TEMPLATE = "#/components/schemas/{name}"
_ABOUT = """Read customers' profiles: tags with the moment they are of, segments, personal values (masked unless the
token may see them), recent events. Every answer tells the build it rests on and the live batch that brought it up to
date. Make a token with `huaxiang token create NAME`."""
_ERRORS = {
    401: "No valid token.",
    403: "The token may not see personal values.",
    404: "No such customer, or no such kind of identifier.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "A parameter or the body is not valid.",
    429: "The token reads too fast.",
    503: "Nothing can be served yet, the master key is missing, or the audit cannot be written.",
}
_EXAMPLES = {
    401: ("unauthorized", "a valid API token is needed:  Authorization: Bearer hx_…"),
    403: ("forbidden", "this token may not see personal values"),
    404: ("not_found", "no customer has this id or identifier"),
    413: ("too_large", "the body is too large"),
    415: ("media_type", "the body must be JSON (Content-Type: application/json)"),
    422: ("invalid", "limit: Input should be less than or equal to 500"),
    429: ("too_many", "this token reads too fast: try again later"),
    503: ("not_ready", "nothing can be served yet: it is made from the first build, by  huaxiang serve"),
}
_ETAG = {"ETag": {"description": "Changes when the answer does.", "schema": {"type": "string"}}}
_RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
BATCH_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": _TEMPLATE.format(name="BatchRequest")}}},
    }
}


def answers_with(
    shape: str, *, summary: str, personal: bool = False, body: bool = False, cached: bool = True, error: str = "Error"
) -> dict[str, Any]:
    """Return what a route says of itself: its answer, and everything that can go wrong with it.

    `personal`: it can show personal values; `body`: it takes one; `cached`: it has an ETag.
    """
    codes = [401, 422, 429, 503]
    codes += [403] if personal else []
    codes += [413, 415] if body else [404]
    found: dict[int | str, dict[str, Any]] = {
        200: {"description": "What was asked for.", "content": _content(shape), "headers": _ETAG if cached else {}}
    }
    if cached:
        found[304] = {"description": "The same as If-None-Match says.", "headers": _ETAG}
    found |= {code: _error(code, error) for code in sorted(codes)}
    return {"summary": summary, "responses": found, "response_model": None}


def _error(code: int, shape: str) -> dict[str, Any]:
    name, message = _EXAMPLES[code]
    example: dict[str, Any] = {"code": name, "message": message}
    content = _content(shape)
    content["application/json"]["example"] = example if shape == "Error" else {"error": example}
    return {"description": _ERRORS[code], "content": content, "headers": _RETRY if code in (429, 503) else {}}


def _content(shape: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _TEMPLATE.format(name=shape)}}}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the application."""
    document = get_openapi(
        title=TITLE, version=__version__, summary="Customers' profiles, read by id or identifier.",
        description=_ABOUT, routes=app.routes, openapi_version="3.1.0",
        tags=[
            {"name": "Profiles", "description": "Profiles and their parts."},
            {"name": "Segment", "description": "The same under the paths and in the shapes of Segment's Profile API."},
        ],
    )  # fmt: skip
    types = [*shapes.DOCUMENTED, *segment_shapes.DOCUMENTED]
    _, schemas = msgspec.json.schema_components(types, ref_template=_TEMPLATE)
    components = document.setdefault("components", {})
    components["schemas"] = dict(sorted(schemas.items()))
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer hx_…`"},
        "basic": {"type": "http", "scheme": "basic", "description": "The token as user name, no password."},
    }
    document["security"] = [{"token": []}, {"basic": []}]
    return document
