"""The error cells (#DIV/0!, #N/A …) of an xlsx sheet, which calamine gives as empty.

Read from the sheet's XML, and only when that holds any: a scan for `t="e"` costs little beside reading the sheet.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path, PurePosixPath

_ERROR = re.compile(rb'<c\b[^>]*?\bt="e"[^>]*>.*?</c>', re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_VALUE = re.compile(rb"<v>([^<]*)</v>")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_CHUNK = 1 << 20
_LONGEST = 1 << 16
"""No error cell with its formula is longer than this."""


def error_cells(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """Return {(row from 1, column from 0): text} of the sheet's error cells; none for what is not an xlsx."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as book:
        member = _member(book, sheet)
        return dict(_cells(book, member)) if member else {}


def _cells(book: zipfile.ZipFile, member: str) -> Iterator[tuple[tuple[int, int], str]]:
    rest = b""
    with book.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            data = rest + chunk
            if b't="e"' not in data:
                rest = data[-_LONGEST:]
                continue
            end = 0
            for found in _ERROR.finditer(data):
                yield from _cell(found[0])
                end = found.end()
            rest = data[max(end, len(data) - _LONGEST) :]


def _cell(xml: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    place, value = _PLACE.search(xml), _VALUE.search(xml)
    if place and value:
        yield (int(place[2]), _column(place[1])), unescape(value[1].decode())


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _member(book: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the name inside the zip of the sheet's XML."""
    try:
        sheets, relations = book.read("xl/workbook.xml"), book.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return None
    targets = {_attribute(tag, "Id"): _attribute(tag, "Target") for tag in _RELATION.findall(relations)}
    for tag in _SHEET.findall(sheets):
        if _attribute(tag, "name") == sheet:
            target = targets.get(_attribute(tag, "r:id"))
            name = (
                None
                if target is None
                else (target[1:] if target.startswith("/") else str(PurePosixPath("xl") / target))
            )
            return name if name in book.namelist() else None
    return None


def _attribute(tag: bytes, name: str) -> str | None:
    found = re.search(rf'\s{name}="([^"]*)"'.encode(), tag)
    return unescape(found[1].decode()) if found else None
