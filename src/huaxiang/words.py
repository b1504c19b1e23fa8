"""Words shown to people: every one in English and in Chinese."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

Language = Literal["en", "zh"]


@dataclass(frozen=True)
class Words:
    """One text in both languages of the product."""

    en: str
    zh: str

    def say(self, language: Language) -> str:
        """Return the text in `language` ("en" or "zh")."""
        return self.zh if language == "zh" else self.en


class Count(int):
    """A number of things: "{n}" is its digits, thousands apart; "{n:row|rows}" the word for one or for any other."""

    def __format__(self, form: str) -> str:
        """Return the digits, or the one of two words that fits them."""
        one, apart, many = form.partition("|")
        if not apart:
            return super().__format__(form or ",")
        return one if self == 1 else many


def language_of(locale: str) -> Language:
    """Return the language ("en" or "zh") of a locale such as "zh-CN" or "en_US.UTF-8"."""
    return "zh" if locale.lower().startswith("zh") else "en"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the word of `known` that `word` was most likely meant to be, or None when none is near."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    # A Chinese word is often two characters long, one of them wrong.
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.55 if word.isascii() else 0.5)
    return by_lower[found[0]] if found else None
