"""Small changes to bytes and texts, by a seeded source of chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

Chance = random.Random

WORDS = (
    "", " ", "null", "true", "0", "-1", "1e999", ".nan", "99999999999999999999", "0x", "''",
    '"', "'", "`", "[]", "{}", "[", "]", "{", "}", ": ", "- ", "&a x", "*a", "<<: *a",
    "!!int x", "!!python/object:os.system", "|", ">", "%", "@", "\t", "\r\n", "\n\n", "：",
    "，", "“", "#", "---\n", "\ufeff", "\x00", "\ud7ff", "\\ud83d", "𠮷", "\u202e", "${HOME}",
    "${NOT_SET}", "env:NOT_SET", "../", "/etc/passwd", "~", "sqlite:////etc/x", "data/*.csv",
    "data/**", "http://[::1", "count(*)", "sum(", "select 1", "(select 1)", "a" * 300,
    "('" * 90, "1 day", "0 days", "-3 months", "99999999 days", "now", "2024-02-30",
    "segment('a')", "in_segment('s')", "x > 1 and", "not " * 60, "(?=a)", "(a+)+", "[a",
    "\\1", "13800138000", "if(true, 1, 'a')", "1/0", "case when 1", "x;--", "'; drop table x",
)  # fmt: skip
"""What people paste, systems leave behind, and attackers try."""


def text(chance: Chance, base: str) -> str:
    """Return a text with one to four changes."""
    for _ in range(chance.randint(1, 4)):
        base = chance.choice(_TEXTS)(chance, base)
    return base


def data(chance: Chance, base: bytes) -> bytes:
    """Return bytes with one to four changes."""
    for _ in range(chance.randint(1, 4)):
        base = chance.choice(_BYTES)(chance, base)
    return base


def document(chance: Chance, value: object) -> object:
    """Return a JSON value with one of its values, at any depth, gone or another."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        if chance.random() < 0.15:
            return {each: inner for each, inner in value.items() if each != key}
        return {**value, key: document(chance, value[key])}
    if isinstance(value, list) and value and chance.random() < 0.9:
        place = chance.randrange(len(value))
        return [*value[:place], document(chance, value[place]), *value[place + 1 - (chance.random() < 0.3) :]]
    return chance.choice((None, True, 0, -1.5, 10**30, [], {}, [[1]], {"a": {"b": []}}, "2026-06-01", *WORDS))


def _span(chance: Chance, length: int, most: int = 40) -> tuple[int, int]:
    start = chance.randrange(length + 1)
    return start, min(length, start + chance.randrange(most))


def _cut(chance: Chance, base: str) -> str:
    start, stop = _span(chance, len(base))
    return base[:start] + base[stop:]


def _put(chance: Chance, base: str) -> str:
    start, stop = _span(chance, len(base), 12)
    return base[:start] + chance.choice(WORDS) + base[stop if chance.random() < 0.5 else start :]


def _again(chance: Chance, base: str) -> str:
    start, stop = _span(chance, len(base), 200)
    to = chance.randrange(len(base) + 1)
    return base[:to] + base[start:stop] * chance.choice((1, 1, 2, 30)) + base[to:]


def _value(chance: Chance, base: str) -> str:
    """Replace what stands behind a colon."""
    places = [place for place, sign in enumerate(base) if sign == ":"]
    if not places:
        return _put(chance, base)
    start = chance.choice(places) + 1
    stop = min((end for end in (base.find(sign, start) for sign in ",}\n") if end >= 0), default=len(base))
    return f"{base[:start]} {chance.choice(WORDS)}{base[stop:]}"


def _swap(chance: Chance, base: str) -> str:
    lines = base.splitlines(keepends=True)
    if len(lines) < 2:
        return _cut(chance, base)
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines)


def _letter(chance: Chance, base: str) -> str:
    place = chance.randrange(len(base) + 1)
    return base[:place] + chr(chance.choice((chance.randrange(128), chance.randrange(0xD800)))) + base[place + 1 :]


_TEXTS: Sequence[Callable[[Chance, str], str]] = (_cut, _put, _put, _again, _value, _value, _value, _swap, _letter)


def _bytes_cut(chance: Chance, base: bytes) -> bytes:
    start, stop = _span(chance, len(base), 400)
    return base[:start] + base[stop:]


def _end(chance: Chance, base: bytes) -> bytes:
    return base[: chance.randrange(len(base) + 1)]


def _flip(chance: Chance, base: bytes) -> bytes:
    changed = bytearray(base)
    for _ in range(chance.randint(1, 8)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _bytes_again(chance: Chance, base: bytes) -> bytes:
    start, stop = _span(chance, len(base), 300)
    to = chance.randrange(len(base) + 1)
    return base[:to] + base[start:stop] * chance.choice((1, 1, 2, 50)) + base[to:]


def _word(chance: Chance, base: bytes) -> bytes:
    to = chance.randrange(len(base) + 1)
    return base[:to] + chance.choice(WORDS).encode() + base[to:]


def _junk(chance: Chance, base: bytes) -> bytes:
    to = chance.randrange(len(base) + 1)
    return base[:to] + chance.randbytes(chance.randrange(64)) + base[to:]


_BYTES: Sequence[Callable[[Chance, bytes], bytes]] = (_bytes_cut, _end, _flip, _flip, _bytes_again, _word, _junk)
