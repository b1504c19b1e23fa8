"""Lift: how much likelier an outcome is with a value of a tag than for everybody; nothing of the future leaks in.

Tags are computed as of T0 = as_of − horizon, by the compiler that computes them in a build: it leaves out later facts.
The outcome is looked for in facts after T0, up to as_of. Who has no fact up to T0 was nobody's customer then, and is
left out. So are tags whose values do not come from facts (imported, set by hand …): they are as the build has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlglot import exp

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import NOWHERE
from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.errors import ProjectError
from huaxiang.model import Type
from huaxiang.read.current import CurrentBuild
from huaxiang.registry.health import put_lifts
from huaxiang.sql.check import Expression
from huaxiang.sql.render import moment
from huaxiang.steps import run_steps
from huaxiang.tag.compile import Target, plan_tags
from huaxiang.tag.definition import Dimension, Tag
from huaxiang.tag.kinds import statistic
from huaxiang.tag.kinds.base import Selection
from huaxiang.tag.measures import literal
from huaxiang.tag.tagset import TagSet
from huaxiang.watch.bins import Clock, Cut, bin_number, fresh_cuts, range_names, value_sql
from huaxiang.watch.definition import Outcome
from huaxiang.watch.formulas import Interval, difference, lift, wilson
from huaxiang.words import Words

LEAST = 30
"""Of fewer customers than this nothing is told; their value is one of the others."""
MOST = 20
"""So many values of a tag are told of."""
_TAGS, _OUTCOME = Target.trial("lift"), Target.trial("outcome")
_PEOPLE, _HAPPENED = "lift_people", "happened"


@dataclass(frozen=True)
class ValueLift:
    """One value (None = unknown) at T0: of `customers` with it, `hits` had the outcome.

    `rate` has Wilson's interval, `lift` is the rate over everybody's, `difference` the rate minus that of all others
    (Newcombe's interval).
    """

    value: str | None
    customers: int
    hits: int
    rate: Interval
    lift: Interval
    difference: Interval

    @property
    def telling(self) -> bool:
        """Whether the interval of the lift leaves out 1."""
        return self.lift.low > 1 or self.lift.high < 1


@dataclass(frozen=True)
class TagLift:
    """The lift of each value of a tag: numbers in their order, others the commonest first; unknown last."""

    tag: str
    values: tuple[ValueLift, ...]

    @property
    def best(self) -> ValueLift | None:
        """The known value whose lift is surely the highest: by the lower end of its interval."""
        known = [each for each in self.values if each.value is not None]
        return max(known, key=lambda each: each.lift.low, default=None)

    @property
    def telling(self) -> bool:
        """Whether any known value tells something of the outcome."""
        return any(each.telling for each in self.values if each.value is not None)


@dataclass(frozen=True)
class Lifts:
    """All lifts on one outcome: tags as of `since`, the outcome after it and up to `until`, of `customers` `hits`.

    `left_out` are tags whose values as of `since` cannot be told.
    """

    outcome: str
    name: Words
    since: datetime
    until: datetime
    customers: int
    hits: int
    tags: Mapping[str, TagLift]
    left_out: tuple[str, ...] = ()


def measure_lift(current: CurrentBuild, outcome: Outcome, codes: Sequence[str] | None = None) -> Lifts:
    """Measure the lift of tags (all of the build without `codes`) on an outcome, and keep it beside their health.

    Temporary tables only: a build opened for reading will do. Raises ProjectError when there were no customers yet at
    T0.
    """
    asked = list(codes or current.tags)
    wanted = [code for code in asked if _from_facts(code, current.project.tags)]
    left_out = tuple(code for code in asked if code not in wanted)
    since, until = outcome.horizon.before(current.build.as_of, current.project.zone), current.build.as_of
    with _prepared(current, outcome, wanted, since):
        customers, hits = current.engine.rows(f"SELECT count(*), count(*) FILTER ({_HAPPENED}) FROM {_PEOPLE}")[0]
        if not customers:
            raise ProjectError(
                Words(
                    f"no customer was known yet {outcome.horizon.words.en} before the build's moment",
                    f"在构建基准时刻之前 {outcome.horizon.words.zh}还没有任何客户",
                )
            )
        tags = _lifts(current, wanted, Clock(since, current.project.zone), customers, hits) if hits else {}
    found = Lifts(outcome.code, outcome.name, since, until, customers, hits, tags, left_out)
    put_lifts(current.registry, current.build.id, {code: _record(found, each) for code, each in tags.items()})
    return found


def lift_of(record: Mapping[str, Any] | None) -> Lifts | None:
    """Return a kept lift of one tag, None when there is none."""
    if not record:
        return None
    values = tuple(
        ValueLift(
            each["value"], each["customers"], each["hits"], Interval(**each["rate"]), Interval(**each["lift"]),
            Interval(**each["difference"]),
        )
        for each in record["values"]
    )  # fmt: skip
    since, until = (datetime.fromisoformat(record[name]) for name in ("since", "until"))
    tag = TagLift(record["tag"], values)
    name = Words(**record["name"])
    return Lifts(record["outcome"], name, since, until, record["customers"], record["hits"], {tag.tag: tag})


def _record(found: Lifts, tag: TagLift) -> dict[str, Any]:
    return {
        "outcome": found.outcome, "name": asdict(found.name), "since": found.since.isoformat(),
        "until": found.until.isoformat(), "customers": found.customers, "hits": found.hits, **asdict(tag),
    }  # fmt: skip


@contextmanager
def _prepared(current: CurrentBuild, outcome: Outcome, codes: Sequence[str], since: datetime) -> Iterator[None]:
    """Make the tags as of T0, and who had the outcome after it; drop both at the end."""
    engine, zone = current.engine, current.project.zone
    try:
        tags = plan_tags(current.project.tags.closure(codes), as_of=since, zone=zone, engine=engine, target=_TAGS)
        run_steps(engine, tags.steps)
        happened = _as_tag(outcome, since, current.project.tags)
        plan = plan_tags(happened, as_of=current.build.as_of, zone=zone, engine=engine, target=_OUTCOME)
        run_steps(engine, plan.steps)
        engine.run(_people(current, since), step="lift: people")
        yield
    finally:
        _TAGS.drop(engine)
        _OUTCOME.drop(engine)
        engine.run(f"DROP TABLE IF EXISTS {_PEOPLE}")


def _from_facts(code: str, tagset: TagSet) -> bool:
    """Return whether a tag and all it rests on are computed from facts, which have a time."""
    return all(tag.kind.stored is None for tag in tagset.closure([code]).tags.values())


def _as_tag(outcome: Outcome, since: datetime, tagset: TagSet) -> TagSet:
    """Return the outcome as a statistic over the facts after T0; the compiler leaves out those after as_of."""
    later = exp.GT(this=exp.column("occurred_at", quoted=True), expression=moment(since))
    tree = exp.And(this=exp.paren(outcome.where.tree.copy()), expression=later) if outcome.where else later
    names = (outcome.where.names if outcome.where else frozenset()) | {"occurred_at"}
    where = Expression(tree, Type.BOOL, names, Text(""))
    meaning = statistic.Statistic(outcome.value, Selection(outcome.table, where), None)
    none = Words("", "")
    body = statistic.Body(Text(outcome.table), outcome.value.source, None, None, None)
    tag = Tag(_HAPPENED, outcome.name, "", none, "", Dimension.BEHAVIOUR, none, "", (), statistic.KIND, body, NOWHERE)
    return TagSet({_HAPPENED: tag}, {_HAPPENED: meaning}, (_HAPPENED,), tagset.model)


def _people(current: CurrentBuild, since: datetime) -> str:
    tables = [name for name in current.project.model.facts if name in current.tables]
    seen = " UNION ".join(
        f"SELECT subject FROM {quoted(name)} WHERE occurred_at <= {literal(since)} AND subject IS NOT NULL"
        for name in tables
    )
    return (
        f"CREATE OR REPLACE TEMP TABLE {_PEOPLE} AS SELECT subject, coalesce(o.{_HAPPENED}, false) AS {_HAPPENED} "
        f"FROM ({seen}) JOIN {quoted(_OUTCOME.tags)} o USING (subject)"
    )


def _lifts(current: CurrentBuild, codes: Sequence[str], clock: Clock, customers: int, hits: int) -> dict[str, TagLift]:
    types = {code: current.type_of(code) for code in codes}
    cuts = fresh_cuts(current.engine, types, clock, customers, _TAGS.tags)
    return {code: TagLift(code, tuple(_values(current.engine, cuts[code], clock, customers, hits))) for code in codes}


def _values(engine: Engine, cut: Cut, clock: Clock, customers: int, hits: int) -> Iterator[ValueLift]:
    value = bin_number(cut, clock) if cut.shape == "ranges" else value_sql(cut, clock)
    rows = engine.rows(
        f"SELECT {value} AS v, count(*), count(*) FILTER (p.{_HAPPENED}) FROM {quoted(_TAGS.tags)} t "
        f"JOIN {_PEOPLE} p USING (subject) GROUP BY 1 HAVING count(*) >= {LEAST} ORDER BY 2 DESC, 1 LIMIT {MOST}",
        step=f"lift: {cut.code}",
    )
    names = range_names(cut.edges)
    ordered = cut.shape == "ranges" or cut.type is Type.INTEGER
    rows.sort(key=lambda row: (row[0] is None, int(row[0] or 0) if ordered else 0))
    for found, of, mine in rows:
        name = found if found is None or cut.shape == "values" else names[found]
        rest = customers - of
        apart = difference(mine, of, hits - mine, rest) if rest else Interval(0.0, 0.0, 0.0)
        yield ValueLift(name, of, mine, wilson(mine, of), lift(mine, of, hits, customers), apart)
