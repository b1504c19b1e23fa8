"""Every text of the console exists in both languages, and fills the same blanks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from huaxiang.console import words
from huaxiang.words import Words

ALL = {name: value for name, value in vars(words).items() if isinstance(value, Words)}


@pytest.mark.parametrize("name", ALL)
def test_both_languages(name: str) -> None:
    text = ALL[name]
    assert text.en.strip() and text.zh.strip()
    assert set(re.findall(r"{\w+}", text.en)) == set(re.findall(r"{\w+}", text.zh))
    if name != "OTHER_LANGUAGE":
        assert not re.search(r"[\u4e00-\u9fff]", text.en)
        assert text.zh == text.en == "TGI" or re.search(r"[\u4e00-\u9fff]", text.zh)


def test_each_is_used() -> None:
    folder = Path(words.__file__).parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py") if path.name != "words.py")
    assert not [name for name in ALL if not re.search(rf"\bw\.{name}\b", code)]
