"""How readers mark texts that are not simply the value of their cell, by private-use characters no text has."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

UNDECODABLE = 0xF700
"""A byte b that the text's encoding cannot decode is kept as the private-use character chr(UNDECODABLE + b)."""
NO_RESULT = "\uf6f0"
"""Stands before the formula of a cell that has no stored result."""
MERGED = "\uf6f1"
"""Stands before the value of a cell that is merged with the one above, and is filled down from there."""
ODD = f"[{chr(UNDECODABLE + 0x80)}-{chr(UNDECODABLE + 0xFF)}]"
"""Matches what stands for an undecodable byte."""
_LOST = re.compile(f"{ODD}|^{NO_RESULT}")
_FIRST_BYTE = b"\xef"
_BYTES = tuple(mark.encode()[:2] for mark in (NO_RESULT, chr(UNDECODABLE + 0x80), chr(UNDECODABLE + 0xC0)))


def is_lost(text: str) -> bool:
    """Say whether a text stands for a value that the file does not have."""
    return not text.isascii() and _LOST.search(text) is not None


def may_be_marked(texts: pa.ChunkedArray) -> bool:
    """Say whether any of a column's texts may have a mark; False is certain."""
    buffers = (chunk.buffers()[2] for chunk in texts.chunks if len(chunk.buffers()) == 3)
    # One byte is looked for first: that is many times as fast, and in most columns it is not there.
    return any(
        mark in data
        for data in (buffer.to_pybytes() for buffer in buffers if buffer is not None)
        if _FIRST_BYTE in data
        for mark in _BYTES
    )


def unmarked(texts: Any) -> Any:
    """Return a column of texts as people see them in the file: the formula of a cell without a result, no marks."""
    return pc.replace_substring_regex(texts, f"^[{NO_RESULT}{MERGED}]", "")


def values(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of texts without marks, null where the file has no value."""
    if not may_be_marked(texts):
        return texts
    lost = pc.match_substring_regex(texts, f"{ODD}|^{NO_RESULT}")
    return unmarked(pc.if_else(lost, pa.scalar(None, texts.type), texts))
