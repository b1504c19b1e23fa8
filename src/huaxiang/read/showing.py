"""Values as people read them: money with its currency, dates in the project's zone, lists, yes and no."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from huaxiang.codes import value_words
from huaxiang.model import Type
from huaxiang.project import Project
from huaxiang.read.terms import same
from huaxiang.tag.definition import Tag
from huaxiang.words import Words

UNKNOWN = Words("unknown", "未知")
_SIGNS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "TWD": "NT$", "KRW": "₩"}
_PERCENT = ("percent", "%")
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
    return value_words(str(value))


def worded(value: Any, tag: Tag, type_: Type, project: Project) -> Words:
    """Return a value of a tag as text: the words its definition gives that value, its format and its unit.

    Values of a customer go through sensitive.show_tag.
    """
    if value is None:
        return UNKNOWN
    named = value_names(tag)
    if type_ is Type.TEXTS and named and value:
        items = [named.get(str(each)) or value_words(str(each)) for each in value]
        return Words(", ".join(each.en for each in items), "、".join(each.zh for each in items))
    if str(value) in named:
        return named[str(value)]
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        text = show_number(value, tag, type_, project)
        if tag.unit.zh and not is_money(tag, type_) and tag.format not in _PERCENT:
            unit = tag.unit.en.removesuffix("s") if value == 1 else tag.unit.en
            return Words(f"{text} {unit}", f"{text} {tag.unit.zh}")
        return same(text)
    return show(value, type_, project)


def show_number(value: Any, tag: Tag, type_: Type, project: Project) -> str:
    """Return a number of a tag in the tag's format, without its unit."""
    if is_money(tag, type_):
        return money(value, project.currency)
    if tag.format in _PERCENT:
        return f"{float(value) * 100:.1f}".removesuffix(".0") + "%"
    return number(value)


def is_money(tag: Tag, type_: Type) -> bool:
    """Whether a tag's numbers are amounts of money: by type, or because its definition says so."""
    return type_ is Type.MONEY or tag.format == "money"


def value_names(tag: Tag) -> Mapping[str, Words]:
    """Return the words that a tag's definition gives its values."""
    return tag.value_names


def money(value: Any, currency: str) -> str:
    """Return an amount with the sign of its currency: ¥1,234.50, ¥1,200."""
    amount = Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)
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
