"""The segments of a project: sizes and moves, who is in one, and how it differs from everybody (TGI)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from huaxiang.engine.duckdb import quoted
from huaxiang.model import Type
from huaxiang.read.current import CurrentBuild
from huaxiang.read.distribution import Distribution, distribution
from huaxiang.read.filters import Filter, known_segment
from huaxiang.read.people import People, people
from huaxiang.read.showing import share
from huaxiang.read.standard import Part, tag_for
from huaxiang.segment.definition import Segment
from huaxiang.segment.explain import explain_segment
from huaxiang.segment.wording import words_of
from huaxiang.words import Words

MAKE_UP = (
    Part.LIFECYCLE, Part.VALUE, Part.RFM, Part.GENDER, Part.AGE, Part.CHANNEL, Part.PROVINCE, Part.LIKED
)  # fmt: skip
"""The parts whose tags a segment is compared by."""
_VALUES = 12


@dataclass(frozen=True)
class SegmentEntry:
    """A segment in the list: its meaning (or its condition in words), members, their share of all, who entered and
    left in this build (None: the build before did not have it, or as another).
    """

    code: str
    name: Words
    category: str
    meaning: Words
    size: int
    share: float
    entered: int | None
    left: int | None


@dataclass(frozen=True)
class Compared:
    """One value: how many members have it, its share among them and among everybody, and the TGI (100 = alike).

    `tgi` is None where nobody at all has the value.
    """

    value: str
    words: Words
    count: int
    share: float
    base_share: float
    tgi: float | None


@dataclass(frozen=True)
class MakeUp:
    """How members compare by one tag. Shares are among those whose value is known: `known` of `members`."""

    tag: str
    name: Words
    values: tuple[Compared, ...]
    known: int
    members: int


@dataclass(frozen=True)
class SegmentPage:
    """Everything a segment's page shows. `formula` is what decides who belongs."""

    segment: Segment
    entry: SegmentEntry
    formula: str
    place: str
    sentence: Words
    make_up: tuple[MakeUp, ...]
    members: People


def segment_list(current: CurrentBuild) -> list[SegmentEntry]:
    """Return every segment of the build, in the order of the definitions."""
    if "segment_members" not in current.tables:
        return []
    return current.once("segments", lambda: _entries(current))


def _entries(current: CurrentBuild) -> list[SegmentEntry]:
    sizes = dict(current.engine.rows("SELECT segment, count(*) FROM segment_members GROUP BY segment"))
    moved = {
        (segment, move): count
        for segment, move, count in current.engine.rows(
            "SELECT segment, move, count(*) FROM segment_moves WHERE build = ? GROUP BY ALL", [current.build.id]
        )
    }
    everybody = current.customers
    return [
        SegmentEntry(
            segment.code,
            segment.name,
            segment.category,
            segment.meaning if segment.meaning.zh else words_of(current.project.segments, segment.code),
            sizes.get(segment.code, 0),
            share(sizes.get(segment.code, 0), everybody),
            *(
                moved.get((segment.code, move), 0) if current.is_compared("segments", segment.code) else None
                for move in ("entered", "left")
            ),
        )
        for segment in current.project.segments.segments.values()
    ]


def segment_page(current: CurrentBuild, code: str, *, offset: int = 0, limit: int = 20) -> SegmentPage:
    """Return one segment's page, its members from `offset` on. Raises NotFound when it is not there."""
    segment = known_segment(current, code)
    entry = next(each for each in segment_list(current) if each.code == code)
    told = explain_segment(
        current.engine, current.project.segments, code, as_of=current.build.as_of, zone=current.project.zone
    )
    return SegmentPage(
        segment,
        entry,
        told.formula,
        f"{segment.place.file}:{segment.place.line}",
        told.words,
        current.once(("make up", code), lambda: tuple(_make_up(current, code))),
        people(current, Filter(segment=code), offset=offset, limit=limit),
    )


def _make_up(current: CurrentBuild, code: str) -> Iterator[MakeUp]:
    chosen = [tag for part in MAKE_UP if (tag := tag_for(current, part))]
    spreads = [spread for tag in chosen if (spread := distribution(current, tag)).shape == "values"]
    if not spreads:
        return
    # The members' values once, in a table of this connection: eight tags would look for the members eight times.
    columns = ", ".join(quoted(spread.tag) for spread in spreads)
    members = "SELECT subject FROM segment_members WHERE segment = ?"
    current.engine.run(
        f"CREATE OR REPLACE TEMP TABLE make_up AS SELECT {columns} FROM tags WHERE subject IN ({members})", [code]
    )
    for spread in spreads:
        yield _compare(current, spread)
    current.engine.run("DROP TABLE make_up")


def _compare(current: CurrentBuild, base: Distribution) -> MakeUp:
    column, listed = quoted(base.tag), current.type_of(base.tag) is Type.TEXTS
    some = f"len({column}) > 0" if listed else f"{column} IS NOT NULL"
    members, known = current.engine.rows(f"SELECT count(*), count(*) FILTER ({some}) FROM make_up")[0]
    value = f"unnest({column})" if listed else f"CAST({column} AS VARCHAR)"
    mine = dict(current.engine.rows(f"SELECT v, count(*) FROM (SELECT {value} AS v FROM make_up) GROUP BY v"))
    values = []
    for bar in base.bars[:_VALUES]:
        count = mine.get(bar.value, 0)
        within, outside = share(count, known), share(bar.count, base.known)
        tgi = 100 * within / outside if outside else None
        values.append(Compared(bar.value, bar.words, count, within, outside, tgi))
    return MakeUp(base.tag, base.name, tuple(values), known, members)
