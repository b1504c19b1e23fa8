"""The guide's examples of values set by hand and of predictions: what it says to type is typed, what it shows is so."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from huaxiang.cli.main import app
from huaxiang.pipeline import build
from huaxiang.project import Project, load_project
from huaxiang.read.current import current_build
from huaxiang.read.find import find_subjects
from huaxiang.scaffold import create_project

GUIDE = Path(__file__).parent.parent.parent / "docs" / "guide"
_FENCE = re.compile(r"^```(\w*)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(params=["en", "zh"])
def chapter(request: pytest.FixtureRequest) -> str:
    return (GUIDE / request.param / "5-tags.md").read_text(encoding="utf-8")


@pytest.fixture
def project(chapter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    root = tmp_path / "shop"
    create_project(root, "blank")
    for _, title, text in _FENCE.findall(chapter):
        if title:
            (root / title).parent.mkdir(parents=True, exist_ok=True)
            (root / title).write_text(text, encoding="utf-8")
    monkeypatch.chdir(root)
    project = load_project(root)
    build(project)
    yield project


def section(chapter: str, name: str) -> str:
    (found,) = [each for each in re.split(r"^## ", chapter, flags=re.MULTILINE) if each.startswith(name)]
    return found


def held(project: Project, text: str) -> None:
    """Hold the section's table against the current build."""
    head, _, *rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    with current_build(project.root, project) as current:
        for who, *printed in rows:
            (match,) = find_subjects(current, who, "member_id").matches
            (found,) = current.engine.dicts("SELECT * FROM tags WHERE subject = ?", [match.subject])
            assert [str(found[tag]) for tag in head[1:]] == printed, who
    assert len(rows) == 3


def test_values_are_set_as_the_guide_says(project: Project, chapter: str) -> None:
    text = section(chapter, "manual")
    (script,) = [block for language, _, block in _FENCE.findall(text) if language == "sh"]
    for line in script.splitlines():
        with patch.object(sys, "argv", shlex.split(line)), pytest.raises(SystemExit) as ended:
            app()
        assert not ended.value.code, line
    build(project)
    held(project, text)


def test_predictions_are_written_as_the_guide_says(project: Project, chapter: str) -> None:
    text = section(chapter, "model")
    (script,) = [block for language, _, block in _FENCE.findall(text) if language == "python"]
    exec(compile(script, "the guide", "exec"), {})
    build(project)
    held(project, text)
