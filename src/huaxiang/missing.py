"""The words that stand for no value, and how a project, a source or a column changes the list.

Enters: the key `missing` of a definition. Leaves: a set of words in the form in which values are compared with them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Node
from huaxiang.words import Words

MARKS = ("-", "--", "---", "—", "——", "−", "–", "_", "/", "\\", "\\n", ".", "?", "??", "???", "*", "#")
CHINESE = ("无", "没有", "未知", "不详", "不明", "暂无", "空", "未填", "未填写", "未提供", "待补充", "保密")
SYSTEMS = (
    *("null", "(null)", "<null>", "none", "nil", "nan", "-nan", "nat", "<na>", "na", "n/a", "n.a.", "undefined"),
    *("unknown", "#n/a", "#n/a n/a", "#null!", "#value!", "#ref!", "#div/0!", "#name?", "#num!", "1.#ind"),
)
BLANK_WORDS = frozenset({"", *MARKS, *CHINESE, *SYSTEMS})
"""No value, in any column, where nothing else is said. "0" is not here: in a column of numbers it is a value."""

WHITE_SPACE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + "\u200b\u2060\ufeff"
"""Line breaks, tabs, full-width, no-break and zero-width spaces among it."""


def plain_word(text: str) -> str:
    """Return a text as it is compared with the words: in half width and lower case, without white space around it."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip(WHITE_SPACE).lower()


@dataclass(frozen=True)
class Missing:
    """What a definition says of the words for no value: another list (`only`), or words more and words fewer."""

    only: tuple[str, ...] | None = None
    add: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()

    def over(self, words: frozenset[str]) -> frozenset[str]:
        """Return the words, those around being `words`; the empty text is one of them always."""
        base = words if self.only is None else frozenset(self.only)
        return (base | set(self.add)) - set(self.keep) | {""}

    @property
    def named(self) -> frozenset[str]:
        """The words it itself says are no value."""
        return frozenset((*(self.only or ()), *self.add))


AS_AROUND = Missing()
"""Nothing said: the words are those around."""


def parse_missing(fields: Fields, key: str) -> Missing:
    """Return what a key says of the words: a list is the whole list, {add: …, keep: …} changes the one around."""
    node = fields.node_of(key)
    if node is None or node.value is None:
        return AS_AROUND
    if not node.mapping:
        return Missing(only=tuple(_plain(_texts(fields, node))))
    inner = Fields(node, Words("missing", "missing"), fields.faults)
    add, keep = _texts(fields, inner.node_of("add")), _texts(fields, inner.node_of("keep"))
    inner.finish()
    both = set(_plain(add)) & set(_plain(keep))
    for text in keep:
        if plain_word(text.text) in both:
            en, zh = f"{text.text!r} stands under add and under keep", f"“{text.text}”同时写在 add 和 keep 里"
            fields.faults.add(text.place, en, zh)
    return Missing(add=tuple(_plain(add)), keep=tuple(_plain(keep)))


def _texts(fields: Fields, node: Node | None) -> list[Text]:
    """Return the words as they are written: null, no and 0 are words here."""
    found = []
    for item in node.items if node else ():
        text = item.written if item.written is not None else item.text
        if text is None:
            forms = "{add: …, keep: …}"
            en, zh = f"missing must be a list of words, or {forms}", f"missing 应是词的列表，或 {forms}"
            fields.faults.add(item.place, en, zh)
        else:
            found.append(Text(text, item.place))
    return found


def _plain(texts: Iterable[Text]) -> list[str]:
    return [plain_word(text.text) for text in texts]
