"""A project's faults: all of them in one go, from every folder, none of them hidden by another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from huaxiang.definitions.nodes import Faults
from huaxiang.errors import DefinitionError
from huaxiang.project import compile_sources, read_project, reading_notes
from huaxiang.words import Language

SOUND = {
    "huaxiang.yaml": "project: shop\n",
    "identity.yaml": "identifiers:\n  phone: {trust: certain, per_person: 1}\n",
    "data/orders.csv": "order,tel,time,amt,cat\n1,13800000001,2026-06-01 10:00,100,x\n",
}
SOURCE = """source: pos
chanel: store
read: data/orders.csv
into: orders
identifiers: {phon: tel}
key: [order_idd]
required: [catgoy]
columns:
  ordr: order
  order_id: order
  occurred_at: time
  amount: "amt + "
  catgory: cat
reject:
  - amnt < 0
  - amt <
"""
SEGMENTS = """- {segment: a, where: "life = '流矢'"}
- {segment: b, wher: life = '流失', nmae: x}
- {segment: b, where: "life = '新课' and in_segment('c')"}
- {segment: d, union: [b, a]}
- {segment: e, where: "n > 1 and nn > 1", with: {n: {from: order, valu: count(*)}}}
"""
TAGS = "- {tag: n2, from: orders, value: count(*)}\n- {tag: life, rule: {流失: n2 = 1, else: 新客}}\n"


def faults_of(root: Path, files: Mapping[str, str | bytes], language: Language = "en") -> list[str]:
    """Return what is said of a project of these files, as check says it."""
    for name, content in {**SOUND, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    faults = Faults()
    project = read_project(root, faults)
    if project is not None:
        compile_sources(project, datetime(2026, 7, 1), faults)
    return DefinitionError(faults.found).say(language).splitlines()


def test_every_fault_of_a_source_at_once(tmp_path: Path) -> None:
    at = "sources/pos.yaml"
    assert faults_of(tmp_path, {at: SOURCE}) == [
        f"{at}:2: a source has no key 'chanel' (did you mean channel?)",
        f"{at}:5: identity.yaml has no identifier 'phon' (did you mean phone?)",
        f"{at}:6: key names 'order_idd', which `columns` does not map (did you mean order_id?)",
        f"{at}:7: required names 'catgoy', which `columns` does not map (did you mean catgory?)",
        f"{at}:9: orders has no column 'ordr' (did you mean order_id?)",
        f"{at}:12: 'amt + ' is not an expression: stuck near '+' (column 5)",
        f"{at}:13: orders has no column 'catgory' (did you mean category?)",
        f"{at}:15: there is no 'amnt' here (did you mean amt?)",
        f"{at}:16: 'amt <' is not an expression: stuck near '<' (column 5)",
    ]


def test_without_table_and_reader_expressions_are_still_read(tmp_path: Path) -> None:
    at = "sources/pos.yaml"
    text = "source: pos\nread: data/orders.cvs\ninto: ordrs\ncolumns:\n  order_id: lowr(order)\n  amount: amt +\n"
    told = faults_of(tmp_path, {at: text})
    assert [each.split(": ")[0] for each in told] == [f"{at}:{line}" for line in (2, 3, 5, 6)]
    assert told[1:] == [
        f"{at}:3: there is no fact table 'ordrs' (did you mean orders?)",
        f"{at}:5: there is no function 'lowr' here (did you mean lower?)",
        f"{at}:6: 'amt +' is not an expression: stuck near '+' (column 5)",
    ]


def test_a_column_that_only_its_typo_hides_is_no_fault_elsewhere(tmp_path: Path) -> None:
    text = SOURCE.split("chanel", maxsplit=1)[0] + (
        "read: data/orders.csv\ninto: orders\nkey: [category]\nidentifiers: {phone: tel}\n"
        "columns: {order_id: order, occurred_at: time, amount: amt, catgory: cat}\nreject: [category = 'x']\n"
    )
    assert faults_of(tmp_path, {"sources/pos.yaml": text}) == [
        "sources/pos.yaml:6: orders has no column 'catgory' (did you mean category?)"
    ]


def test_faults_of_all_folders_stand_together(tmp_path: Path) -> None:
    at = "segments/all.yaml"
    told = faults_of(tmp_path, {"sources/pos.yaml": SOURCE, "tags/all.yaml": TAGS, at: SEGMENTS})
    segments = [each for each in told if each.startswith(at)]
    assert len(told) == len(segments) + 9
    assert [each.split(" must have")[0] for each in segments] == [
        f"{at}:1: '流矢' is no value of life (did you mean 流失?)",
        f"{at}:2: segment 'b' needs one of where, list, union, intersect, except (did you mean where?)",
        f"{at}:2: segment has no key 'nmae' (did you mean name?)",
        f"{at}:3: '新课' is no value of life (did you mean 新客?)",
        f"{at}:3: segment 'b' is defined twice: also at {at}:2",
        f"{at}:3: there is no segment 'c'",
        f"{at}:5: tag 'e:n'",
        f"{at}:5: there are no facts 'order' (did you mean orders?)",
        f"{at}:5: there is no 'nn' here (did you mean n?)",
    ]


def test_every_workbook_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    source = SOURCE.replace("data/orders.csv", "data/*.xlsx")
    cut = b"PK\x03\x04 and no more"
    told = faults_of(tmp_path, {"sources/pos.yaml": source, "data/a.xlsx": cut, "data/b.xlsx": cut}, "zh")
    assert [each for each in told if "xlsx" in each] == [
        f"sources/pos.yaml:1: data/{name}.xlsx：不是完整的 Excel 工作簿，或无法打开" for name in "ab"
    ]


def test_a_source_that_a_tag_trusts_must_be_there_whatever_else_is_wrong(tmp_path: Path) -> None:
    at = "tags/all.yaml"
    text = "- tag: city\n  fact: city\n  sources: [poss]\n"
    assert faults_of(tmp_path, {"sources/pos.yaml": SOURCE, at: text})[9:] == [
        f"{at}:1: tag lacks 'from'",
        f"{at}:3: there is no source 'poss' (did you mean pos?)",
    ]


PLAIN = """source: pos
read: data/NAME
into: interactions
columns: {occurred_at: at, topic: name}
"""


def test_an_empty_file_is_called_empty_and_a_missing_one_missing(tmp_path: Path) -> None:
    at = "sources/pos.yaml"
    assert faults_of(tmp_path, {at: PLAIN.replace("NAME", "x.csv"), "data/x.csv": ""}) == [
        f"{at}:1: data/x.csv is empty: it has no header"
    ]
    (tmp_path / "data/x.csv").unlink()
    assert faults_of(tmp_path, {at: PLAIN.replace("NAME", "x.csv")}) == [
        f"{at}:1: data/x.csv: there is no such file; check the name below the project"
    ]


def test_the_header_is_that_of_the_first_file_that_is_not_empty(tmp_path: Path) -> None:
    files = {"data/a.csv": "", "data/b.csv": "at,name\n2026-06-01,x\n"}
    at = "sources/pos.yaml"
    assert faults_of(tmp_path, {at: PLAIN.replace("NAME", "[ab].csv"), **files}) == []


def notes_of(root: Path, files: Mapping[str, str | bytes]) -> list[str]:
    assert faults_of(root, files) == []
    project = read_project(root, Faults())
    assert project is not None
    return [f"{note.source}: {note.words.en}" for note in reading_notes(project)]


def test_what_people_should_know_of_how_a_source_is_read(tmp_path: Path) -> None:
    few = {"sources/pos.yaml": PLAIN.replace("NAME", "x*.csv")}
    assert notes_of(tmp_path / "none", few) == ["pos: no file is there for data/x*.csv"]
    few["data/x.csv"] = "at,name,name\n2026-06-01,张喆,y\n".encode("gbk")
    assert notes_of(tmp_path / "few", few) == [
        "pos: data/x.csv: read as GBK, guessed from 2 characters; if names look wrong, set `encoding`",
        "pos: data/x.csv: the header names name more than once; this one is called name_2",
    ]


def test_only_a_chinese_project_expects_chinese(tmp_path: Path) -> None:
    for locale, zone, expects in (
        ("zh-CN", "Europe/Berlin", "gb18030"), ("en", "Asia/Shanghai", "gb18030"), ("en", "Europe/Berlin", ""),
    ):  # fmt: skip
        main = f"project: shop\nlocale: {locale}\ntime_zone: {zone}\n"
        faults_of(tmp_path, {"huaxiang.yaml": main, "sources/pos.yaml": PLAIN.replace("NAME", "*.csv")})
        project = read_project(tmp_path, Faults())
        assert project is not None and [source.read.expects for source in project.sources] == [expects]
