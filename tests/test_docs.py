"""The documentation holds: examples run, values come out as printed, nothing is undocumented, no name is dead."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from huaxiang.clean.normalise.registry import NORMALISERS
from huaxiang.connectors.readers import READERS
from huaxiang.definitions.nodes import Faults
from huaxiang.pipeline import build
from huaxiang.project import Project, compile_sources, load_project
from huaxiang.read.current import CurrentBuild, current_build
from huaxiang.read.data import rules
from huaxiang.read.find import find_subjects
from huaxiang.reference.commands import commands
from huaxiang.reference.pages import all_pages
from huaxiang.scaffold import DATA_PACKAGES, TEMPLATES, create_project
from huaxiang.segment.segmentset import FUNCTIONS as PLACE_FUNCTIONS
from huaxiang.sql.functions import FUNCTIONS
from huaxiang.tag.kinds.registry import KINDS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
GUIDE = DOCS / "guide"
CHAPTERS = sorted(path.name for path in (GUIDE / "en").glob("*.md"))
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}
PAIRS = [(READMES["en"], READMES["zh"])] + [(GUIDE / "en" / name, GUIDE / "zh" / name) for name in CHAPTERS]
PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ROOT / "BENCHMARKS.md",
    *sorted(DOCS.rglob("*.md")),
]
MADE_LATER: set[str] = set()
"""Files that pages show and that are made from the running product."""
MIDNIGHT = datetime(2026, 6, 29, 16)
"""2026-06-30 in the project's time zone, as UTC: the moment of every example."""


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its title (a file), its text."""

    language: str
    title: str
    text: str


_FENCE = re.compile(r"^```(\w*)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)


def blocks(text: str) -> list[Block]:
    return [Block(*found.groups(default="")) for found in _FENCE.finditer(text)]


def prose(text: str) -> str:
    return _FENCE.sub("", text)


def tables(text: str) -> Iterator[list[list[str]]]:
    """Yield each table as its rows of cells, the head first."""
    for found in _TABLE.finditer(prose(text)):
        rows = [re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in found[0].splitlines()]
        yield [[cell.strip() for cell in row] for row in rows if not set("".join(row)) <= set("- ")]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# --- what is generated, what is named ---------------------------------------------------------------------------


def test_the_reference_is_what_the_code_says() -> None:
    folder = DOCS / "reference"
    made = all_pages()
    committed = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.md")}
    assert committed.keys() == made.keys()
    wrong = [name for name in made if made[name] != committed[name]]
    assert not wrong, f"{wrong}: run  python -m huaxiang.reference docs/reference"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_undocumented(language: str) -> None:
    text = "".join((GUIDE / language / name).read_text(encoding="utf-8") for name in CHAPTERS)
    named = set(re.findall(r"`([^`\n]+)`", prose(text)))
    named |= {f"huaxiang {command}" for command in _commands_in(text)}
    wanted = {kind.name for kind in KINDS} | {kind.key for kind in KINDS} | {reader.kind for reader in READERS}
    wanted |= {option for reader in READERS for option in reader.options}
    wanted |= {each.kind for each in NORMALISERS} | set(FUNCTIONS) | set(PLACE_FUNCTIONS)
    wanted |= {f"huaxiang {command.name}" for command in commands() if command.name}
    assert not wanted - named


def _commands_in(text: str) -> set[str]:
    return {command for command, _ in _calls(text)}


_CODE = re.compile(r"`(huaxiang [^`\n]+)`")


def _calls(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield (command, all its words) for each `huaxiang …` in shell blocks and inline code."""
    lines = [line for block in blocks(text) if block.language == "sh" for line in block.text.splitlines()]
    lines += _CODE.findall(prose(text))
    known = {command.name for command in commands()}
    for line in lines:
        if not line.startswith("huaxiang "):
            continue
        words = [word for word in shlex.split(line)[1:] if word != "…"]
        bare = [word for word in words if not word.startswith("-")]
        two = " ".join(bare[:2])
        yield (two if two in known else " ".join(bare[:1])), words


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_command_and_option_named_exists(path: Path) -> None:
    known = {each.name: {name for one in each.parameters for name in one.names} for each in commands()}
    for command, words in _calls(path.read_text(encoding="utf-8")):
        assert command in known, f"there is no command {command!r}"
        options = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert options <= known[command] | known[""], f"huaxiang {command}: {options - known[command] - known['']}"


_LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in _LINK.findall(prose(path.read_text(encoding="utf-8"))):
        if re.match(r"https?:", link):
            continue
        file, _, heading = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if target.is_relative_to(ROOT) and name_of(target) in MADE_LATER:
            continue
        assert target.exists(), link
        if heading:
            assert heading in _anchors(target), link


def _anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", prose(path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=[name_of(pair[0]) for pair in PAIRS])
def test_both_languages_say_the_same(english: Path, chinese: Path) -> None:
    en, zh = english.read_text(encoding="utf-8"), chinese.read_text(encoding="utf-8")
    # Printed output is in the language of its page; everything a person types is the same.
    assert [block for block in blocks(en) if block.language != "text"] == [
        block for block in blocks(zh) if block.language != "text"
    ]
    assert len(blocks(en)) == len(blocks(zh))

    def shape(text: str) -> list[int]:
        return [len(level) for level in re.findall(r"^(#+) ", prose(text), re.MULTILINE)]

    assert shape(en) == shape(zh)
    assert [(len(rows), len(rows[0])) for rows in tables(en)] == [(len(rows), len(rows[0])) for rows in tables(zh)]


_PATH = re.compile(r"`((?:src|tests|docs|[a-z]+)/[\w./-]*|[a-z_]+\.py)`")


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_file_named_exists(name: str) -> None:
    rooms = (ROOT, ROOT / "src" / "huaxiang")
    for path in _PATH.findall((ROOT / name).read_text(encoding="utf-8")):
        # Folders of a user's project, and what is yet to be made, are not here.
        if "NAME" not in path and path != "data/":
            assert any((room / path).exists() for room in rooms), path


def test_the_glossary_names_code_that_exists() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    (head, *rows), *_ = tables((DOCS / "glossary.md").read_text(encoding="utf-8"))
    assert len(head) == 4
    for chinese, english, names, meaning in rows:
        assert chinese and english and meaning
        for name in re.findall(r"`([^`]+)`", names):
            there = (ROOT / "src" / "huaxiang" / name).exists() or re.search(rf"\b{re.escape(name)}\b", source)
            assert there, f"{english}: {name}"


