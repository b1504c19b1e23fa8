"""Rules held against what was measured: each that is broken, for each tag, is an alert, until somebody sees to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlglot import exp

from huaxiang.engine.duckdb import Engine
from huaxiang.errors import NotFound
from huaxiang.model import Type
from huaxiang.privacy.remarks import check_remark
from huaxiang.registry import Registry
from huaxiang.registry.health import Alert, NewAlert, acknowledge
from huaxiang.sql.render import Bindings, render
from huaxiang.watch.definition import Rule
from huaxiang.watch.measured import COLUMNS, Measured
from huaxiang.words import Words

_ARROW = {
    Type.NUMBER: pa.float64(),
    Type.INTEGER: pa.int64(),
    Type.BOOL: pa.bool_(),
    Type.TEXTS: pa.list_(pa.string()),
}
_SCHEMA = pa.schema([("tag", pa.string()), *((name, _ARROW[type_]) for name, (type_, _) in COLUMNS.items())])


def raised(engine: Engine, rules: Sequence[Rule], measured: Mapping[str, Measured]) -> list[NewAlert]:
    """Return an alert for every rule and tag for which the rule's condition holds, in the order of the rules.

    A condition over something that was not measured (the first build has no PSI) is unknown, and raises nothing.
    """
    rows = {code: each.row() for code, each in measured.items()}
    table = pa.Table.from_pylist([{"tag": code, **row} for code, row in rows.items()], schema=_SCHEMA)
    found = []
    with engine.shown(_measured=table):
        for rule in rules:
            told = set(_broken(engine, rule))
            for code in measured:
                if code in told and (rule.tags is None or code in rule.tags):
                    evidence = _evidence(rule, rows[code])
                    found.append(NewAlert(rule.code, code, rule.severity, rule.name, rule.when, evidence))
    return found


def acknowledge_alert(registry: Registry, number: int, by: str, note: str) -> Alert:
    """Note that somebody has seen to an alert, and what they say of it; return it.

    Raises ProjectError when nothing is said, NotFound when there is no such alert.
    """
    check_remark(note, by)
    done = acknowledge(registry, number, by, note.strip())
    if done is None:
        raise NotFound(Words(f"there is no alert {number}", f"没有编号为 {number} 的告警"))
    return done


def _broken(engine: Engine, rule: Rule) -> list[str]:
    columns: dict[str, exp.Expression] = {
        name: exp.Column(this=exp.to_identifier(name, quoted=True)) for name in rule.condition.names
    }
    # Rules see measurements, none of which is a moment: as_of cannot matter to them.
    condition = render(rule.condition.tree, Bindings(columns, datetime(1970, 1, 1))).sql(dialect="duckdb")
    sql = f"SELECT tag FROM _measured WHERE {condition} ORDER BY tag"
    return [tag for (tag,) in engine.rows(sql, step=f"alert {rule.code}")]


def _evidence(rule: Rule, row: Mapping[str, Any]) -> dict[str, Any]:
    names = sorted(rule.condition.names | ({"vanished"} if "vanished_values" in rule.condition.names else set()))
    return {name: row[name] for name in names}
