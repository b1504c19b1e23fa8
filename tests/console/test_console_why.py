"""The dialog of a value that rests on no facts says where it is from, and what failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.console.visit import Console, Visit
from huaxiang.console.why import told_html
from huaxiang.read.why import Why
from huaxiang.words import Language, Words
from tests.inputs.shop import project_at

TOLD = Why(
    "care", Words("Care", "关怀"), "manual", Words("set by a person", "由人工设置"), "set by hand", "tags/x.yaml:3",
    Words("VIP", "VIP"), (), None, (), ((Words("reason", "理由"), Words("<loyal>", "<loyal>")),),
    Words("the file is gone", "文件不见了"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Origin of the value", "reason", "the file is gone", "set by hand")),
        ("zh", ("取值的由来", "理由", "文件不见了", "人工设置")),
    ],
)
def test_origin_and_note_are_shown(tmp_path: Path, language: Language, said: tuple[str, ...]) -> None:
    project_at(tmp_path / "shop", {})
    html = str(told_html(Visit(Console(tmp_path / "shop"), language, "/", ()), TOLD))
    assert all(each in html for each in said)
    assert "&lt;loyal&gt;" in html
