"""The API does what its document says, whatever is sent: schemathesis against the application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from huaxiang.serving.base import Base
from tests.api.profiles.served import ids

OPERATIONS = (
    "GET /v1/profiles/{who}", "GET /v1/profiles/{who}/traits", "GET /v1/profiles/{who}/tags",
    "GET /v1/profiles/{who}/segments", "GET /v1/profiles/{who}/events", "POST /v1/profiles/batch",
    *(f"GET /v1/spaces/{{space}}/collections/users/profiles/{{who}}/{part}"
      for part in ("traits", "external_ids", "events", "metadata", "links")),
)  # fmt: skip
FEW = settings(
    max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)  # fmt: skip


@pytest.fixture
def document(app: FastAPI) -> Any:
    return schemathesis.openapi.from_asgi("/v1/openapi.json", app)


@pytest.fixture
def login(token: Callable[..., tuple[str, str]]) -> dict[str, str]:
    return {"Authorization": f"Bearer {token()[0]}"}


def operations(document: Any) -> dict[str, Any]:
    return {each.label: each for each in (found.ok() for found in document.get_all_operations())}


def test_every_operation_is_tried(document: Any) -> None:
    assert set(operations(document)) == set(OPERATIONS)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
def test_no_fault_is_found(document: Any, login: dict[str, str], label: str, mode: GenerationMode) -> None:
    @FEW
    @given(case=operations(document)[label].as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        case.call_and_validate(headers=login)

    holds()


@pytest.mark.parametrize("label", [label for label in OPERATIONS if "{who}" in label])
def test_real_customers_are_answered_as_documented(
    document: Any, login: dict[str, str], base: Base, label: str
) -> None:
    known = ids(base, 20)

    @FEW
    @given(case=operations(document)[label].as_strategy())
    def holds(case: Any) -> None:
        case.path_parameters["who"] = known[len(str(case.query)) % len(known)]
        # Nobody's cursor leads anywhere, whichever of its two names it goes by.
        for name in ("cursor", "next"):
            case.query.pop(name, None)
        found = case.call_and_validate(headers=login)
        assert found.status_code in (200, 403)

    holds()
