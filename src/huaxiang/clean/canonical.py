"""Text in its one canonical form: characters that are only another way of writing the same one become that one.

Width, composition, presentation and font go; what has a meaning of its own stays (™, ½, ㎡, ², ①, and full-width
punctuation of Chinese prose). Why so, and not NFKC: docs/decisions/0018-one-text-one-value.md. All are tables here;
convert.py makes SQL of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from huaxiang.missing import WHITE_SPACE

_SAME = frozenset({"<font>", "<narrow>", "<wide>", "<initial>", "<medial>", "<final>", "<isolated>"})
"""Compatibility decompositions (Unicode) that are the same character written otherwise."""
_RADICALS = ((0x2E80, 0x2FDF),)
"""A radical alone looks like the ideograph, and files made of PDF hold it instead."""
_OTHERWISE = (
    (0x2100, 0x214F),  # letterlike
    (0xFB13, 0xFDFB),  # presentation forms
    (0xFE70, 0xFEFC),
    (0xFF61, 0xFFDC),  # half-width kana, Hangul and punctuation
    (0xFFE8, 0xFFEE),
    (0x1D400, 0x1D7FF),  # mathematical letters
    (0x1EE00, 0x1EEFF),
)


def _otherwise() -> Iterator[tuple[str, str]]:
    for ranges, tags in ((_OTHERWISE, _SAME), (_RADICALS, {"<compat>"})):
        for first, last in ranges:
            for code in range(first, last + 1):
                tag = unicodedata.decomposition(chr(code)).partition(" ")[0]
                same = unicodedata.normalize("NFKC", chr(code))
                if tag in tags and len(same) == 1:
                    yield chr(code), same


_RARE = dict(_otherwise())
_WIDE = [chr(code) for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()]
_SPACES = [each for each in WHITE_SPACE if unicodedata.category(each) != "Cf" and each != " "]
_BIDI = [*map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))), "\u200e", "\u200f"]
_CONTROLS = [chr(code) for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc" and not chr(code).isspace()]
_DROPPED = ["\u200b", "\u2060", "\ufeff", "\u00ad", *_BIDI, *_CONTROLS[1:]]
"""Characters nobody sees; the null character, which no SQL can hold, is taken out by its number."""

LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_SCRIPTS = r"\p{Latin}\p{Greek}\p{Cyrillic}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
_JOINERS, _VARIANTS = r"\x{200C}\x{200D}", r"\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}"

PATTERNS = {
    # What ASCII and common Chinese texts do not hold.
    "odd": r"[^\x{20}-\x{7E}\x{2014}\x{2018}-\x{201D}\x{2026}\x{3001}-\x{3011}\x{4E00}-\x{9FFF}"
    r"\x{FF01}\x{FF08}\x{FF09}\x{FF0C}\x{FF1A}\x{FF1B}\x{FF1F}]",
    "rare": r"[\x{2100}-\x{214F}\x{2E80}-\x{2FDF}\x{FB00}-\x{FDFB}\x{FE70}-\x{FEFC}\x{FF61}-\x{FFEE}"
    r"\x{1D400}-\x{1D7FF}\x{1EE00}-\x{1EEFF}]",
    "rare_from": "".join(_RARE),
    "rare_to": "".join(_RARE.values()),
    "common_from": "".join([*_WIDE, *_SPACES, *_DROPPED]),
    "common_to": "".join([*(chr(ord(each) - 0xFEE0) for each in _WIDE), *(" " for _ in _SPACES)]),
    # Joiners and variants mean nothing beside these; they make emoji, and letters of Arabic and Indian scripts.
    "joined": rf"([{_SCRIPTS}\x{{20}}-\x{{7E}}\x{{3000}}-\x{{303F}}\x{{FF00}}-\x{{FFEF}}])[{_JOINERS}]+",
    "varied": rf"([{_SCRIPTS}\x{{3000}}-\x{{303F}}\x{{FF00}}-\x{{FFEF}}])[{_VARIANTS}]+",
    "dangling": rf"^[{_JOINERS}{_VARIANTS}]+|[{_JOINERS}]+$",
}
"""Constants of the templates: character tables (what has no counterpart is dropped) and regular expressions (RE2)."""


def _ligatures(text: str) -> str:
    for one, letters in LIGATURES.items():
        text = f"REPLACE({text}, '{one}', '{letters}')"
    return text


TEMPLATES = {
    "canonical": {
        "duckdb": """CASE WHEN REGEXP_MATCHES(:x, :odd) THEN NFC_NORMALIZE(REGEXP_REPLACE(REGEXP_REPLACE(
            REGEXP_REPLACE(TRANSLATE(:seen, :common_from, :common_to), :joined, '\\1', 'g'), :varied, '\\1', 'g'),
            :dangling, '', 'g')) ELSE :x END"""
    },
    "seen": {"duckdb": "REPLACE(:usual, CHR(0), '')"},
    # TRANSLATE makes its table anew for each text: the long one is for the few that need it.
    "usual": {
        "duckdb": "CASE WHEN REGEXP_MATCHES(:x, :rare) "
        f"THEN {_ligatures('TRANSLATE(:x, :rare_from, :rare_to)')} ELSE :x END"
    },
}
