"""Chinese texts spelt in Latin letters, for finding and for naming."""

from __future__ import annotations

from functools import cache, lru_cache
from types import ModuleType

from huaxiang.loading import load_module


@lru_cache(maxsize=65_536)
def syllables(text: str) -> tuple[str, ...]:
    """Return a text in pinyin, what is not Chinese as it is: 会员VIP → hui, yuan, VIP."""
    return tuple(_library().lazy_pinyin(text))


@lru_cache(maxsize=65_536)
def initials(text: str) -> tuple[str, ...]:
    """Return the first letter of each syllable, what is not Chinese as it is: 会员VIP → h, y, VIP."""
    return tuple(_library().lazy_pinyin(text, style=_library().Style.FIRST_LETTER))


@cache
def _library() -> ModuleType:
    # Its dictionary takes a third of a second: it is loaded by whoever searches, not by every command.
    return load_module("pypinyin")
