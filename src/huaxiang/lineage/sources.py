"""A source's part of the graph: its columns, what they map to, identifiers, personal values, rules, lookups."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from huaxiang.clean.normalise.registry import NORMALISERS, normaliser
from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults
from huaxiang.lineage.drawing import Drawing, plain_target
from huaxiang.lineage.graph import NodeKind, Relation
from huaxiang.project import Project
from huaxiang.read.terms import kind_words
from huaxiang.sources import Source
from huaxiang.sql.language import dotted, parse
from huaxiang.words import Words

_BARE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_VALUES = frozenset({"null", "true", "false", "as_of"})
_DERIVING = frozenset(each.kind for each in NORMALISERS)
VAULT = Words("the vault", "保险库")


def draw_source(drawing: Drawing, project: Project, source: Source, headers: frozenset[str] | None) -> None:
    """Note everything of one source. `headers` are the columns its files have, None when they are not known."""
    _Source(drawing, project, source, headers).draw()


class _Source:
    def __init__(self, drawing: Drawing, project: Project, source: Source, headers: frozenset[str] | None) -> None:
        self.drawing, self.project, self.source, self.headers = drawing, project, source, headers
        place = f"{source.place.file}:{source.place.line}"
        self.id = drawing.node(NodeKind.SOURCE, source.code, source.words, plain_target(source.read), place)
        self.table = drawing.table(source.into.name)
        self.lookups = {lookup.name: lookup for lookup in source.lookups}
        self.derived = dict(self._derived())

    def draw(self) -> None:
        """Note its columns and all that is made of them."""
        for name in sorted(self.headers or ()):
            self._raw(name)
        self._personal()
        self._columns()
        self._rows()

    def _raw(self, name: str) -> str:
        code = f"{self.source.code}.{name}"
        made = self.drawing.node(NodeKind.RAW, code, Words(name, name))
        lookup = self.lookups.get(name.partition(".")[0])
        if lookup is None or "." not in name or name in (self.headers or ()):
            self.drawing.edge(self.id, made, Relation.PART)
            return made
        on = f"{self.source.code}.{lookup.name}"
        joined = self.drawing.node(NodeKind.LOOKUP, on, Words(lookup.name, lookup.name), plain_target(lookup.read))
        self.drawing.edge(self.id, joined, Relation.PART)
        self.drawing.edge(self._raw(lookup.on), joined, Relation.VALUE, f"{lookup.on} = {lookup.name}.{lookup.key}")
        self.drawing.edge(joined, made, Relation.PART)
        return made

    def _personal(self) -> None:
        vault = self.drawing.node(NodeKind.VAULT, "vault", VAULT)
        for kind, text in self.source.identifiers:
            identifier = self.drawing.node(NodeKind.IDENTIFIER, kind, kind_words(self.project, kind))
            self._from(text, identifier, Relation.VALUE)
            self.drawing.edge(identifier, self.table, Relation.WHOSE, self.source.code)
            self.drawing.edge(identifier, vault, Relation.SEALED)
        for kind, text in self.source.personal:
            personal = self.drawing.node(NodeKind.PERSONAL, kind, kind_words(self.project, kind))
            self._from(text, personal, Relation.VALUE)
            self.drawing.edge(personal, vault, Relation.SEALED)

    def _columns(self) -> None:
        into, mapped = self.source.into, self.source.columns
        for name, column in mapped.items():
            self._from(column.value, self.drawing.fact(into, name), Relation.VALUE)
        for known, texts in self.derived.items():
            name = known.partition(".")[2]
            if name not in mapped and name in into.columns:
                for text in texts:
                    self._from(text, self.drawing.fact(into, name), Relation.VALUE, known)
        for name in {"source", "channel"} - mapped.keys():
            constant = self.source.code if name == "source" else self.source.channel
            self.drawing.edge(self.id, self.drawing.fact(into, name), Relation.VALUE, repr(constant))

    def _rows(self) -> None:
        """What decides which rows become facts: required columns, the key, the moment, rules that reject."""
        source, kinds = self.source, {kind for kind, _ in self.source.identifiers}
        for name in dict.fromkeys((*source.required, "occurred_at")):
            why = "key" if name in source.key else "required" if name in source.required else "moment"
            if name in source.columns:
                self.drawing.edge(self.drawing.fact(source.into, name), self.table, Relation.ROWS, why)
            elif name in kinds:
                self.drawing.edge(f"{NodeKind.IDENTIFIER}:{name}", self.table, Relation.ROWS, why)
        for text in source.reject:
            rule = self.drawing.node(
                NodeKind.REJECT, f"{source.code}: {text.text}", Words(text.text, text.text), text.text, _place(text)
            )
            for name in self._names(text):
                mapped = name in source.columns
                above = self.drawing.fact(source.into, name) if mapped else self._raw(name)
                self.drawing.edge(above, rule, Relation.VALUE, text.text)
            self.drawing.edge(rule, self.table, Relation.ROWS, text.text)

    def _from(self, text: Text, below: str, relation: Relation, detail: str | None = None) -> None:
        """Note the columns an expression reads; a constant comes from the source itself."""
        names = self._names(text)
        for name in names:
            for each in self._raws(name):
                self.drawing.edge(self._raw(each), below, relation, detail or text.text)
        if not names:
            self.drawing.edge(self.id, below, relation, text.text)

    def _raws(self, name: str) -> Iterator[str]:
        """Yield the raw columns behind a name: itself, or those of the personal value it derives from."""
        if name not in self.derived or name in (self.headers or ()):
            yield name
            return
        for text in self.derived[name]:
            yield from self._names(text)

    def _names(self, text: Text) -> list[str]:
        """Return the columns of an expression, as cleaning reads it: a text that is a column's name is that column."""
        if self.headers is not None and text.text in self.headers:
            return [text.text]
        if _BARE.fullmatch(text.text):
            return [] if text.text.lower() in _VALUES else [text.text]
        tree = parse(text, Faults())
        if tree is None or isinstance(tree, exp.Alias):
            return [text.text]
        return list(dict.fromkeys(self._known(dotted(each)) for each in tree.find_all(exp.Column) if not _moment(each)))

    def _known(self, name: str) -> str:
        """Return a name as the files write it: expressions may name a column in other case."""
        if self.headers is None or name in self.headers:
            return name
        return name.lower() if name.lower() in self.headers else name

    def _derived(self) -> Iterator[tuple[str, list[Text]]]:
        found: dict[str, list[Text]] = {}
        for kind, text in (*self.source.identifiers, *self.source.personal):
            for name in normaliser(kind).derived if kind in _DERIVING else ():
                found.setdefault(f"{kind}.{name}", []).append(text)
        yield from found.items()


def _moment(column: exp.Column) -> bool:
    return dotted(column).lower() == "as_of"


def _place(text: Text) -> str:
    return f"{text.place.file}:{text.place.line}"
