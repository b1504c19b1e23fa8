"""The ready tags over again, in plain Python: one customer's facts as lists of rows, no engine, no SQL, no planner.

A formula takes a customer and gives the value of a tag; `Customer[code]` is another tag's. The helpers below make
formulas; the tables of formulas stand in ready_tags.py.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]
Test = Callable[[Row], bool | None]
_LONG_AGO = datetime(1, 1, 1)


@dataclass(frozen=True)
class Town:
    """Everybody's facts, what the moment is, and the clock of the project."""

    facts: Mapping[str, Sequence[Row]]
    formulas: Mapping[str, Formula]
    as_of: datetime
    zone: str
    people: int
    _known: dict[int, Customer] = field(default_factory=dict)

    def everybody(self) -> list[Customer]:
        """Return all customers."""
        return [self.of(subject) for subject in range(1, self.people + 1)]

    def of(self, subject: int) -> Customer:
        """Return one customer."""
        return self._known.setdefault(subject, Customer(self, subject))

    def clock(self, at: datetime) -> datetime:
        """Return the wall clock at a UTC moment."""
        return at.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    @property
    def today(self) -> date:
        """The calendar date of the moment."""
        return self.clock(self.as_of).date()

    def edge(self, days: int) -> datetime:
        """Return the UTC moment at which the same wall clock stood so many days ago."""
        back = self.clock(self.as_of) - timedelta(days=days)
        return back.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC).replace(tzinfo=None)

    def day_of(self, moment: datetime | date) -> date:
        """Return the calendar date of a moment or of a date."""
        return self.clock(moment).date() if isinstance(moment, datetime) else moment


@dataclass(frozen=True)
class Customer:
    """One customer: the facts that had happened, and the values of tags."""

    town: Town
    subject: int
    _values: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, code: str) -> Any:
        if code not in self._values:
            self._values[code] = self.town.formulas[code](self)
        return self._values[code]

    def rows(self, table: str, where: Test | None = None, days: int | None = None) -> list[Row]:
        """Return the facts of a table that meet a condition, of the last `days`."""
        edge = self.town.edge(days) if days else None
        found = []
        for row in self.town.facts[table]:
            at = row["occurred_at"]
            if row["subject"] != self.subject or (at is not None and at > self.town.as_of):
                continue
            if edge is not None and (at is None or at < edge):
                continue
            if where is None or where(row):
                found.append(row)
        return found

    def days_since(self, moment: datetime | date | None) -> int | None:
        """Return calendar days up to today."""
        return None if moment is None else (self.town.today - self.town.day_of(moment)).days

    def years_since(self, moment: datetime | date | None) -> int | None:
        """Return full years up to today."""
        if moment is None:
            return None
        today, born = self.town.today, self.town.day_of(moment)
        if born > today:
            return -Customer._full(today, born)
        return Customer._full(born, today)

    @staticmethod
    def _full(born: date, today: date) -> int:
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


Formula = Callable[[Customer], Any]


def one_of(column: str, *values: str) -> Test:
    """Rows whose column is one of these."""
    return lambda row: row[column] in values


def known(rows: Iterable[Row], column: str) -> list[Any]:
    """Return the known values of a column."""
    return [row[column] for row in rows if row[column] is not None]


def count(table: str, where: Test | None = None, days: int | None = None) -> Formula:
    """How many facts."""
    return lambda me: len(me.rows(table, where, days))


def different(table: str, column: str, where: Test | None = None, days: int | None = None) -> Formula:
    """How many different known values."""
    return lambda me: len(set(known(me.rows(table, where, days), column)))


def active_days(table: str, days: int) -> Formula:
    """How many calendar days with a fact."""
    return lambda me: len({me.town.day_of(row["occurred_at"]) for row in me.rows(table, None, days)})


def total(table: str, column: str, where: Test | None = None, days: int | None = None, default: Any = None) -> Formula:
    """The sum of the known values; `default` without any."""

    def formula(me: Customer) -> Any:
        values = known(me.rows(table, where, days), column)
        return sum(values) if values else default

    return formula


def mean(table: str, column: str, where: Test | None = None, days: int | None = None) -> Formula:
    """The mean of the known values."""

    def formula(me: Customer) -> Any:
        values = known(me.rows(table, where, days), column)
        return float(sum(values)) / len(values) if values else None

    return formula


def greatest(table: str, column: str, where: Test | None = None, days: int | None = None) -> Formula:
    """The greatest known value."""
    return lambda me: max(known(me.rows(table, where, days), column), default=None)


def least(table: str, column: str, where: Test | None = None, days: int | None = None) -> Formula:
    """The least known value."""
    return lambda me: min(known(me.rows(table, where, days), column), default=None)


