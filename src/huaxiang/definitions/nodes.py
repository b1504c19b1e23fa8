"""YAML as nodes that remember where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode
from ruamel.yaml.reader import ReaderError

from huaxiang.definitions.composing import Unbounded, compose
from huaxiang.definitions.problems import character_words, problem_words, sign_words, unreadable_words
from huaxiang.errors import Fault
from huaxiang.words import Words, nearest

Scalar = str | int | float | bool | None


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands: `file` relative to the project, `line` from 1 (0 = in no file)."""

    file: str = ""
    line: int = 0


NOWHERE = Place()


@dataclass(frozen=True)
class Node:
    """A YAML value with its place: a scalar, a list of nodes, or a mapping of texts to nodes."""

    value: Scalar | tuple[Node, ...] | Mapping[str, Node]
    place: Place = field(default=NOWHERE, compare=False)
    written: str | None = field(default=None, compare=False)
    """A number as it stands in the file (007, 1.10); None where the value is a text itself."""

    @property
    def mapping(self) -> Mapping[str, Node]:
        """The value as a mapping; empty when it is not one."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def items(self) -> tuple[Node, ...]:
        """The value as a list; a single value is a list of one, null is an empty list."""
        if isinstance(self.value, tuple):
            return self.value
        return () if self.value is None else (self,)

    @property
    def text(self) -> str | None:
        """The text of a text or number, as it was written; None for anything else."""
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | float):
            return None
        return str(self.value) if self.written is None else self.written

    def plain(self) -> object:
        """Return the value without places: what json would hold."""
        if isinstance(self.value, Mapping):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value


@dataclass
class Faults:
    """The faults found so far; checks go on after each, so that a person sees all of them together."""

    found: list[Fault] = field(default_factory=list)
    _known: set[Fault] = field(default_factory=set, repr=False, compare=False)

    def add(self, place: Place, en: str, zh: str, *, word: str | None = None, known: Iterable[str] = ()) -> None:
        """Note a fault at `place`; `word` is the wrong word and `known` those that would have been right."""
        hint = nearest(word, known) if word is not None else None
        self._note(Fault(place.file, place.line, Words(en, zh), hint))

    def take(self, other: Faults) -> None:
        """Note what another check found, each fault once."""
        for fault in other.found:
            self._note(fault)

    def _note(self, fault: Fault) -> None:
        if fault not in self._known:
            self._known.add(fault)
            self.found.append(fault)


def read_yaml(path: Path, name: str, faults: Faults) -> Node | None:
    """Return the file's content as a node; None (and a fault) when it is not YAML. `name` is shown to people."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        words, line = unreadable_words(error), 1
        if isinstance(error, UnicodeDecodeError):
            line += error.object.count(b"\n", 0, error.start)
        faults.add(Place(name, line), words.en, words.zh)
        return None
    return parse_yaml(text, name, faults)


def parse_yaml(text: str, name: str, faults: Faults) -> Node | None:
    """Return YAML text as a node; None (and a fault) when it is not YAML."""
    try:
        root = compose(text)
    except Unbounded as error:
        faults.add(Place(name, error.line), error.words.en, error.words.zh)
        return None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        words = problem_words(str(error.problem), line, column)
        if (hint := sign_words(text.splitlines()[max(line - 2, 0) : line])) is not None:
            words = Words(f"{words.en}; {hint.en}", f"{words.zh}；{hint.zh}")
        faults.add(Place(name, line), words.en, words.zh)
        return None
    except ReaderError as error:
        words = character_words(text, error.position)
        faults.add(Place(name, text.count("\n", 0, error.position) + 1), words.en, words.zh)
        return None
    except YAMLError as error:
        words = problem_words(str(error), 1, 1)
        faults.add(Place(name, 1), words.en, words.zh)
        return None
    if root is None:
        return Node(None, Place(name, 1))
    return _node(root, name, faults)


def _node(node: YamlNode, name: str, faults: Faults) -> Node:
    place = Place(name, node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        return Node(dict(_pairs(node, name, faults)), place)
    if isinstance(node, SequenceNode):
        return Node(tuple(_node(item, name, faults) for item in node.value), place)
    assert isinstance(node, ScalarNode)
    value = _scalar(node, place, faults)
    return Node(value, place, None if isinstance(value, str) else str(node.value))


def _pairs(node: MappingNode, name: str, faults: Faults) -> Iterator[tuple[str, Node]]:
    seen = set()
    for key_node, value_node in node.value:
        if not isinstance(key_node, ScalarNode):
            en, zh = "a list or a mapping cannot be a key", "列表或映射不能作为键"
            faults.add(Place(name, key_node.start_mark.line + 1), en, zh)
            continue
        key = _said(str(key_node.value), Place(name, key_node.start_mark.line + 1), faults)
        if key in seen:
            place = Place(name, key_node.start_mark.line + 1)
            faults.add(place, f"{key!r} stands here twice", f"“{key}”在这里出现了两次")
        seen.add(key)
        # A block value starts on the line after its key; a person looks for the key.
        value = _node(value_node, name, faults)
        yield key, Node(value.value, Place(name, key_node.start_mark.line + 1), value.written)


def _scalar(node: ScalarNode, place: Place, faults: Faults) -> Scalar:
    text = str(node.value)
    try:
        match str(node.tag).rsplit(":", 1)[-1]:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return _integer(text.replace("_", ""))
            case "float":
                return float(text.replace("_", ""))
            case _:
                return _said(text, place, faults)
    except ValueError:
        faults.add(place, f"{text!r} is not a value YAML knows", f"“{text}”不是合法的 YAML 值")
        return None


def _said(text: str, place: Place, faults: Faults) -> str:
    # "\ud83d" in double quotes is half of a pair: no file, answer or engine could hold it.
    if text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    faults.add(
        place, "half a character (a surrogate such as \\ud83d): write the character itself",
        "含有半个字符（形如 \\ud83d 的代理码）：请直接写出这个字符",
    )  # fmt: skip
    return text.encode("utf-8", "replace").decode()


def _integer(text: str) -> int:
    # 007 is seven, not a wrongly written number of base 8.
    return int(text) if text.lstrip("+-").isdigit() else int(text, 0)
