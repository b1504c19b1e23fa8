"""What keeps a file from being read, in both languages: the YAML library says it in English alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from huaxiang.words import Words

_PROBLEMS = (
    (r"expected ',' or '([\]}])', but got (.+)", "这里应是“,”或“{0}”，却是 {1}"),
    (r"expected <block end>, but found (.+)", "缩进不对，或这里多了内容：{0}"),
    (r"expected the node content, but found (.+)", "这里应是一个值，却是 {0}"),
    (r"expected <document start>, but found (.+)", "文件开头的内容之后多了 {0}"),
    (r"mapping values are not allowed here", "这里不能再写“键: 值”：文本里有“: ”时请加引号"),
    (r"sequence entries are not allowed here", "这里不能写“- ”列表项"),
    (r"mapping keys are not allowed here", "这里不能写键"),
    (r"could not find expected ':'", "键后面缺少“:”"),
    (
        r"found character (.+) that cannot start any token",
        "不能以字符 {0} 开头：含特殊字符的文本请加引号",
    ),
    (r"found unexpected end of stream", "文件在这里突然结束：引号或括号没有闭合"),
    (r"found unexpected document separator", "引号还没有闭合就遇到了文档分隔符"),
    (r"found undefined alias (.+)", "没有定义过的别名 {0}"),
    (r"found duplicate anchor (.+?);?.*", "锚点 {0} 定义了两次"),
    (r"found unknown escape character (.+)", "双引号里不认识的转义字符 {0}"),
    (r"found undefined tag handle (.+)", "没有定义过的标记 {0}"),
    (r"found duplicate key (.+?) with value.*", "键 {0} 出现了两次"),
    (r"but found another document", "一个文件里只能有一份内容"),
)
_TOKENS = {
    "<stream end>": "文件结尾",
    "<document end>": "文件结尾",
    "<document start>": "文档分隔符",
    "<scalar>": "文本",
    "<block end>": "缩进的结尾",
    "<block mapping start>": "新的“键: 值”",
    "<block sequence start>": "新的列表",
    "<alias>": "别名",
    "<anchor>": "锚点",
    "<tag>": "标记",
}
"""What the library calls the pieces of a file; signs such as ':' are shown as they are."""


_SIGNS = (
    (
        "：",
        "a full-width colon (：) is no colon to YAML: write “: ”",
        "全角冒号（：）在 YAML 中不是冒号：请改为半角冒号加空格",
    ),
    ("\t", "indent with spaces, not with tabs", "缩进请用空格，不要用制表符"),
    (
        "，",
        "a full-width comma (，) is no comma to YAML: write “, ”",
        "全角逗号（，）在 YAML 中不是逗号：请改为半角逗号",
    ),
)
"""Signs that a keyboard gives easily and YAML does not know, with what is to be written."""


def sign_words(lines: Sequence[str]) -> Words | None:
    """Return what is likely wrong about the lines where a file stops being YAML; None when nothing catches the eye."""
    for line in lines:
        # Within quotes, and behind a colon that is one, they are text.
        bare = line.partition("#")[0].partition(": ")[0]
        for sign, en, zh in _SIGNS:
            if sign in bare and '"' not in bare:
                return Words(en, zh)
    return None


def problem_words(problem: str, line: int, column: int) -> Words:
    """Return what is wrong with a file that is not YAML, from what the library says and where (from 1)."""
    problem = " ".join(problem.split())
    for pattern, chinese in _PROBLEMS:
        found = re.fullmatch(pattern, problem)
        if found is not None:
            pieces = (_TOKENS.get(each.strip("'"), each) for each in found.groups())
            return _said(problem, f"{chinese.format(*pieces)}（第 {column} 列）")
    return _said(problem, f"第 {line} 行第 {column} 列附近无法识别")


def character_words(text: str, position: int) -> Words:
    """Return what is wrong with a file that holds a character no YAML may hold."""
    character = f"U+{ord(text[position]):04X}" if position < len(text) else "?"
    en, zh = f"the character {character} may not stand in YAML", f"不能含有字符 {character}"
    return _said(en, zh)


def unreadable_words(error: OSError | UnicodeDecodeError) -> Words:
    """Return why a file is no text: where the first wrong byte is, or what the system said."""
    if isinstance(error, UnicodeDecodeError):
        byte = f"0x{error.object[error.start]:02x}"
        return Words(
            f"is not UTF-8 text: byte {error.start + 1} is {byte}",
            f"不是 UTF-8 文本：第 {error.start + 1} 个字节是 {byte}；请另存为 UTF-8",
        )
    return Words(f"cannot be read: {error.strerror or error}", f"无法读取（系统错误 {error.errno or '?'}）")


def _said(en: str, zh: str) -> Words:
    return Words(f"is not YAML: {en}", f"不是合法的 YAML：{zh}")
