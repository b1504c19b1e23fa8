"""The values of a gender column and the words that are read as each; a project adds words and values of its own.

Enters: the key `gender` of huaxiang.yaml. Leaves: each value with its words, in lower case and half width.
"""

from __future__ import annotations

from huaxiang.definitions.fields import Fields
from huaxiang.missing import plain_word

Genders = tuple[tuple[str, frozenset[str]], ...]
"""Value and words, in the order in which they are tried."""

GENDERS: Genders = (
    ("male", frozenset({"男", "男性", "男士", "男生", "先生", "m", "male", "man", "mr", "mr.", "1", "1.0"})),
    (
        "female",
        frozenset(
            {
                *("女", "女性", "女士", "女生", "小姐", "太太", "f", "female", "woman", "ms", "mrs", "ms.", "mrs."),
                *("2", "2.0"),
            }
        ),
    ),
    (
        "other",
        frozenset(
            {
                *("其他", "其它", "非二元", "非二元性别", "第三性", "第三性别", "跨性别", "间性"),
                *("o", "other", "others", "non-binary", "non binary", "nonbinary", "nb", "enby", "genderqueer"),
                *("transgender", "intersex", "diverse", "divers"),
            }
        ),
    ),
)


def parse_genders(fields: Fields, key: str) -> Genders:
    """Return the built-in values with what a key adds: {value: words}. A word stands for one value only."""
    own: dict[str, frozenset[str]] = {}
    taken: dict[str, str] = {}
    for value, node in fields.mapping(key).items():
        words = {plain_word(value)}
        for item in node.items:
            text = item.written if item.written is not None else item.text
            if text is None:
                en, zh = f"{value} must be a list of words", f"{value} 应是词的列表"
                fields.faults.add(item.place, en, zh)
                continue
            words.add(plain_word(text))
        for word in sorted(words & taken.keys()):
            en, zh = f"{word!r} stands under {taken[word]} too", f"“{word}”已经写在 {taken[word]} 下"
            fields.faults.add(node.place, en, zh)
        taken |= dict.fromkeys(words, value)
        own[value] = frozenset(words)
    built_in = dict(GENDERS)
    kept = {value: words.difference(taken) | own.get(value, frozenset()) for value, words in built_in.items()}
    return tuple((kept | {value: words for value, words in own.items() if value not in built_in}).items())
