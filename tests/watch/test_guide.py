"""The watch.yaml of the guide is sound, beside the tags of the guide."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from huaxiang.definitions.nodes import Faults
from huaxiang.project import load_project
from huaxiang.scaffold import create_project
from huaxiang.watch import check_watching

GUIDE = Path(__file__).parent.parent.parent / "docs" / "guide"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_guides_rules_are_sound(language: str, tmp_path: Path) -> None:
    root = tmp_path / "guide"
    create_project(root, "blank")
    for chapter in ("5-tags.md", "11-health.md"):
        text = (GUIDE / language / chapter).read_text(encoding="utf-8")
        for name, body in re.findall(r'```\w+ title="([^"]+)"\n(.*?)```', text, re.DOTALL):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(body, encoding="utf-8")
    faults = Faults()
    found = check_watching(load_project(root), faults)
    assert not faults.found
    assert [rule.code for rule in found.rules] == ["stage_drifts", "coverage_falls", "no_sleepers", "unused"]
    assert found.outcomes.keys() == {"reorder"}
