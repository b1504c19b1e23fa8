"""What people and systems write where a person or an identifier is meant and there is none."""

from __future__ import annotations

import unicodedata

from huaxiang.missing import BLANK_WORDS

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
