"""Golden cases: definitions with faults, and every fault that must be told: line, words in both languages, hint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.model import BUILT_IN
from huaxiang.sources import parse_source

GOLDEN = Path(__file__).parent / "golden"
CASES = YAML(typ="safe", pure=True).load(GOLDEN / "sources.yaml")


def agrees(found: Faults, expected: list[dict[str, Any]]) -> None:
    """The faults are those expected and no others; words need only begin as expected."""
    told = sorted(found.found, key=lambda fault: (fault.line, fault.what.en))
    wanted = sorted(expected, key=lambda fault: (fault["line"], fault["en"]))
    assert [(fault.line, fault.what.en[: len(want["en"])]) for fault, want in zip(told, wanted, strict=False)] == [
        (want["line"], want["en"]) for want in wanted
    ], "\n".join(fault.say("en") for fault in told)
    assert len(told) == len(wanted), "\n".join(fault.say("en") for fault in told)
    for fault, want in zip(told, wanted, strict=True):
        assert fault.hint == want.get("hint", fault.hint)
        assert fault.what.zh.startswith(want.get("zh", ""))
        assert fault.what.zh


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_sources(case: dict[str, Any]) -> None:
    faults = Faults()
    node = parse_yaml(case["source"], "sources/it.yaml", faults)
    assert node is not None
    parse_source(node, BUILT_IN, faults)
    assert {fault.file for fault in faults.found} <= {"sources/it.yaml"}
    agrees(faults, case["faults"])
