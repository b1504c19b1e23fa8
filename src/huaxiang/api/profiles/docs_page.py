"""The documentation as one page: written from the OpenAPI document, with nothing fetched and nothing to run."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --go: #0a7d4f; }
body { font: 15px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; margin: 0 auto; max-width: 60rem;
  padding: 1rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
details { border: 1px solid var(--line); border-radius: 8px; margin: .6rem 0; padding: .5rem .9rem; }
summary { cursor: pointer; overflow-wrap: anywhere; } summary b { color: var(--go); margin-right: .5rem; }
code, pre { font: 13px/1.5 ui-monospace, Consolas, monospace; }
pre { background: var(--soft); border-radius: 6px; overflow-x: auto; padding: .7rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"
"""Nothing but the page's own style."""


def docs_page(document: Mapping[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    info = document["info"]
    parts = [f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>", _text(info["description"])]
    parts.append('<p><a href="openapi.json">openapi.json</a></p>')
    for tag in document["tags"]:
        parts.append(f"<h2>{escape(tag['name'])}</h2>{_text(tag['description'])}")
        parts += _operations(document, tag["name"])
    parts.append("<h2>Schemas</h2>")
    parts += [_schema(name, each) for name, each in document["components"]["schemas"].items()]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(info["title"])}'
    return f"<!doctype html><html lang=en><head>{head}</title><style>{_STYLE}</style></head><body>{''.join(parts)}"


def _operations(document: Mapping[str, Any], tag: str) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                yield _operation(path, method, operation)


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> str:
    head = f"<b>{method.upper()}</b><code>{escape(path)}</code> — {escape(operation['summary'])}"
    rows = [
        (each["name"], each["in"], _kind(each["schema"]), each.get("description", ""))
        for each in operation.get("parameters", ())
    ]
    body = operation.get("requestBody")
    if body:
        rows.append(("body", "body", _kind(body["content"]["application/json"]["schema"]), ""))
    answers = [
        (code, _answer(each), "", each["description"]) for code, each in sorted(operation["responses"].items())
    ]  # fmt: skip
    return (
        f"<details><summary>{head}</summary>{_text(operation['description'])}{_table(rows)}{_table(answers)}"
        f"<pre>{escape(_curl(path, method, body is not None))}</pre></details>"
    )


def _answer(response: Mapping[str, Any]) -> str:
    content = response.get("content", {}).get("application/json")
    return _kind(content["schema"]) if content else ""


def _curl(path: str, method: str, body: bool) -> str:
    address = path.replace("{who}", "C0HV2XK8M3Q7RZA").replace("{space}", "main")
    asked = " -H 'Content-Type: application/json' -d '{\"profiles\": [\"phone:13800138000\"]}'" if body else ""
    return f'curl -X {method.upper()} -H "Authorization: Bearer $HX_TOKEN"{asked} http://127.0.0.1:8420{address}'


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    rows = [
        (field, "required" if field in required else "", _kind(each), each.get("description", ""))
        for field, each in schema.get("properties", {}).items()
    ]
    head = f"<summary><code>{escape(name)}</code></summary>"
    return f"<details>{head}{_text(schema.get('description', ''))}{_table(rows)}</details>"


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " | ".join(_kind(each) for each in schema[key])
    if "enum" in schema or "const" in schema:
        return " | ".join(json.dumps(each) for each in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    inner = schema.get("additionalProperties")
    return f"{{…: {_kind(inner)}}}" if isinstance(inner, Mapping) else str(schema.get("type", "any"))


def _table(rows: list[tuple[str, str, str, str]]) -> str:
    if not rows:
        return ""
    cells = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{cells}</table>"


def _text(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""
