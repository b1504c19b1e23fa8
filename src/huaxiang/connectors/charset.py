"""Which encoding a text is in, and decoding that loses no byte."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

import charset_normalizer

from huaxiang.connectors.marks import UNDECODABLE

CHINESE = "gb18030"
"""What a text in a Chinese project is taken to be in where its own bytes tell too little."""
KEEP = "huaxiang.keep"
"""Name of the codec error rule that keeps each undecodable byte as a private-use character."""
SAMPLE = 1 << 16
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_FEW = 5
"""Fewer different characters than this tell nothing for sure."""
_THREE = re.compile(rb"[\xe0-\xf7][\x80-\xbf]{2}")
_RUN = re.compile(rb"[\x80-\xff]+")
_ACCENTED = re.compile(
    rb"(?<=[A-Za-z])[\x80-\xff]{1,2}(?![\x80-\xff])|(?<![\x80-\xff])[\x80-\xff]{1,2}(?=[a-z]{2})"
    # ¢ £ ¤ ¥ of UTF-8 before an amount
    rb"|(?<![\x80-\xff])\xc2[\xa2-\xa5](?=[ ]?\d)"
)
_KEPT = re.compile("([\uf700-\uf7ff]+)")
_WESTERN = ("cp1252", "latin_1", "iso8859_15", "cp1250", "iso8859_2")
_OTHERS = [*_WESTERN, "big5", "shift_jis", "euc_kr", "cp1251", "koi8_r"]
# One decoder for the family: gb18030 reads all that the older two can say.
_SAME = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "utf_8_sig": "utf-8", "utf_8": "utf-8"}


def _keep(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(UNDECODABLE + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(KEEP, _keep)


def known(encoding: str) -> str:
    """Return the name used here for `encoding`. Raises LookupError when Python knows none of that name."""
    name = codecs.lookup(encoding).name.replace("-", "_")
    return _SAME.get(name, codecs.lookup(encoding).name)


def by_mark(head: bytes) -> tuple[str, int] | None:
    """Return the encoding that the first bytes of a file give away and the length of its mark, or None."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            return encoding, len(mark)
    sample = head[:4096]
    # Western text in UTF-16 without a mark has a zero in every second place.
    if len(sample) >= 4 and sample[1::2].count(0) > len(sample) * 0.3 and sample[::2].count(0) == 0:
        return "utf-16-le", 0
    if len(sample) >= 4 and sample[::2].count(0) > len(sample) * 0.3 and sample[1::2].count(0) == 0:
        return "utf-16-be", 0
    return None


@dataclass(frozen=True)
class Judged:
    """The most likely encoding of a text, whether its bytes leave little doubt, and of how many characters it has."""

    encoding: str
    sure: bool
    characters: int


def detect(block: bytes, expects: str = CHINESE) -> str:
    """Return the most likely encoding of a block of which some bytes are not ASCII."""
    return judge(block, expects).encoding


def judge(block: bytes, expects: str = CHINESE) -> Judged:
    """Judge a block of which some bytes are not ASCII; where they tell too little it is in what the project `expects`.

    `expects` is CHINESE, or "" where nothing is more likely than anything else.
    """
    sample = _foreign_lines(block)
    pairs = _PAIR.findall(sample)
    few = len(set(pairs)) < _FEW
    # Some characters of GBK are two bytes of UTF-8 too; Chinese in UTF-8 has three.
    doubtful = few and expects == CHINESE and _THREE.search(sample) is None and not _is_western(sample)
    if _share_bad(sample, "utf-8") <= 0.05 and not (doubtful and _share(pairs, _is_common_gb) >= 0.6):
        return Judged("utf-8", True, len(sample))
    bad_gb, bad_big5 = _share_bad(sample, "gb18030"), _share_bad(sample, "big5")
    chinese = expects == CHINESE and bad_gb <= 0.05 and not _is_western(sample)
    # Nearly any Big5 or accented Western text is also *valid* GBK: what tells is whether its characters are common.
    if bad_gb <= 0.05 and _share(pairs, _is_common_gb) >= 0.6:
        return Judged("gb18030", not few, len(pairs))
    if chinese and few:
        return Judged("gb18030", False, len(pairs))
    if bad_big5 <= 0.05 and _share(pairs, _is_common_big5) >= 0.7:
        return Judged("big5", not few, len(pairs))
    if chinese or (bad_gb <= 0.05 and _share(pairs, _is_gb2312) >= 0.7):
        return Judged("gb18030", not few and not chinese, len(pairs))
    if _share_bad(sample, "utf-8") <= 0.4:
        return Judged("utf-8", False, len(pairs))
    best = charset_normalizer.from_bytes(sample, cp_isolation=_OTHERS).best()
    return Judged("cp1252" if best is None or best.encoding in _WESTERN else best.encoding, False, len(pairs))


def _is_western(sample: bytes) -> bool:
    """Say whether most letters that are not ASCII stand alone within words of ASCII, as in "Müller", or before a
    number, as the sign of a currency does.
    """
    return len(_ACCENTED.findall(sample)) > 0.6 * len(_RUN.findall(sample))


def encode_back(text: str, encoding: str) -> bytes:
    """Return the bytes that `text` came from: kept bytes as they were, the rest in `encoding`."""
    pieces = _KEPT.split(text)
    return b"".join(
        bytes(ord(kept) - UNDECODABLE for kept in piece) if place % 2 else piece.encode(encoding, "replace")
        for place, piece in enumerate(pieces)
    )


def _foreign_lines(block: bytes) -> bytes:
    lines, size = [], 0
    for line in block.splitlines(keepends=True):
        if not line.isascii():
            lines.append(line[:SAMPLE])
            size += len(line)
            if size >= SAMPLE:
                break
    return b"".join(lines)


def _share_bad(sample: bytes, encoding: str) -> float:
    text = sample.decode(encoding, "replace")
    foreign = sum(1 for character in text if character > "\x7f")
    bad = text.count("\ufffd")
    return bad / max(foreign, 1)


def _share(pairs: list[bytes], test: Callable[[bytes], bool]) -> float:
    return sum(map(test, pairs)) / max(len(pairs), 1)


def _is_common_gb(pair: bytes) -> bool:
    return (0xB0 <= pair[0] <= 0xD7 or 0xA1 <= pair[0] <= 0xA3) and pair[1] >= 0xA1


def _is_gb2312(pair: bytes) -> bool:
    return 0xA1 <= pair[0] <= 0xF7 and pair[1] >= 0xA1


def _is_common_big5(pair: bytes) -> bool:
    return 0xA1 <= pair[0] <= 0xC6 and (pair[1] <= 0x7E or pair[1] >= 0xA1)
