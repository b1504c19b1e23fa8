"""The keys of one mapping, taken one by one and typed; what is left over is a fault."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from huaxiang.definitions.nodes import NOWHERE, Faults, Node, Place
from huaxiang.words import Words

CODE = re.compile(r"[a-z][a-z0-9_]{0,62}")
"""What the code of a source, tag, segment … looks like."""


@dataclass(frozen=True)
class Text:
    """A text of a definition and where it stands; two are equal when their texts are."""

    text: str
    place: Place = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        return self.text


class Fields:
    """Reads one mapping: each method takes a key, notes a fault when its value is not of the kind asked for."""

    def __init__(self, node: Node, what: Words | str, faults: Faults) -> None:
        self.node, self.faults = node, faults
        self.what = what if isinstance(what, Words) else Words(what, what)
        self.place = node.place
        self._taken: dict[str, None] = {}
        if not isinstance(node.value, Mapping):
            en, zh = self.what.en, self.what.zh
            faults.add(node.place, f"{en} must be a mapping of keys to values", f"{zh}应是“键: 值”的形式")

    def __contains__(self, key: str) -> bool:
        return key in self.node.mapping

    def node_of(self, key: str, *, required: bool = False) -> Node | None:
        """Return the node of `key`, or None (a fault if it is required)."""
        self._taken[key] = None
        node = self.node.mapping.get(key)
        if node is None and required and isinstance(self.node.value, Mapping):
            self.faults.add(self.place, f"{self.what.en} lacks {key!r}", f"{self.what.zh}缺少“{key}”")
        return node

    def text(self, key: str, *, required: bool = False) -> Text | None:
        """Return a text (numbers are taken as they are written), or None."""
        node = self.node_of(key, required=required)
        if node is None or node.value is None:
            return None
        if node.text is not None:
            return Text(node.text, node.place)
        self._wrong(node, key, "a text", "文本")
        return None

    def code(self, key: str) -> str:
        """Return a required code (lower-case letters, digits, underscores), "" with a fault when it is not one."""
        text = self.text(key, required=True)
        if text is None:
            return ""
        if not CODE.fullmatch(text.text):
            self.faults.add(
                text.place,
                f"{text.text!r} is not a code: lower-case letters, digits and underscores, a letter first",
                f"“{text.text}”不是合法编码：应为小写字母、数字和下划线，并以字母开头",
            )
        return text.text

    def integer(self, key: str, default: int) -> int:
        """Return a whole number."""
        node = self.node_of(key)
        if node is None:
            return default
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            return node.value
        self._wrong(node, key, "a whole number", "整数")
        return default

    def flag(self, key: str, default: bool = False) -> bool:
        """Return true or false."""
        node = self.node_of(key)
        if node is None:
            return default
        if isinstance(node.value, bool):
            return node.value
        self._wrong(node, key, "true or false", "true 或 false")
        return default

    def choice(self, key: str, among: Iterable[str], default: str) -> str:
        """Return one word of `among`."""
        text, known = self.text(key), list(among)
        if text is None:
            return default
        if text.text not in known:
            self.faults.add(
                text.place,
                f"{key} cannot be {text.text!r}; it is one of {', '.join(known)}",
                f"{key} 不能是“{text.text}”，只能是 {'、'.join(known)}",
                word=text.text,
                known=known,
            )
            return default
        return text.text

    def words(self, key: str, default: str) -> Words:
        """Return a name in both languages: a text serves for both, {zh: …, en: …} for each."""
        node = self.node_of(key)
        if node is None or node.value is None:
            return Words(default, default)
        if node.text is not None:
            return Words(node.text, node.text)
        if not isinstance(node.value, Mapping):
            self._wrong(node, key, "a text, or {zh: …, en: …}", "文本，或 {zh: …, en: …}")
        names = {}
        for language, each in node.mapping.items():
            if language not in ("zh", "en"):
                en, zh = f"no language {language!r} here, only zh and en", f"没有“{language}”，只有 zh 和 en"
                self.faults.add(each.place, en, zh)
            elif each.text is None:
                self._wrong(each, f"{key}.{language}", "a text", "文本")
            else:
                names[language] = each.text
        first = next(iter(names.values()), default)
        return Words(names.get("en", first), names.get("zh", first))

    def texts(self, key: str) -> tuple[Text, ...]:
        """Return a list of texts; one text alone is a list of one."""
        node = self.node_of(key)
        found = []
        for item in node.items if node else ():
            if item.text is not None:
                found.append(Text(item.text, item.place))
            else:
                self._wrong(item, key, "a list of texts", "文本列表")
        return tuple(found)

    def mapping(self, key: str, *, required: bool = False) -> Mapping[str, Node]:
        """Return a mapping of texts to nodes, empty when there is none."""
        node = self.node_of(key, required=required)
        if node is None or node.value is None:
            return {}
        if not isinstance(node.value, Mapping):
            self._wrong(node, key, "a mapping of keys to values", "“键: 值”的形式")
        return node.mapping

    def text_map(self, key: str, *, required: bool = False) -> dict[str, Text]:
        """Return a mapping of texts to texts."""
        found = {}
        for name, node in self.mapping(key, required=required).items():
            if isinstance(node.value, Mapping | tuple) or node.value is None:
                self._wrong(node, name, "a text", "文本")
            else:
                found[name] = Text(str(node.value) if node.text is None else node.text, node.place)
        return found

    def take(self, *keys: str) -> None:
        """Let keys pass that nobody reads, because what they belong to is faulty itself."""
        self._taken |= dict.fromkeys(keys)

    def finish(self) -> None:
        """Note every key that nobody asked for, with the nearest one that exists."""
        for key, node in self.node.mapping.items():
            if key not in self._taken:
                self.faults.add(
                    node.place,
                    f"{self.what.en} has no key {key!r}",
                    f"{self.what.zh}没有“{key}”这个键",
                    word=key,
                    known=self._taken,
                )

    def _wrong(self, node: Node, key: str, en: str, zh: str) -> None:
        self.faults.add(node.place, f"{key} must be {en}", f"{key} 应是{zh}")
