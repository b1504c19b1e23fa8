"""What calamine does not tell of an xlsx workbook, read from its XML.

Of a sheet: error cells (#DIV/0!, #N/A …) and formulas without a stored result, both of which it gives as empty. Read
only when the sheet holds any: a scan for `t="e"` and `<f` costs little beside reading the sheet. Of the workbook:
whether its days are counted from 1904.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path, PurePosixPath

from huaxiang.connectors.marks import NO_RESULT

Place = tuple[int, int]
"""Row from 1, column from 0."""

_ERROR = re.compile(rb'<(?:\w+:)?c\b[^>]*?\bt="e"[^>]*>.*?</(?:\w+:)?c>', re.DOTALL)
# A text that came out empty has its result: t="str" and an empty <v>.
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)"
    rb"\s*(<(?:\w+:)?v\s*/>|<(?:\w+:)?v[^>]*>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_PLACE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)</(?:\w+:)?v>")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_FROM_1904 = re.compile(rb'<(?:\w+:)?workbookPr\b[^>]*\bdate1904="(?:1|true)"')
_CHUNK = 1 << 20
_LONGEST = 1 << 16
"""No such cell with its formula is longer than this."""


def odd_cells(path: Path, sheet: str) -> dict[Place, str]:
    """Return the text of the sheet's error cells and of its formulas without a result; none for what is no xlsx."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as book:
        member = _member(book, sheet)
        return dict(_cells(book, member)) if member else {}


def counts_from_1904(path: Path) -> bool:
    """Say whether a workbook counts days from 1904, as those of old Macs do; False for what is no xlsx."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as book:
        try:
            return _FROM_1904.search(book.read("xl/workbook.xml")) is not None
        except KeyError:
            return False


def _cells(book: zipfile.ZipFile, member: str) -> Iterator[tuple[Place, str]]:
    rest = b""
    with book.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            data, end = rest + chunk, 0
            if b't="e"' in data:
                for found in _ERROR.finditer(data):
                    yield from _error(found[0])
                    end = max(end, found.end())
            if b"<f" in data or b":f" in data:
                for found in _FORMULA.finditer(data):
                    yield from _without_result(found)
                    end = max(end, found.end())
            rest = data[max(end, len(data) - _LONGEST) :]


def _error(xml: bytes) -> Iterator[tuple[Place, str]]:
    place, value = _PLACE.search(xml), _VALUE.search(xml)
    if place and value:
        yield (int(place[2]), _column(place[1])), unescape(value[1].decode())


def _without_result(found: re.Match[bytes]) -> Iterator[tuple[Place, str]]:
    place = _PLACE.search(found[1])
    if place and not (found[3] and b't="str"' in found[1]):
        formula = unescape((found[2] or b"").decode("utf-8", "replace"))
        yield (int(place[2]), _column(place[1])), f"{NO_RESULT}={formula}"


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