def latest(table: str, column: str, where: Test | None = None, default: Any = None) -> Formula:
    """The known value that was stated last; of several at one moment the smallest."""

    def formula(me: Customer) -> Any:
        rows = [row for row in me.rows(table, where) if row[column] is not None]
        if not rows:
            return default
        last = max(row["occurred_at"] or _LONG_AGO for row in rows)
        return min(row[column] for row in rows if (row["occurred_at"] or _LONG_AGO) == last)

    return formula


def earliest(table: str, column: str) -> Formula:
    """The known value that was stated first; of several at one moment the smallest."""

    def formula(me: Customer) -> Any:
        rows = [row for row in me.rows(table) if row[column] is not None]
        if not rows:
            return None
        first = min(row["occurred_at"] for row in rows)
        return min(row[column] for row in rows if row["occurred_at"] == first)

    return formula


def commonest(
    table: str, column: str, where: Test | None = None, days: int | None = None, per: str | None = None
) -> Formula:
    """The most frequent known value, each counted once `per` value of another column; of equals the smallest."""

    def formula(me: Customer) -> Any:
        rows = [row for row in me.rows(table, where, days) if row[column] is not None]
        if per:
            pairs = {(row[per], row[column]) for row in rows if row[per] is not None}
            counts = Counter(value for _, value in pairs)
        else:
            counts = Counter(row[column] for row in rows)
        most = max(counts.values(), default=0)
        return min((value for value, times in counts.items() if times == most), default=None)

    return formula


def liked(
    table: str,
    item: str,
    *,
    where: Test | None = None,
    weight: str | None = None,
    actions: Mapping[str, float] | None = None,
    half_life: float | None = None,
    days: int | None = None,
    top: int = 3,
) -> Formula:
    """The items by weight, which halves every `half_life` days."""

    def formula(me: Customer) -> list[str] | None:
        weights = weights_of(me, table, item, where, weight, actions, half_life, days)
        return best(weights, top)

    return formula


def weights_of(
    me: Customer,
    table: str,
    item: str,
    where: Test | None,
    weight: str | None,
    actions: Mapping[str, float] | None,
    half_life: float | None,
    days: int | None,
) -> dict[str, float]:
    """Return the weight of each item."""
    weights: dict[str, float] = defaultdict(float)
    for row in me.rows(table, where, days):
        one = 1.0 if weight is None else None if row[weight] is None else float(row[weight])
        if actions is not None:
            one = actions.get(row["event"]) if one is not None else None
        if row[item] is None or one is None:
            continue
        age = (me.town.as_of - row["occurred_at"]) / timedelta(days=1)
        # Billionths are the least that is weighed.
        weights[row[item]] += round(one * (2 ** (-age / half_life) if half_life else 1), 9)
    return {each: value for each, value in weights.items() if value > 0}


def best(weights: Mapping[str, float], top: int) -> list[str] | None:
    """Return the weightiest items."""
    return sorted(weights, key=lambda each: (-round(weights[each], 9), each))[:top] or None


def since(code: str) -> Formula:
    """Calendar days since the moment that another tag holds."""
    return lambda me: me.days_since(me[code])


def bands(code: str | Formula, *cuts: tuple[str, Callable[[Any], bool]]) -> Formula:
    """The first band that a tag's number is in."""

    def formula(me: Customer) -> str | None:
        value = me[code] if isinstance(code, str) else code(me)
        return None if value is None else next(label for label, inside in cuts if inside(value))

    return formula


def below(bound: float) -> Callable[[Any], bool]:
    """Numbers below a bound."""
    return lambda value: value < bound


def upto(bound: float) -> Callable[[Any], bool]:
    """Numbers up to a bound."""
    return lambda value: value <= bound


def rest(_: Any) -> bool:
    """All others."""
    return True


def quantile(values: Iterable[Any], share: Fraction) -> Any:
    """Return the least value that so great a share of the known values does not exceed."""
    numbers = sorted(value for value in values if value is not None)
    return next((value for place, value in enumerate(numbers, 1) if Fraction(place, len(numbers)) >= share), None)


def scores(of: Formula, groups: int, *, reverse: bool = False) -> Formula:
    """The group, 1 to `groups`, by everybody's quantiles; a value equal to a cut is below it."""

    def formula(me: Customer) -> int | None:
        value = of(me)
        if value is None:
            return None
        values = [of(each) for each in me.town.everybody()]
        cuts = [quantile(values, Fraction(place, groups)) for place in range(1, groups)]
        group = 1 + sum(value > cut for cut in cuts)
        return groups + 1 - group if reverse else group

    return formula


def cases(*tests: tuple[str, Callable[[Customer], bool | None]], otherwise: str | None = None) -> Formula:
    """The first label whose test holds."""
    return lambda me: next((label for label, test in tests if test(me)), otherwise)
