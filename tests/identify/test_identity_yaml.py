"""identity.yaml: what it may say, and every fault of a bad one together."""

from __future__ import annotations

from pathlib import Path

from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.errors import DefinitionError
from huaxiang.identify.definition import IdentityDefinition, Trust, parse_identity

GOLDEN = Path(__file__).parent / "golden"


def parsed(text: str) -> tuple[IdentityDefinition, Faults]:
    faults = Faults()
    node = parse_yaml(text, "identity.yaml", faults)
    assert node is not None
    return parse_identity(node, faults), faults


def test_the_example_of_the_design() -> None:
    definition, faults = parsed(
        """
identifiers:
  id_card:   {trust: certain, per_person: 1}
  phone:     {trust: certain, per_person: 3, shared_by: 5, name: {zh: 手机号, en: Mobile}}
  device_id: {trust: weak, per_person: 5}
never: ["null", "anonymous", "^[0-]*$", "-1"]
"""
    )
    assert not faults.found
    assert list(definition.by_kind) == ["id_card", "phone", "device_id"]
    phone = definition.by_kind["phone"]
    assert (phone.trust, phone.per_person, phone.shared_by, phone.words.zh) == (Trust.CERTAIN, 3, 5, "手机号")
    assert definition.by_kind["id_card"].names_a_person
    assert definition.by_kind["device_id"].shared_by == 3
    assert [definition.priority(kind) for kind in ("id_card", "device_id", "other")] == [0, 2, 3]


def test_never_is_matched_on_the_whole_value() -> None:
    definition, _ = parsed(
        "identifiers: {phone: {trust: certain, per_person: 3}}\nnever: ['null', '^[0-]*$', 'test.*']"
    )
    assert not any(map(definition.joinable, ("", "null", "NULL", "0000", "0-0", "tester")))
    assert all(map(definition.joinable, ("nullable", "13800138000", "0x1", "latest")))


def test_never_and_allow_are_empty_where_nothing_is_said() -> None:
    definition, _ = parsed("identifiers: {phone: {trust: certain, per_person: 3}}")
    assert (definition.never, definition.allow) == ((), ())
    definition, _ = parsed("identifiers: {phone: {trust: certain, per_person: 3}}\nallow: ['0', guest.*]")
    assert definition.allow == ("0", "guest.*")


def test_all_faults_together() -> None:
    text = (GOLDEN / "faults.yaml").read_text(encoding="utf-8")
    _, faults = parsed(text)
    error = DefinitionError(faults.found)
    assert f"{error.say('en')}\n{error.say('zh')}\n" == (GOLDEN / "faults.txt").read_text(encoding="utf-8")


def test_someone_must_be_recognisable() -> None:
    _, faults = parsed("identifiers:\n  device: {trust: weak, per_person: 5}")
    assert [fault.say("en") for fault in faults.found] == [
        "identity.yaml:1: no kind of identifier is certain: nobody could be recognised"
    ]
