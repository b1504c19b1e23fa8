"""Invented identifiers: phones, resident id cards, card numbers, WeChat ids, devices, mail addresses."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.simulate import text
from huaxiang.simulate.arrays import Ints

FILLER_PHONES = ("13800000000", "null", "00000000")

# Prefixes `phonenumbers` accepts whatever follows.
_MOBILE = np.array(
    [*range(130, 140), *range(150, 154), *range(155, 160), 166, 173, *range(175, 179), *range(180, 190), 191, 198, 199]
)
_LINES = 10**8
_CARD_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CARD_CHECK = np.frombuffer(b"10X98765432", dtype=np.uint8)
_WECHAT = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", dtype=np.uint8)
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_MAIL_HOSTS = ("qq.com", "qq.com", "qq.com", "163.com", "163.com", "126.com", "sina.com", "gmail.com", "outlook.com")


def phones(rng: np.random.Generator, count: int) -> Ints:
    """Return `count` different mobile numbers."""
    space = len(_MOBILE) * _LINES
    # A step that shares no factor with the space visits every number once before any twice.
    step = 2_971_215_073
    place = (np.arange(count + 1, dtype=np.int64) * step + int(rng.integers(space))) % space
    found = _MOBILE[place // _LINES] * _LINES + place % _LINES
    return np.asarray(found[found != int(FILLER_PHONES[0])][:count])


def mistyped(rng: np.random.Generator, numbers: Ints) -> Ints:
    """Return mobile numbers with one of the last eight digits wrong."""
    place = np.array([10**n for n in range(8)])[rng.integers(0, 8, len(numbers))]
    digit = numbers // place % 10
    wrong = (digit + rng.integers(1, 10, len(numbers))) % 10
    return np.asarray(numbers + (wrong - digit) * place)


def id_cards(rng: np.random.Generator, districts: Ints, birthdays: Ints, male: Ints) -> pa.Array:
    """Return 18-character id cards from six-digit district codes, yyyymmdd birthdays and 1 for men, 0 for women.

    A card another row already has is null.
    """
    serial = rng.integers(0, 500, len(districts)) * 2 + male
    body = districts.astype(np.int64) * 10**11 + birthdays.astype(np.int64) * 1000 + serial
    digits = body[:, None] // 10 ** np.arange(16, -1, -1) % 10
    check = _CARD_CHECK[digits @ _CARD_WEIGHTS % 11]
    cards = text.from_bytes(np.concatenate([digits + ord("0"), check[:, None]], axis=1))
    first = np.zeros(len(body), dtype=bool)
    first[np.unique(body, return_index=True)[1]] = True
    return text.blank_unless(cards, first, None)


def wechat_ids(rng: np.random.Generator, count: int, prefix: str) -> pa.Array:
    """Return `count` WeChat ids (unionid, openid) of 28 characters."""
    size = (count, 28 - len(prefix))
    letters = _WECHAT[np.frombuffer(rng.bytes(size[0] * size[1]), dtype=np.uint8).reshape(size) & 63]
    head = np.broadcast_to(np.frombuffer(prefix.encode(), dtype=np.uint8), (count, len(prefix)))
    return text.from_bytes(np.concatenate([head, letters], axis=1))


def devices(rng: np.random.Generator, count: int) -> pa.Array:
    """Return `count` device ids of 32 hexadecimal digits."""
    halves = np.frombuffer(rng.bytes(count * 32), dtype=np.uint8).reshape(count, 32) & 15
    return text.from_bytes(_HEX[halves])


def emails(rng: np.random.Generator, spelling: pa.Array) -> pa.Array:
    """Return a different mail address for each spelled surname."""
    count = len(spelling)
    number = (np.arange(count, dtype=np.int64) * 982_451_653 + int(rng.integers(10**9))) % 1_000_000_007 + 10**8
    host = rng.integers(0, len(_MAIL_HOSTS), count)
    local = pc.if_else(pa.array(host < 3), text.whole(number), text.glue(spelling, ".", text.whole(number)))
    return text.glue(local, "@", text.pick(_MAIL_HOSTS, host))


def member_numbers(rng: np.random.Generator, count: int) -> Ints:
    """Return `count` different card numbers (printed as M and eight digits) in random order."""
    return rng.permutation(count) + 1


def member_text(numbers: Ints) -> pa.Array:
    """Return card numbers as they are printed."""
    return text.glue("M", text.whole(numbers, 8))
