"""Whatever the definitions and the facts: families give what one computation per tag, in plain Python, gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tag.tag_shop import AS_OF, Row, build, local_day, tags_of, warehouse

Rows = list[Row]

CONDITIONS: dict[str, Callable[[Row], bool]] = {
    "event = 'buy'": lambda row: row["event"] == "buy",
    "event = 'view'": lambda row: row["event"] == "view",
    "event = 'never'": lambda row: False,
    "category = 'b'": lambda row: row["category"] == "b",
    "amount > 2": lambda row: row["amount"] is not None and row["amount"] > 2,
    "event in ('buy', 'cart')": lambda row: row["event"] in ("buy", "cart"),
    "event <> 'buy'": lambda row: row["event"] not in (None, "buy"),
    "category is null or duration >= 1": lambda row: (
        row["category"] is None or (row["duration"] is not None and row["duration"] >= 1)
    ),
}
WINDOWS = ("", "1 day", "3 days", "30 days", "150 days", "12 hours")
COLUMNS = ("event", "category", "session", "day", "amount", "duration", "occurred_at", "channel")
NUMBERS = ("amount", "duration")


@dataclass(frozen=True)
class Wanted:
    aggregate: str
    column: str
    conditions: tuple[str, ...]
    window: str
    per: bool = False

    @property
    def value(self) -> str:
        if self.aggregate == "count(*)":
            return self.aggregate
        return f"count(distinct {self.column})" if self.aggregate == "distinct" else f"{self.aggregate}({self.column})"

    def yaml(self, code: str) -> str:
        where = f', where: "{" and ".join(f"({each})" for each in self.conditions)}"' if self.conditions else ""
        window = f", window: {self.window}" if self.window else ""
        per = ", per: session" if self.per else ""
        return f"- {{tag: {code}, from: events, value: {self.value}{where}{window}{per}}}\n"

    def naive(self, rows: Rows) -> Any:
        kept = [row for row in rows if row["occurred_at"] <= AS_OF and all(CONDITIONS[c](row) for c in self.conditions)]
        if self.window:
            count, unit = self.window.split()
            edge = AS_OF - timedelta(**{unit if unit.endswith("s") else unit + "s": int(count)})
            kept = [row for row in kept if row["occurred_at"] >= edge]
        return (
            _together(self.aggregate, self.column, kept) if self.per else _aggregate(self.aggregate, self.column, kept)
        )


def _aggregate(aggregate: str, column: str, rows: Rows) -> Any:
    if aggregate == "count(*)":
        return len(rows)
    pairs = [(row["occurred_at"], row[column]) for row in rows if row[column] is not None]
    values = [value for _, value in pairs]
    if aggregate in ("count", "distinct"):
        return len(values) if aggregate == "count" else len(set(values))
    if not values:
        return None
    if aggregate == "first":
        return min(pairs)[1]
    if aggregate == "last":
        latest = max(at for at, _ in pairs)
        return min(value for at, value in pairs if at == latest)
    if aggregate == "mode":
        counts = Counter(values)
        return min(value for value in counts if counts[value] == max(counts.values()))
    total = sum((Decimal(str(value)) for value in values), Decimal(0)) if column in NUMBERS else None
    return {
        "sum": lambda: total,
        "avg": lambda: total / len(values),
        "min": lambda: min(values),
        "max": lambda: max(values),
    }[aggregate]()


def _together(aggregate: str, column: str, rows: Rows) -> Any:
    """The same, where the facts of one session count as one."""
    rows = [row for row in rows if row["session"] is not None]
    if aggregate == "count(*)":
        return len({row["session"] for row in rows})
    pairs = {(row["session"], row[column]) for row in rows if row[column] is not None}
    sessions = {session for session, _ in pairs}
    if aggregate == "count":
        return len(sessions)
    if not pairs:
        return None
    if aggregate == "mode":
        counts = Counter(value for _, value in pairs)
        return min(value for value in counts if counts[value] == max(counts.values()))
    return sum((Decimal(str(row[column])) for row in rows if row[column] is not None), Decimal(0)) / len(sessions)


wanted = (
    st.builds(
        Wanted,
        st.sampled_from(["count(*)", "count", "distinct", "first", "last", "mode", "min", "max"]),
        st.sampled_from(COLUMNS),
        st.lists(st.sampled_from(sorted(CONDITIONS)), max_size=2, unique=True).map(tuple),
        st.sampled_from(WINDOWS),
    )
    | st.builds(
        Wanted,
        st.sampled_from(["sum", "avg"]),
        st.sampled_from(NUMBERS),
        st.lists(st.sampled_from(sorted(CONDITIONS)), max_size=2, unique=True).map(tuple),
        st.sampled_from(WINDOWS),
    )
    | st.builds(
        Wanted,
        st.sampled_from(["count(*)", "count", "mode", "avg"]),
        st.sampled_from(NUMBERS),
        st.lists(st.sampled_from(sorted(CONDITIONS)), max_size=2, unique=True).map(tuple),
        st.sampled_from(WINDOWS),
        st.just(True),
    )
    | st.builds(
        Wanted,
        st.sampled_from(["count", "mode"]),
        st.sampled_from(COLUMNS),
        st.lists(st.sampled_from(sorted(CONDITIONS)), max_size=2, unique=True).map(tuple),
        st.sampled_from(WINDOWS),
        st.just(True),
    )
)


def _with_day(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"day": local_day(row["occurred_at"])}


row = st.fixed_dictionaries(
    {
        "subject": st.sampled_from([1, 2, 3, None]),
        # Few moments, so that many facts tie; edges of the windows, and moments after as_of.
        "occurred_at": st.sampled_from([0, 0.5, 0.75, 1, 1.25, 3, 29.9, 30, 31, 149, 150, 151, 400, -0.25, -2]).map(
            lambda days: AS_OF - timedelta(days=days)
        ),
        "event": st.sampled_from(["buy", "view", "cart", None]),
        "category": st.sampled_from(["a", "b", "c", None]),
        "session": st.sampled_from(["s1", "s2", "s3", None]),
        "channel": st.sampled_from(["app", "store"]),
        "amount": st.none() | st.integers(-300, 500).map(lambda cents: Decimal(cents) / 100),
        "duration": st.none() | st.sampled_from([0.1, 0.2, 0.7, 1.5, 3.0]),
    }
).map(_with_day)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(wanted, min_size=1, max_size=8), st.lists(row, max_size=25), st.integers(0, 9), st.booleans())
def test_families_equal_one_computation_per_tag(all_wanted: list[Wanted], rows: Rows, seed: int, enums: bool) -> None:
    tagset = tags_of("".join(each.yaml(f"t{number}") for number, each in enumerate(all_wanted)))
    with warehouse([1, 2, 3, 4], {"events": rows}, shuffled=seed, enums=enums) as engine:
        found = build(engine, tagset)
    for subject in (1, 2, 3, 4):
        own = [row for row in rows if row["subject"] == subject]
        for number, each in enumerate(all_wanted):
            expected, value = each.naive(own), found[subject][f"t{number}"]
            if isinstance(expected, Decimal) and isinstance(value, float):
                assert abs(value - float(expected)) < 1e-9, (subject, each)
            else:
                assert value == expected, (subject, each)
