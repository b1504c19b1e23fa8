"""How amounts are written in a currency: its marks, and the patterns that take an amount apart or refuse another's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

CURRENCIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "CNY": ("¥", "cn¥", "rmb¥", "rmb", "人民币", "元", "块", "块钱", "圆"),
        "HKD": ("$", "hk$", "港币", "港幣", "港元", "元", "圓"),
        "TWD": ("$", "nt$", "ntd", "nt", "新台币", "新臺幣", "新台幣", "台币", "台幣", "元", "圓"),
        "MOP": ("$", "mop$", "澳门币", "澳門幣", "澳门元", "元", "圓"),
        "USD": ("$", "us$", "美元", "美金"),
        "EUR": ("€", "欧元", "歐元", "euro", "euros"),
        "GBP": ("£", "英镑", "英鎊"),
        "JPY": ("¥", "jp¥", "円", "日元", "日圆", "日圓", "yen"),
        "KRW": ("₩", "韩元", "韓元", "won"),
        "SGD": ("$", "s$", "sg$", "新加坡元", "新币"),
        "AUD": ("$", "a$", "au$", "澳元"),
        "CAD": ("$", "c$", "ca$", "加元"),
        "NZD": ("$", "nz$"),
        "MXN": ("$", "mx$"),
        "BRL": ("r$",),
        "INR": ("₹", "rs", "rs."),
        "THB": ("฿", "泰铢", "baht"),
        "VND": ("₫", "đ"),
        "RUB": ("₽", "卢布"),
        "MYR": ("rm",),
        "CHF": ("fr.", "瑞郎"),
        "PHP": ("₱",),
        "IDR": ("rp",),
        "TRY": ("₺",),
        "ILS": ("₪",),
    }
)
"""By its code of ISO 4217, the marks (lower-case) before or after an amount; the code itself is one, too."""

EVERY = ""
"""In the place of a code: any currency."""
_DIGITS = r"(?:\d{1,3}(?:[, ]\d{3})+|\d+)(?:\.\d*)?|\.\d+"
_UNITS = "%|千|万|百万|千万|亿|万亿"


@cache
def amount_pattern(currency: str) -> str:
    """Return the pattern (RE2) of an amount in a currency, its groups sign, later sign, digits, exponent and unit."""
    mark = f"(?:{_either(_marks(currency))})"
    return (
        rf"(?i)^(?:([-+]?)\s*{mark}?|{mark}\s*([-+]))\s*({_DIGITS})(e[-+]?\d{{1,2}})?"
        rf"\s*({_UNITS})?\s*{mark}?$"
    )


@cache
def sign(currency: str) -> str:
    """Return the sign that stands right before the digits of most amounts of a currency, "," where there is none."""
    first = CURRENCIES.get(currency, ("",))[0]
    return first if len(first) == 1 else ","


@cache
def grouped_pattern(currency: str) -> str:
    """Return the pattern of the commonest amounts that are no plain number: ¥12, 1,234.50."""
    grouped = r"\d{1,3}(?:,\d{3})+"
    if sign(currency) == ",":
        return rf"[-+]?{grouped}(?:\.\d+)?"
    mark = "[¥￥]" if sign(currency) == "¥" else re.escape(sign(currency))
    return rf"[-+]?(?:{mark}\d+|{mark}?{grouped})(?:\.\d+)?"


@cache
def foreign_pattern(currency: str) -> str:
    """Return the pattern of what looks like an amount in another currency than one."""
    mark = _either(_marks(EVERY) - _marks(currency))
    return rf"(?i)^[-+(\s]*(?:{mark})\s*[-+(]?\s*[.\d]|\d[\s)]*(?:{_UNITS})?\s*(?:{mark})\s*$"


def _marks(currency: str) -> frozenset[str]:
    if currency == EVERY:
        return frozenset().union(*map(_marks, CURRENCIES))
    return frozenset({currency.lower(), *CURRENCIES.get(currency, ())})


def _either(marks: Iterable[str]) -> str:
    # The longest first: of "hk$" its "$" alone is none.
    return "|".join(re.escape(mark) for mark in sorted(marks, key=lambda mark: (-len(mark), mark)))
