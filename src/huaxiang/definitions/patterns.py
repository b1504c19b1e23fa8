"""Patterns a person writes (regular expressions), matched in time that grows with the text and no faster.

The engine is RE2, as Arrow has it: it has no look-around and no back-references, for which no bound on time is known.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.words import Words

_ENGINE_SAYS = "Invalid regular expression: "
_LACKS = {
    "invalid perl operator": "look-around is not in it",
    "invalid escape sequence": "back-references are not in it",
}
_CHINESE = {
    "missing )": "缺少 )", "unexpected )": "多余的 )", "missing ]": "缺少 ]",
    "no argument for repetition operator": "重复符号前面没有内容", "bad repetition operator": "重复符号不合法",
    "invalid repetition size": "重复次数不合法（最多 1000）", "invalid character class range": "字符范围不合法",
    "invalid escape sequence": "不支持的转义（反向引用不在其中）",
    "invalid perl operator": "不支持的语法（环视不在其中）",
    "trailing \\ at end of regexp": "末尾有多余的 \\", "invalid named capture group": "分组名称不合法",
    "pattern too large - compile failed": "模式过大",
}  # fmt: skip


def pattern_fault(pattern: str) -> Words | None:
    """Return what is wrong with a pattern, None when it can be used."""
    try:
        # On its own, for "a)|(b" would be whole within brackets; and over a text, for without any nothing is compiled.
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        what, _, piece = str(error).removeprefix(_ENGINE_SAYS).partition(": ")
    else:
        return None
    shown = f": {piece}" if piece else ""
    why = f" ({_LACKS[what]}, so that every pattern ends in time)" if what in _LACKS else ""
    return Words(
        f"{pattern!r} is not a regular expression (RE2): {what}{shown}{why}",
        f"“{pattern}”不是合法的正则表达式（RE2）：{_CHINESE.get(what, what)}{shown.replace(': ', '：')}",
    )


class Patterns:
    """Patterns over whole values, in any case."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Take patterns without a fault."""
        together = "|".join(f"(?:{pattern})" for pattern in patterns)
        # One pass for all of them, but the engine has a bound on how large a pattern may be.
        self._passes = [together] if patterns and pattern_fault(together) is None else list(patterns)

    def found(self, texts: pa.Array) -> pa.Array:
        """Return for each text whether one of the patterns is all of it."""
        found = pa.repeat(False, len(texts))
        for each in self._passes:
            found = pc.or_(found, pc.fill_null(_matching(texts, each), False))
        return found

    def holds(self, text: str) -> bool:
        """Tell whether one of the patterns is all of `text`."""
        return bool(self.found(pa.array([text], pa.string()))[0].as_py())


def _matching(texts: pa.Array, pattern: str) -> pa.Array:
    return pc.match_substring_regex(texts, f"^(?:{pattern})$", ignore_case=True)
