"""Names of persons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.clean.normalise.base import NOTHING_DERIVED, Plain
from huaxiang.clean.normalise.fillers import FILLERS, is_filler
from huaxiang.clean.normalise.text import fold, one_spaced

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}·])\s+(?=[{_HAN}·])")
_DOTS = re.compile(r"\s*[·•‧∙・⋅]\s*")  # 买买提·吐尔逊 is written with many dots; U+00B7 is the standard's (GB/T 15834)
_TITLES = re.compile(r"^(?:(?:mr|mrs|ms|miss)\.?\s+)+|(?:\s*(?:先生|女士|小姐))+$", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_LONGEST = 100
_PLAIN = Plain(
    "[\u4e00-\u9fff]{2,4}",
    unless="|".join([".*(?:先生|女士|小姐)", *sorted(word for word in FILLERS if word.isalpha())]),
)


@dataclass(frozen=True)
class Name:
    """王小明 from "王 小明 先生". Titles are dropped and nothing is derived from them: they are not evidence enough."""

    kind: str = "name"

    @property
    def derived(self) -> Mapping[str, str]:
        """Nothing."""
        return NOTHING_DERIVED

    @property
    def plain(self) -> Plain | None:
        """Two to four Chinese characters without a title."""
        return _PLAIN

    def normalise(self, text: str) -> str | None:
        """Return the name without titles and without spaces between Chinese characters, None for fillers."""
        name = _BETWEEN_HAN.sub("", one_spaced(_DOTS.sub("·", fold(text))))
        while (bare := _TITLES.sub("", name).strip()) != name:
            name = bare
        return None if is_filler(name) or len(name) > _LONGEST or not _LETTER.search(name) else name

    def derive(self, canonical: str) -> tuple[str | None, ...]:
        """Return nothing."""
        return ()
