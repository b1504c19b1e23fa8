"""The map of the house: who may import whom, and where each library lives."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parent.parent / "src" / "huaxiang"

LAYERS: tuple[tuple[str, ...], ...] = (
    ("loading",),
    ("words",),
    ("pinyin", "processes"),
    ("secret",),
    ("errors",),
    ("stores",),
    ("damage", "manifest"),
    ("client",),
    ("definitions",),
    ("codes", "model", "missing"),
    ("genders",),
    ("sql",),
    ("engine",),
    ("privacy",),
    ("inbox",),
    ("connectors",),
    ("steps", "whose"),
    ("registry",),
    ("sources",),
    ("library",),
    ("collect", "clean", "identify", "facts", "seal", "simulate"),
    ("tag",),
    ("segment",),
    ("networks",),
    ("subscribers",),
    ("project",),
    ("lists", "scaffold", "inputs", "quality", "advice"),
    ("serving",),
    ("holdings",),
    ("pipeline",),
    ("planning", "redrive", "doctor"),
    ("read",),
    ("live",),
    ("govern", "watch", "lineage", "suggest"),
    ("deliver",),
    ("jobs",),
    ("api",),
    ("console",),
    ("server",),
    ("cli",),
    ("reference",),
)
"""From the ground up. A file imports only layers below its own, or its own folder; stages never each other.

Segments stand on tags because a segment's local statistics are tags (docs/decisions/0003).
"""

HOMES = {
    "duckdb": {"engine"},
    "ruamel": {"definitions"},
    "nicegui": {"console"},
    "fastapi": {"server", "api", "console", "deliver"},
    "uvicorn": {"server"},
    "cryptography": {"privacy"},
    "sqlalchemy": {"registry", "connectors"},
    "python_calamine": {"connectors"},
    "phonenumbers": {"clean"},
    "stdnum": {"clean", "simulate"},
    "xlsxwriter": {"read", "simulate"},
    "pypinyin": {"pinyin"},
    "typer": {"cli"},
    "httpx": {"client", "deliver"},
    "rich": {"cli"},
}
"""Where a library may be imported: one home each, named where it has two."""

RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
FILES = sorted(SRC.rglob("*.py"))


def room(path: Path) -> str:
    """Return the top-level module or package of a file."""
    first = path.relative_to(SRC).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Yield (module, line) for every import of a file, late ones too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            yield node.module or "", node.lineno


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_imports_go_down(path: Path) -> None:
    mine = room(path)
    if mine in ("__init__", "__main__"):
        return
    assert mine in RANK, f"{mine} is not on the map"
    for module, line in imports(path):
        if not module.startswith("huaxiang.") and module != "huaxiang":
            continue
        other = ([*module.split("."), ""])[1]
        if other and other != mine:
            assert RANK[other] < RANK[mine], f"{path.name}:{line}: {mine} may not import {other}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_each_library_has_one_home(path: Path) -> None:
    for module, line in imports(path):
        homes = HOMES.get(module.split(".")[0])
        assert homes is None or room(path) in homes, f"{path.name}:{line}: {module} lives in {homes}"


@pytest.mark.parametrize("path", [path for path in FILES if path.name == "__init__.py"], ids=str)
def test_no_code_in_init(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    allowed = (ast.Expr, ast.Assign, ast.ImportFrom)
    assert all(isinstance(node, allowed) for node in body), f"{path} holds code"


def test_no_late_imports_of_our_own() -> None:
    late = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                late += [
                    f"{path.relative_to(SRC)}:{inner.lineno}"
                    for inner in ast.walk(node)
                    if isinstance(inner, ast.ImportFrom) and (inner.module or "").startswith("huaxiang")
                ]
    assert not late


def test_no_drawers_for_odds_and_ends() -> None:
    assert not [path for path in FILES if path.stem in {"utils", "util", "misc", "common", "helpers"}]
