"""The errors real files have, planted on purpose and counted one by one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

# Faults after which a row cannot be used. The rest can be repaired or recognised.
QUARANTINE = ("negative_price", "impossible_date", "future_date", "too_few_fields", "too_many_fields")
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass
class Faults:
    """How many rows of each file carry which planted fault."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def plant(self, source: str, file: str, fault: str, rows: int) -> None:
        """Count `rows` more rows with `fault`."""
        if rows:
            self.counts[source, file, fault] += int(rows)

    def table(self) -> pa.Table:
        """Return source, file, fault, rows, and whether the row is beyond use (`quarantine`)."""
        rows = sorted(self.counts.items())
        columns: dict[str, list[object]] = {
            "source": [key[0] for key, _ in rows],
            "file": [key[1] for key, _ in rows],
            "fault": [key[2] for key, _ in rows],
            "rows": [count for _, count in rows],
            "quarantine": [key[2] in QUARANTINE for key, _ in rows],
        }
        return pa.table(columns)


def full_width(amount: str) -> str:
    """Return the text with full-width digits."""
    return amount.translate(_FULL_WIDTH)


def with_sign(amount: str) -> str:
    """Return 1234.50 as "￥1,234.50", quoted for a file with commas. GBK knows only the full-width yen sign."""
    return f'"￥{float(amount):,.2f}"'


def too_few(line: str) -> str:
    """Return a line of comma-separated fields without its last three."""
    return ",".join(line.rstrip("\n").split(",")[:-3]) + "\n"


def too_many(line: str) -> str:
    """Return a line of comma-separated fields with two more."""
    return line.rstrip("\n") + ",补打,1\n"


def impossible_dates() -> Iterator[str]:
    """Yield dates no calendar has, for ever."""
    while True:
        yield from ("2025/02/30 10:05", "2024/13/05 09:30", "2024/06/31 18:20", "2025/00/12 11:11")


def future(moment: str, until: date) -> str:
    """Return the moment "YYYY/MM/DD HH:MM", two years after `until`'s year."""
    later = f"{until.year + 2}{moment[4:]}"
    return later.replace("/02/29", "/02/28")


def dumps(value: object) -> str:
    """Return readable JSON, keys sorted."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
