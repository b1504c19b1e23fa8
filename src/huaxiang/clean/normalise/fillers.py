"""What people and systems write when there is no value."""

from __future__ import annotations

import unicodedata

BLANK_WORDS = frozenset(
    {
        *("", "-", "--", "---", "—", "——", "－", "－－", "_", "/", "\\", "／", "\\n", ".", "?", "??", "???", "*", "#"),
        *("无", "没有", "未知", "不详", "不明", "暂无", "空", "未填", "未填写", "未提供", "待补充", "保密"),
        *("null", "(null)", "<null>", "none", "nil", "nan", "<na>", "na", "n/a", "n.a.", "undefined", "unknown"),
        *("#n/a", "#n/a n/a", "#null!", "#value!", "#ref!", "#div/0!", "#name?", "#num!", "1.#ind", "-nan", "nat"),
    }
)
"""No value, in any column (lower-case). "0" is not here: in a column of numbers it is a value."""

FILLERS = BLANK_WORDS | {
    *("0", "-1", "0.0", "test", "测试", "匿名", "匿名用户", "anonymous", "guest", "游客", "访客"),
    *(
        "n",
        "xxx",
        "default",
        "false",
        "true",
        "[object object]",
        "{}",
        "[]",
        "empty",
        "missing",
        "not set",
        "(not set)",
        "not provided",
    ),
}
"""No value where a person or an identifier is meant (lower-case)."""

_NO_DIGIT_THAT_COUNTS = frozenset("0-_.*xX /:+")


def is_filler(text: str) -> bool:
    """Say whether `text` stands for no person and no identifier: a filler word, or only zeros and marks."""
    plain = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip().lower()
    return plain in FILLERS or _NO_DIGIT_THAT_COUNTS.issuperset(plain)
