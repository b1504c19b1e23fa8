"""Values as people read them: money with its currency, dates in the project's zone, lists, yes and no."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from huaxiang.model import Type
from huaxiang.project import Project
from huaxiang.read.terms import VALUES, same, term
from huaxiang.tag.definition import Tag
from huaxiang.words import Words

UNKNOWN = Words("unknown", "未知")
_SIGNS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "TWD": "NT$", "KRW": "₩"}
_YES, _NO = Words("Yes", "是"), Words("No", "否")


def local(at: datetime, zone: str) -> datetime:
    """Return a UTC moment (naive) as the wall clock of `zone` (naive)."""
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def utc(at: datetime, zone: str) -> datetime:
    """Return a wall clock of `zone` (naive) as the UTC moment (naive)."""
    return at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


def show(value: Any, type_: Type, project: Project) -> Words:
    """Return a value of a fact or tag as text."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return _YES if value else _NO
    if type_ is Type.MONEY:
        return same(money(value, project.currency))
    if isinstance(value, datetime):
        return same(f"{local(value, project.zone):%Y-%m-%d %H:%M}")
    if isinstance(value, date):
        return same(value.isoformat())
    if isinstance(value, int | float | Decimal):
        return same(number(value))
    if isinstance(value, list | tuple):
        items = [show(each, Type.TEXT, project) for each in value]
        return Words(", ".join(each.en for each in items), "、".join(each.zh for each in items)) if items else UNKNOWN
    return term(VALUES, str(value))


def show_tag(value: Any, tag: Tag, type_: Type, project: Project) -> Words:
    """Return a tag's value as text: the words its definition gives that value, its format and its unit."""
    if value is None:
        return UNKNOWN
    named = value_names(tag)
    if type_ is Type.TEXTS and named and value:
        items = [named.get(str(each)) or term(VALUES, str(each)) for each in value]
        return Words(", ".join(each.en for each in items), "、".join(each.zh for each in items))
    if str(value) in named:
        return named[str(value)]
    if tag.format in ("percent", "%") and isinstance(value, int | float | Decimal):
        return same(f"{float(value):.1%}")
    shown = show(value, type_, project)
    if tag.unit.zh and type_.numeric and type_ is not Type.MONEY:
        return Words(f"{shown.en} {tag.unit.en}", f"{shown.zh} {tag.unit.zh}")
    return shown


def value_names(tag: Tag) -> Mapping[str, Words]:
    """Return the words that a tag's definition gives its values."""
    return {each.value: each.name for each in tag.values}


def money(value: Any, currency: str) -> str:
    """Return an amount with the sign of its currency: ¥1,234.50, ¥1,200."""
    amount = Decimal(str(value)).quantize(Decimal("0.01"))
    digits = f"{abs(amount):,.2f}".removesuffix(".00")
    return f"{'-' if amount < 0 else ''}{_SIGNS.get(currency, currency + ' ')}{digits}"


def number(value: Any) -> str:
    """Return a number with thousands apart and at most two decimals."""
    if isinstance(value, int):
        return f"{value:,}"
    text = f"{float(value):,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(part: int, whole: int) -> float:
    """Return part of whole, 0 to 1; of nothing it is 0."""
    return part / whole if whole else 0.0
