"""manual: values that a person sets, with a reason, for a time; kept in the registry (registry/manual.py)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.model import Column, Type
from huaxiang.tag.kinds.base import Checking, Kind, Meaning, Naming, Planner
from huaxiang.tag.window import Span, span
from huaxiang.words import Words

EXPIRES = Span(180, "day")
"""How long a value holds where the definition does not say."""

_YES, _NO = ("true", "yes", "是"), ("false", "no", "否")
_WHOLE, _NUMBER = re.compile(r"[-+]?\d{1,18}"), re.compile(r"[-+]?\d{1,15}(?:\.\d+)?")
_MONEY = re.compile(r"[-+]?\d{1,14}(?:\.\d{1,4})?")


@dataclass(frozen=True)
class Manual:
    """A checked manual tag: the type of its values, those allowed (none: any), how long one holds."""

    type: Type
    values: tuple[str, ...]
    expires: Span

    @property
    def needs(self) -> frozenset[str]:
        """It rests on what people set."""
        return frozenset()

    @property
    def formula(self) -> str:
        """Type, allowed values and expiry."""
        among = f" among {', '.join(self.values)}" if self.values else ""
        return f"set by hand as {self.type.value}{among}, for {self.expires}"

    def plan(self, planner: Planner) -> exp.Expression:
        """Return the staged value; anybody's may be set or expire at any time."""
        planner.restless()
        return planner.stored()

    def rests(self) -> None:
        """Rest on no facts."""

    def words(self, naming: Naming) -> Words:
        """Return e.g. “由人工设置，180天后失效，可选值：VIP、普通”."""
        en, zh = f"set by a person, for {self.expires.words.en}", f"由人工设置，{self.expires.words.zh}后失效"
        if not self.values:
            return Words(en, zh)
        return Words(f"{en}; one of {', '.join(self.values)}", f"{zh}；可选值：{'、'.join(self.values)}")


def canonical(text: str, type_: Type) -> str | None:
    """Return how the registry keeps a value of this type that a person wrote; None when it is not one."""
    plain = text.strip()
    try:
        return _READERS[type_](plain) or None
    except ValueError:
        return None


def _bool(text: str) -> str:
    lower = text.lower()
    return "true" if lower in _YES else "false" if lower in _NO else ""


def _matched(pattern: re.Pattern[str]) -> Callable[[str], str]:
    return lambda text: text if pattern.fullmatch(text) else ""


_READERS: Mapping[Type, Callable[[str], str]] = {
    Type.TEXT: str,
    Type.BOOL: _bool,
    Type.INTEGER: lambda text: str(int(text)) if _WHOLE.fullmatch(text) else "",
    Type.NUMBER: _matched(_NUMBER),
    Type.MONEY: _matched(_MONEY),
    Type.DATE: lambda text: date.fromisoformat(text).isoformat(),
}


@dataclass(frozen=True)
class Body:
    """A manual tag as written; nothing of it needs the model."""

    meaning: Manual

    def mentions(self) -> Iterator[Text]:
        """Name no tags."""
        return iter(())

    def check(self, checking: Checking) -> Meaning:
        """Return the meaning."""
        return self.meaning


def parse(fields: Fields, faults: Faults) -> Body | None:
    """Read manual: {type, values, expires}."""
    node = fields.node_of("manual", required=True) or Node(None)
    inner = Fields(Node({}, node.place) if node.value is None else node, "manual", faults)
    type_ = Type(inner.choice("type", [each.value for each in _READERS], Type.TEXT.value))
    values, expires = inner.texts("values"), span(inner.text("expires"), faults)
    inner.finish()
    for value in values:
        if canonical(value.text, type_) is None:
            en, zh = f"{value.text!r} is not a {type_.value}", f"“{value.text}”不是 {type_.value} 类型的值"
            faults.add(value.place, en, zh)
    allowed = tuple(kept for value in values if (kept := canonical(value.text, type_)) is not None)
    return Body(Manual(type_, allowed, expires or EXPIRES))


KIND = Kind(
    "manual",
    "manual",
    Words("values set by a person, with reason and expiry", "由人工设置的取值，须写明理由，到期失效"),
    parse,
    (
        Column("who", Type.TEXT, Words("set by", "设置人")),
        Column("reason", Type.TEXT, Words("reason", "理由")),
        Column("set_at", Type.TIME, Words("set at", "设置时间")),
        Column("expires_at", Type.TIME, Words("expires at", "失效时间")),
    ),
)
