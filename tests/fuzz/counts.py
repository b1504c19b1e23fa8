"""What came of trying: how often what, what raised, and rows that nobody accounts for."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

SHOWN = 5


@dataclass
class Counts:
    """Of one kind of input. `raised` and `unaccounted` are faults of ours."""

    what: str
    tried: int = 0
    came: Counter[str] = field(default_factory=Counter)
    raised: list[str] = field(default_factory=list)
    rows: int = 0
    unaccounted: int = 0

    @contextmanager
    def trying(self, name: str, given: object = "") -> Iterator[None]:
        """Count one try, and what it raises."""
        self.tried += 1
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            where = "".join(traceback.format_exception(error)[-4:])
            self.raised.append(f"{name}: {type(error).__name__}: {error}\n{where}\n{given!r:.1500}")

    def note(self, came: str) -> None:
        """Count what came of it."""
        self.came[came] += 1

    def account(self, read: int, accounted: int) -> None:
        """Count rows read, and those of them that are neither facts nor duplicates nor in quarantine."""
        self.rows += read
        self.unaccounted += abs(read - accounted)

    def __str__(self) -> str:
        came = ", ".join(f"{count:,} {what}" for what, count in self.came.most_common())
        lines = [f"{self.what}: {self.tried:,} tried ({came}); {len(self.raised):,} exceptions"]
        if self.rows:
            lines[0] += f"; {self.rows:,} rows, {self.unaccounted:,} unaccounted"
        return "\n".join([*lines, *self.raised[:SHOWN]])
