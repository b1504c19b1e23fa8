"""Every text of the console exists in both languages, and fills the same blanks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from huaxiang.console import words, words_govern, words_live, words_tags
from huaxiang.words import Words

MODULES = {"words": words, "words_tags": words_tags, "words_govern": words_govern, "words_live": words_live}
ALL = {
    f"{module}.{name}": value
    for module, found in MODULES.items()
    for name, value in vars(found).items()
    if isinstance(value, Words)
}


@pytest.mark.parametrize("name", ALL)
def test_both_languages(name: str) -> None:
    text = ALL[name]
    assert text.en.strip() and text.zh.strip()
    assert set(re.findall(r"{\w+}", text.en)) == set(re.findall(r"{\w+}", text.zh))
    if name != "words.OTHER_LANGUAGE":
        assert not re.search(r"[\u4e00-\u9fff]", text.en)
        assert text.zh == text.en == "TGI" or re.search(r"[\u4e00-\u9fff]", text.zh)


def test_each_is_used() -> None:
    folder = Path(words.__file__).parent
    own = {f"{module}.py" for module in MODULES}
    code = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py") if path.name not in own)
    assert not [name for name in ALL if not re.search(rf"\bw\w*\.{name.split('.')[1]}\b", code)]
