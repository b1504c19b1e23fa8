"""The id of a customer that people see: "C", 13 characters for the number, one that catches a slip of the hand."""

from __future__ import annotations

from huaxiang.errors import NotFound
from huaxiang.words import Words

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U."""
LENGTH = 13
_PLACE = {character: place for place, character in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}


def encode_subject(subject: int) -> str:
    """Return the public id of a subject number (0 to 2⁶³ − 1)."""
    if not 0 <= subject < 1 << 63:
        raise ValueError("a subject is a positive number of 63 bits")
    first = subject >> 60
    text, total = ALPHABET[first], _weight(first, True)
    for shift in _SHIFTS:
        pair, weight = _PAIRS[subject >> shift & 1023]
        text += pair
        total += weight
    return f"C{text}{ALPHABET[-total % 32]}"


def decode_subject(text: str) -> int:
    """Return the subject number of a public id; case, spaces and hyphens do not matter, nor O for 0, I or L for 1.

    Raises NotFound when `text` is not an id: too short, or with a slip in it.
    """
    plain = text.strip().upper().replace("-", "").replace(" ", "")
    digits = [_PLACE.get(character, -1) for character in plain[1:]]
    if not plain.startswith("C") or len(digits) != LENGTH + 1 or -1 in digits or _check(digits[:-1]) != digits[-1]:
        raise not_a_customer()
    subject = 0
    for digit in digits[:-1]:
        subject = subject << 5 | digit
    if subject >= 1 << 63:
        raise not_a_customer()
    return subject


def not_a_customer() -> NotFound:
    """Return the error for an id nobody has; the id itself is not repeated."""
    return NotFound(Words("there is no customer with this id", "没有这个编号的客户"))


def _check(digits: list[int]) -> int:
    # Luhn's rule modulo 32: finds every wrong character and nearly every swap of two neighbours.
    return -sum(_weight(digit, place % 2 == 0) for place, digit in enumerate(reversed(digits))) % 32


def _weight(digit: int, doubled: bool) -> int:
    number = digit * 2 if doubled else digit
    return number // 32 + number % 32


_SHIFTS = (50, 40, 30, 20, 10, 0)
# Thousands of ids are written every second: two characters are looked up at once, with what they weigh.
_PAIRS = [
    (ALPHABET[high] + ALPHABET[low], _weight(high, False) + _weight(low, True))
    for high in range(32)
    for low in range(32)
]
