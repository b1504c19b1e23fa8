"""The documentation: complete, and one page that fetches nothing."""

from __future__ import annotations

import re
from typing import Any

import httpx
from fastapi import FastAPI


def test_the_document_is_openapi_3_1_and_complete(address: str) -> None:
    document = httpx.get(f"{address}/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1.")
    assert set(document["components"]["securitySchemes"]) == {"token", "basic"} and document["security"]
    named = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert named <= set(document["components"]["schemas"])
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"] and operation["description"], path
            assert all(each["description"] for each in operation.get("parameters", ())), path
            assert {"200", "401", "422", "429", "503"} <= set(operation["responses"]), path
            for code, each in operation["responses"].items():
                assert each["description"]
                assert code == "304" or each["content"]["application/json"]["schema"]["$ref"], (path, code)


def test_the_page_tells_everything_and_fetches_nothing(address: str, app: FastAPI) -> None:
    answer = httpx.get(f"{address}/v1/docs")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert not re.search(r"<script|<link|<img|@import|url\(|src=", answer.text)
    document: Any = app.openapi()
    assert all(path.replace("&", "&amp;") in answer.text for path in document["paths"])
    assert all(f"<code>{name}</code>" in answer.text for name in document["components"]["schemas"])
