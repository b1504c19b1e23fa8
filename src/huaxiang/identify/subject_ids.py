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
    digits = [subject >> (5 * place) & 31 for place in reversed(range(LENGTH))]
    return "C" + "".join(ALPHABET[digit] for digit in digits) + ALPHABET[_check(digits)]


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
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = digit * 2 if place % 2 == 0 else digit
        total += doubled // 32 + doubled % 32
    return -total % 32
