"""Every text of the console exists in both languages, and fills the same blanks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from huaxiang.console import words, words_govern, words_live, words_tags
from huaxiang.console.visit import Console, Visit
from huaxiang.words import Language, Words
from tests.inputs.shop import project_at

MODULES = {"words": words, "words_tags": words_tags, "words_govern": words_govern, "words_live": words_live}
ALL = {
    f"{module}.{name}": value
    for module, found in MODULES.items()
    for name, value in vars(found).items()
    if isinstance(value, Words)
}


_FOLDER = Path(words.__file__).parent
_SAME_FOR_ALL = ("as", "has", "is", "ms", "segments", "unless", "waits", "was")
"""What may follow a blank: words that change with no number."""


def _blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _chosen(text: str) -> set[str]:
    """The blanks that choose a word for one or for many."""
    return {name for _, name, form, _ in Formatter().parse(text) if name and form and "|" in form}


@pytest.mark.parametrize("name", ALL)
def test_both_languages(name: str) -> None:
    text = ALL[name]
    assert text.en.strip() and text.zh.strip()
    assert _blanks(text.en) - _chosen(text.en) == _blanks(text.zh) - _chosen(text.en) and not _chosen(text.zh)
    assert _blanks(text.zh) <= _blanks(text.en)
    if name != "words.OTHER_LANGUAGE":
        assert not re.search(r"[\u4e00-\u9fff]", text.en)
        assert text.zh == text.en == "TGI" or re.search(r"[\u4e00-\u9fff]", text.zh)


@pytest.mark.parametrize("name", ALL)
def test_one_is_no_many(name: str) -> None:
    # "1 customers": a word for many right behind a number is for many only.
    followed = re.findall(r"{\w+} (?:more |open |other )?([a-z]+s|people|have|are)\b", ALL[name].en)
    assert not [word for word in followed if word not in _SAME_FOR_ALL]


def _fillings() -> Iterator[tuple[str, str, str]]:
    """Yield the texts that choose a word where the console says them: name, blank, and what fills it."""
    chosen = {name.split(".")[1]: _chosen(text.en) for name, text in ALL.items() if _chosen(text.en)}
    for path in _FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(ast.Attribute(attr="say"), [ast.Attribute(attr=name)], keywords) if name in chosen:
                    filled = {each.arg: ast.unparse(each.value) for each in keywords}
                    yield from ((name, blank, filled.get(blank, "")) for blank in chosen[name])


def test_what_chooses_a_word_is_a_count() -> None:
    fillings = list(_fillings())
    assert len(fillings) > 30
    assert not [each for each in fillings if not each[2].startswith("Count(")]


def test_each_is_used() -> None:
    own = {f"{module}.py" for module in MODULES}
    code = "\n".join(path.read_text(encoding="utf-8") for path in _FOLDER.rglob("*.py") if path.name not in own)
    assert not [name for name in ALL if not re.search(rf"\bw\w*\.{name.split('.')[1]}\b", code)]


@pytest.mark.parametrize(("language", "said"), [("en", "The latest known city"), ("zh", "最近已知的城市")])
def test_a_sentence_begins_with_a_capital(tmp_path: Path, language: Language, said: str) -> None:
    project_at(tmp_path / "shop", {})
    visit = Visit(Console(tmp_path / "shop"), language, "/", ())
    assert visit.sentence(Words("the latest known city", "最近已知的城市")) == said
