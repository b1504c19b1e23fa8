"""A tag that fails must not stop the others: which ones fail, and what stands in their columns instead."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from huaxiang.engine.duckdb import SQL_TYPES, Engine, quoted
from huaxiang.errors import StepError
from huaxiang.steps import SqlStep, run_steps
from huaxiang.tag.compile import Target, plan_tags
from huaxiang.tag.tagset import TagSet
from huaxiang.words import Words

_TRIAL = Target.trial("trial")


def failing_tags(engine: Engine, tagset: TagSet, *, as_of: datetime, zone: str) -> dict[str, Words]:
    """Return the tags that cannot be computed, each with the reason; {} when all can.

    Tried by halves, in an order in which each tag follows what it rests on: the shortest beginning that fails ends in
    a tag that fails. What rests on a failing tag fails with it.
    """
    failed: dict[str, Words] = {}
    while True:
        good = [code for code in tagset.order if code not in failed]
        errors: dict[int, Words] = {}

        def fails(size: int, good: list[str] = good, errors: dict[int, Words] = errors) -> bool:
            error = _error(engine, tagset.only(good[:size]), as_of, zone)
            if error is not None:
                errors[size] = error
            return error is not None

        if not good or not fails(len(good)):
            return failed
        size = bisect_left(range(1, len(good) + 1), True, key=fails) + 1
        culprit = good[size - 1]
        failed[culprit] = errors[size]
        failed |= dict(_resting(tagset, culprit, failed))


def kept_steps(tagset: TagSet, failed: Collection[str], before: Mapping[str, str]) -> Iterator[SqlStep]:
    """Yield the steps that give failed tags a column: the values of the build before, or nothing.

    `before` holds the columns of previous.tags and their types, {} when there is no build before.
    """
    for code in failed:
        name, type_ = quoted(code), SQL_TYPES[tagset.types[code]]
        yield SqlStep(f"tag: {code} stands still", f"ALTER TABLE tags ADD COLUMN {name} {type_}", "tags")
        if before.get(code) == type_:
            sql = f"UPDATE tags SET {name} = p.{name} FROM previous.tags p WHERE p.subject = tags.subject"
            yield SqlStep(f"tag: {code} stands still", sql, "tags", ("previous.tags",))


def _error(engine: Engine, tagset: TagSet, as_of: datetime, zone: str) -> Words | None:
    try:
        run_steps(engine, plan_tags(tagset, as_of=as_of, zone=zone, engine=engine, target=_TRIAL).steps)
    except StepError as error:
        return error.words
    finally:
        _tidy(engine)
    return None


def _tidy(engine: Engine) -> None:
    sql = "SELECT table_type, table_name FROM information_schema.tables WHERE starts_with(table_name, 'trial_')"
    for kind, name in sorted(engine.rows(sql), reverse=True):
        engine.run(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} IF EXISTS {quoted(name)}")


def _resting(tagset: TagSet, culprit: str, failed: Mapping[str, Words]) -> Iterator[tuple[str, Words]]:
    gone = {culprit}
    for code in tagset.order:
        if code not in gone and tagset.meanings[code].needs & gone:
            gone.add(code)
            if code not in failed:
                yield code, Words(f"it depends on {culprit}, which failed", f"它依赖的标签 {culprit} 计算失败")
