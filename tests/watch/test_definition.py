"""watch.yaml: what can be written, what is wrong with it, and the ready rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.definitions.nodes import Faults
from huaxiang.project import load_project
from huaxiang.registry.health import NewAlert
from huaxiang.watch import check_watching
from huaxiang.watch.alerts import raised
from huaxiang.watch.definition import Watching
from huaxiang.watch.measured import Measured
from tests.watch.shop import make_shop, opened


def checked(root: Path, text: str | None, name: str = "watch.yaml") -> tuple[Watching, Faults]:
    faults = Faults()
    if text is not None:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return check_watching(load_project(root), faults), faults


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop")


def one(tag: str = "tier", **more: object) -> Measured:
    """A tag of 100 customers, 80 known; `more` says what else was measured."""
    values: dict[str, object] = {"known": 80, "customers": 100, **more}
    at = "2026-06-01T00:00:00"
    return Measured(tag, "x", "text", at, at, False, shape="values", bins=(), **values)  # type: ignore[arg-type]


def told(root: Path, when: str, measured: Measured, first_built: Path) -> list[NewAlert]:
    found, faults = checked(root, f"- alert: it\n  when: {when!r}\n")
    assert not faults.found, faults.found
    with opened(first_built) as current:
        return raised(current.engine, found.rules, {measured.tag: measured})


def test_without_a_file_the_ready_rules_hold(root: Path) -> None:
    found, faults = checked(root, None)
    assert not faults.found
    assert found.ready
    assert [rule.code for rule in found.rules] == ["nothing_known", "coverage_falls", "drift", "value_vanishes"]
    assert all(rule.tags is None for rule in found.rules)
    assert {rule.severity for rule in found.rules} == {"critical", "warning"}


def test_outcomes_alone_leave_the_ready_rules(root: Path) -> None:
    found, faults = checked(
        root, "- outcome: again\n  name: {en: Orders again}\n  from: orders\n  where: amount > 0\n  horizon: 7 days\n"
    )
    assert not faults.found and found.ready
    again = found.outcomes["again"]
    assert (again.table, again.value.canonical, str(again.horizon)) == ("orders", "count() > 0", "7 day")


def test_own_rules_replace_the_ready_ones(root: Path) -> None:
    (root / "watch").mkdir()
    (root / "watch" / "b.yaml").write_text("- {alert: two, tag: [tier, liked], when: psi > 0.1}\n", encoding="utf-8")
    found, faults = checked(root, '- {alert: one, tag: "*", when: coverage < 0.5, severity: critical}\n')
    assert not faults.found and not found.ready
    assert [(rule.code, rule.tags, rule.severity) for rule in found.rules] == [
        ("one", None, "critical"),
        ("two", ("tier", "liked"), "warning"),
    ]


@pytest.mark.parametrize(
    ("line", "says", "hint"),
    [
        ("- {alert: a, tag: teir, when: psi > 0.1}", "there is no tag 'teir'", "tier"),
        ("- {alert: a, when: pis > 0.1}", "there is no 'pis' here", "psi"),
        ("- {alert: a, when: psi > 'x'}", "number", None),
        ("- {alert: a, when: psi}", "bool is needed", None),
        ("- {alert: a, when: psi > 0.1, severity: warnig}", "severity cannot be", "warning"),
        ("- {alert: a, wehn: psi > 0.1}", "lacks 'when'", None),
        ("- {alert: A, when: psi > 0.1}", "is not a code", None),
        ("- {alert: a, when: psi falls by 10%}", "only coverage", None),
        ("- {alert: a, tag: tier, when: value hihg vanishes}", "has no value 'hihg'", "high"),
        ("- {outcome: a, from: order}", "there are no facts 'order'", "orders"),
        ("- {outcome: a, from: orders, value: count(*)}", "bool is needed", None),
        ("- {outcome: a, from: orders, where: amuont > 1}", "there is no 'amuont' here", "amount"),
        ("- {outcome: a, from: orders, horizon: 3 dyas}", "not a span", "days"),
        ("- {alert: a, when: psi > 0.1}\n- {alert: a, when: psi > 0.2}", "is defined at watch.yaml:2 too", None),
        ("- alert: {", "is not YAML", None),
    ],
)
def test_faults_have_a_place_and_the_nearest_word(root: Path, line: str, says: str, hint: str | None) -> None:
    _, faults = checked(root, "# the rules\n" + line + "\n")
    fault = faults.found[0]
    assert says in fault.what.en and fault.what.zh != fault.what.en
    assert fault.file == "watch.yaml" and fault.line in (2, 3)
    assert fault.hint == hint


def test_all_faults_at_once(root: Path) -> None:
    _, faults = checked(root, "- {alert: a, when: pis > 1}\n- {alert: b, when: coverag > 1}\n")
    assert [(fault.line, fault.hint) for fault in faults.found] == [(1, "psi"), (2, "coverage")]


@pytest.mark.parametrize(
    ("when", "measured", "holds"),
    [
        ("psi > 0.25", one(psi=0.3), True),
        ("psi > 0.25", one(psi=0.2), False),
        ("psi > 0.25", one(), False),
        ("coverage < 0.8", one(), False),
        ("coverage < 0.81", one(), True),
        ("coverage falls by 20%", one(coverage_before=1.0), True),
        ("coverage falls by 20 %", one(coverage_before=0.99), False),
        ("coverage falls by 20%", one(), False),
        ("覆盖率下降 10%", one(coverage_before=0.9), True),
        ("coverage rises by 60%", one(coverage_before=0.5), True),
        ("coverage rises by 61%", one(coverage_before=0.5), False),
        ("value 高价值 vanishes", one(vanished=("高价值",)), True),
        ("取值 高价值 消失", one(vanished=("高价值",)), True),
        ("value it's vanishes", one(vanished=("it's",)), True),
        ("value 高价值 vanishes", one(vanished=("普通",)), False),
        ("a value vanishes", one(vanished=("普通",)), True),
        ("有取值消失", one(), False),
        ("uses = 0 and segments = 0 and tags = 0", one(used={}), True),
        ("uses = 0 and segments = 0 and tags = 0", one(used={"export": 1}), False),
        ("redundancy > 0.95", one(twins=(("other", 0.97),)), True),
        ("flipped > 0.5 or stale", one(flipped=0.6), True),
    ],
)
def test_rules_hold_or_do_not(root: Path, first_built: Path, when: str, measured: Measured, holds: bool) -> None:
    assert [(each.tag, each.alert) for each in told(root, when, measured, first_built)] == [("tier", "it")] * holds


def test_evidence_is_what_the_rule_names(root: Path, first_built: Path) -> None:
    [alert] = told(root, "psi > 0.25 and known > 10", one(psi=0.3), first_built)
    assert dict(alert.measured) == {"psi": 0.3, "known": 80}
    [alert] = told(root, "a value vanishes", one(vanished=("x",)), first_built)
    assert dict(alert.measured) == {"vanished": ["x"], "vanished_values": 1}
