"""What is no YAML is told in both languages, with its line; never a line 0, never half in the other language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from huaxiang.definitions.nodes import Faults, parse_yaml, read_yaml

FILE = "tags/c.yaml"


@pytest.mark.parametrize(
    ("text", "line", "zh"),
    [
        ("a: [b\nc: d", 2, "这里应是“,”或“]”，却是 ':'（第 2 列）"),
        ("a: [1, 2", 1, "这里应是“,”或“]”，却是 文件结尾（第 9 列）"),
        ("a: b: c", 1, "这里不能再写“键: 值”：文本里有“: ”时请加引号（第 5 列）"),
        ("a: 'b", 1, "文件在这里突然结束：引号或括号没有闭合（第 6 列）"),
        ("x: 1\n\ta: 1", 2, "不能以字符 '\\t' 开头：含特殊字符的文本请加引号（第 1 列）；缩进请用空格，不要用制表符"),
        ("a: *x", 1, "没有定义过的别名 'x'（第 4 列）"),
        ("a: 1\n---\nb: 2", 2, "一个文件里只能有一份内容（第 1 列）"),
        ("a: 1\nb: \x01", 2, "不能含有字符 U+0001"),
    ],
)
def test_the_usual_problems_of_yaml(text: str, line: int, zh: str) -> None:
    faults = Faults()
    assert parse_yaml(text, FILE, faults) is None
    [fault] = faults.found
    assert fault.say("zh") == f"{FILE}:{line}: 不是合法的 YAML：{zh}"
    assert fault.what.en.startswith("is not YAML: ")
    assert not re.search(r"[a-z]{3}", fault.what.zh)


def test_what_is_no_text_says_where(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(b"a: 1\nb: \xff\n")
    faults = Faults()
    assert read_yaml(tmp_path / "c.yaml", FILE, faults) is None
    assert [fault.say("zh") for fault in faults.found] == [
        f"{FILE}:2: 不是 UTF-8 文本：第 9 个字节是 0xff；请另存为 UTF-8"
    ]
    assert [fault.say("en") for fault in faults.found] == [f"{FILE}:2: is not UTF-8 text: byte 9 is 0xff"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    faults = Faults()
    assert read_yaml(tmp_path / "no.yaml", FILE, faults) is None
    assert [fault.say("zh") for fault in faults.found] == [f"{FILE}:1: 无法读取（系统错误 2）"]
