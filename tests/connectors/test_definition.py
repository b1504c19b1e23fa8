"""`read:` of a definition, and where its faults are told; what they say is in test_readers.py."""

from __future__ import annotations

from huaxiang.connectors.base import Reader, ReadSpec
from huaxiang.connectors.definition import read_of
from huaxiang.definitions.fields import Fields
from huaxiang.definitions.nodes import Faults, parse_yaml


def read(text: str) -> tuple[tuple[Reader, ReadSpec] | None, list[tuple[int, str]]]:
    faults = Faults()
    node = parse_yaml(text, "x.yaml", faults)
    assert node is not None
    found = read_of(Fields(node, "x", faults))
    return found, [(fault.line, fault.what.en) for fault in faults.found]


def test_a_reader_and_what_it_reads() -> None:
    found, faults = read("read:\n  csv: a.csv\n  encoding: gbk")
    assert found is not None
    assert (found[0].kind, found[1], faults) == ("csv", ReadSpec("csv", "a.csv", {"encoding": "gbk"}), [])


def test_faults_stand_with_their_keys() -> None:
    found, faults = read("read:\n  csv: ' '\n  encoding: klingon")
    assert found is None
    assert [line for line, _ in faults] == [2, 3]


def test_what_is_not_there_is_a_fault_of_the_whole() -> None:
    assert read("of: x") == (None, [(1, "x lacks 'read'")])
