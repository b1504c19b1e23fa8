"""A sample retailer's raw files and truth, read as plainly as possible."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from huaxiang.simulate import Summary

CUSTOMERS = 800
UNTIL = date(2025, 6, 30)
POS_FIELDS = 13


PLAIN = str.maketrans("０１２３４５６７８９", "0123456789", " -")


def mobile(text: str | float) -> str:
    """Return the digits of a phone as people write it."""
    whole = str(int(text)) if isinstance(text, float) else text
    return whole.translate(PLAIN).removeprefix("+86")


@dataclass(frozen=True)
class Shop:
    """Where the sample retailer lies, and what simulate said of it."""

    folder: Path
    summary: Summary

    def truth(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a table of the truth."""
        return pq.read_table(self.folder / "truth" / f"{name}.parquet").to_pylist()

    def parquet(self, path: str) -> list[dict[str, Any]]:
        """Return the rows of a raw parquet file."""
        return pq.read_table(self.folder / "data" / path).to_pylist()

    def settings(self) -> dict[str, Any]:
        """Return the parameters of the truth."""
        found: dict[str, Any] = json.loads((self.folder / "truth/parameters.json").read_text("utf-8"))
        return found

    def files(self, pattern: str) -> list[Path]:
        """Return the raw files of a pattern, sorted."""
        return sorted((self.folder / "data").glob(pattern))

    def pos(self) -> Iterator[tuple[str, list[str]]]:
        """Yield file name and fields of each receipt line, sound or not."""
        for path in self.files("pos/receipts-*.csv.gz"):
            text = gzip.decompress(path.read_bytes()).decode("gbk")
            yield from ((path.name, row) for row in list(csv.reader(io.StringIO(text)))[1:])

    def json_lines(self, pattern: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of JSON lines files."""
        for path in self.files(pattern):
            yield from map(json.loads, path.read_text("utf-8").splitlines())

    def crm(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield file name and row, by header, of the workbooks."""
        for path in self.files("crm/*.xlsx"):
            rows = CalamineWorkbook.from_path(path).get_sheet_by_name("会员资料").to_python()
            yield from ((path.name, dict(zip(rows[0], row, strict=True))) for row in rows[1:])

    def calls(self) -> Iterator[dict[str, str]]:
        """Yield the calls."""
        for path in self.files("calls/*.csv"):
            yield from csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), delimiter=";")
