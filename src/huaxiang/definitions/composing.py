"""YAML text to the library's nodes, within bounds that no definition written by people comes near."""

from __future__ import annotations

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import Node as YamlNode
from ruamel.yaml.nodes import ScalarNode

from huaxiang.words import Words

MAX_CHARACTERS = 4 << 20
"""Of a file, with what its aliases stand for."""
MAX_DEPTH = 64
"""Levels of lists and mappings within each other: a file is read by functions that call themselves for each."""


class Unbounded(Exception):
    """The text is past what a definition may be: `words` says how, `line` (from 1) where."""

    def __init__(self, line: int, en: str, zh: str) -> None:
        super().__init__(en)
        self.line, self.words = line, Words(en, zh)


def compose(text: str) -> YamlNode | None:
    """Return the root of a YAML text, None when it holds nothing. Raises YAMLError, Unbounded."""
    if len(text) > MAX_CHARACTERS:
        raise _too_long(1)
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _Composer
    root: YamlNode | None = yaml.compose(text)
    return root


class _Composer(Composer):
    """Refuses while it reads, before anything large has been made of a small text."""

    levels = 0
    spare = MAX_CHARACTERS

    def compose_node(self, parent: object, index: object) -> YamlNode:
        """Return the next node. Raises YAMLError, Unbounded."""
        line = self.parser.peek_event().start_mark.line + 1
        if self.parser.check_event(AliasEvent):
            return self._alias(self.parser.peek_event().anchor, line, super().compose_node(parent, index))
        if self.levels == MAX_DEPTH:
            raise Unbounded(
                line,
                f"is nested more than {MAX_DEPTH} levels deep: no definition needs that",
                f"嵌套超过 {MAX_DEPTH} 层：没有定义需要这么深",
            )
        self.levels += 1
        node: YamlNode = super().compose_node(parent, index)
        self.levels -= 1
        return node

    def _alias(self, name: str, line: int, node: YamlNode) -> YamlNode:
        # One value has one size; a few lines of lists of lists of aliases are billions of values.
        if not isinstance(node, ScalarNode):
            raise Unbounded(
                line,
                f"the alias *{name} stands for a list or a mapping: only that of a single value is read; write it out",
                f"别名 *{name} 代表列表或映射：只支持代表单个值的别名，请在这里直接写出内容",
            )
        self.spare -= len(node.value)
        if self.spare < 0:
            raise _too_long(line)
        return node


def _too_long(line: int) -> Unbounded:
    return Unbounded(
        line,
        f"has more than {MAX_CHARACTERS:,} characters: divide it into several files",
        f"超过 {MAX_CHARACTERS:,} 个字符：请拆成几个文件",
    )