def test_the_layers_are_those_the_architecture_keeps() -> None:
    layers = runpy.run_path(str(ROOT / "tests" / "test_architecture.py"))["LAYERS"]
    listed = next(
        block for block in blocks((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")) if "words\n" in block.text
    )
    shown = [tuple(line.split()) for line in listed.text.splitlines()]
    assert shown[: len(layers)] == list(layers)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_loads(template: str, home: Path) -> None:
    if template in DATA_PACKAGES and find_spec(DATA_PACKAGES[template][0]) is None:
        pytest.skip(f"needs {DATA_PACKAGES[template][1]}")
    create_project(home / "shop", template)
    assert load_project(home / "shop").code == "shop"


# --- the README, as a person would follow it --------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, with keys kept below it and none in the environment."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("HUAXIANG_MASTER_KEY", "HUAXIANG_MASTER_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_readme_can_be_followed(language: str, home: Path) -> None:
    sections = re.split(r"^(?=## )", READMES[language].read_text(encoding="utf-8"), flags=re.MULTILINE)
    followed = next(section for section in sections if any(block.title for block in blocks(section)))
    env = {**os.environ, "HUAXIANG_LANG": language, "COLUMNS": "100"}
    folder, printed = home, ""
    for block in blocks(followed):
        if block.title:
            (folder / block.title).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.title).write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            folder, printed = _follow(block.text, folder, env)
        elif block.language == "text":
            for line in block.text.splitlines():
                assert " ".join(line.split()) in printed, printed
    current = load_project(folder)
    with current_build(folder, current) as opened:
        assert opened.build.summary["rows"] == 5
        assert (opened.build.summary["facts"], opened.build.summary["duplicates"]) == (3, 1)
        assert opened.customers == 2


def _follow(script: str, folder: Path, env: dict[str, str]) -> tuple[Path, str]:
    """Run a block's lines; return the folder it ends in, and all it printed, blanks squeezed."""
    printed = []
    for line in script.splitlines():
        words = shlex.split(line)
        if words[0] == "cd":
            folder = folder / words[1]
            continue
        assert words[0] == "huaxiang", line
        done = subprocess.run(
            [sys.executable, "-m", "huaxiang", *words[1:]],
            cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        printed.append(done.stdout)
    return folder, " ".join("\n".join(printed).split())


# --- the guide: its files make a project, its tables hold -------------------------------------------------------

BUILT = {"3-cleaning.md": (), "4-identity.md": (), "5-tags.md": (), "6-segments.md": ("5-tags.md",)}
"""Chapters whose example is built, with the chapters whose files it goes on with."""


def _project(home: Path, chapters: tuple[str, ...], language: str) -> Project:
    root = home / "guide"
    create_project(root, "blank")
    for chapter in chapters:
        for block in blocks((GUIDE / language / chapter).read_text(encoding="utf-8")):
            if block.title:
                (root / block.title).parent.mkdir(parents=True, exist_ok=True)
                (root / block.title).write_text(block.text, encoding="utf-8")
    return load_project(root)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_definitions_of_a_chapter_are_sound(chapter: str, home: Path) -> None:
    project = _project(home, (*BUILT.get(chapter, ()), chapter), "en")
    faults = Faults()
    # The databases of examples are nowhere.
    reachable = tuple(source for source in project.sources if source.read.kind != "sql")
    compile_sources(replace(project, sources=reachable), MIDNIGHT, faults)
    assert not faults.found, [fault.say("en") for fault in faults.found]


@pytest.mark.parametrize("chapter", sorted(BUILT))
def test_values_printed_in_a_chapter_come_out(chapter: str, home: Path) -> None:
    project = _project(home, (*BUILT[chapter], chapter), "en")
    build(project, as_of=MIDNIGHT)
    held = 0
    with current_build(project.root, project) as current:
        for language in ("en", "zh"):
            for head, *rows in tables((GUIDE / language / chapter).read_text(encoding="utf-8")):
                check = _CHECKS.get(head[0])
                if check is not None:
                    check(current, head, rows)
                    held += 1
    assert held >= 2, "no table was checked"


def _subject(current: CurrentBuild, text: str, kind: str | None = None) -> int | None:
    (match,) = find_subjects(current, text, kind).matches
    return match.subject


def _customers(current: CurrentBuild, head: list[str], rows: list[list[str]]) -> None:
    for who, *printed in rows:
        (found,) = current.engine.dicts("SELECT * FROM tags WHERE subject = ?", [_subject(current, who, "member_id")])
        assert [_printed(found[tag]) for tag in head[1:]] == printed, who


def _printed(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(value)
        case Decimal() | float():
            return str(int(value)) if value == int(value) else str(value)
        case _:
            return str(value)


def _segments(current: CurrentBuild, head: list[str], rows: list[list[str]]) -> None:
    for segment, members in rows:
        sql = "SELECT subject FROM segment_members WHERE segment = ?"
        found = {subject for (subject,) in current.engine.rows(sql, [segment])}
        assert found == {_subject(current, each, "member_id") for each in members.split(", ")}, segment


def _rules(current: CurrentBuild, head: list[str], rows: list[list[str]]) -> None:
    found = {(each.rule, each.fate, str(each.rows)) for each in rules(current)}
    assert found == {(rule.strip("`"), fate, number) for rule, fate, number in rows}


def _identifiers(current: CurrentBuild, head: list[str], rows: list[list[str]]) -> None:
    letters: dict[str, int | None] = {}
    for identifier, state, letter in rows:
        kind, _, value = identifier.strip("`").partition(":")
        (match,) = find_subjects(current, value, kind).matches
        assert match.state == state, identifier
        if letter:
            assert letters.setdefault(letter, match.subject) == match.subject, identifier
    assert len(set(letters.values())) == len(letters)


_CHECKS = {
    **dict.fromkeys(("customer", "客户"), _customers),
    **dict.fromkeys(("segment", "人群"), _segments),
    **dict.fromkeys(("rule", "规则"), _rules),
    **dict.fromkeys(("identifier", "标识"), _identifiers),
}
"""The first head of a table → how its rows are held against the build."""
