"""Examples of a tag: different values, always the same people."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.errors import NotFound
from huaxiang.read.current import Warehouse
from huaxiang.read.examples import examples
from huaxiang.read.subject_ids import encode_subject
from tests.read.sample import sample_project, with_key


@pytest.mark.parametrize("code", ["value_tier", "average_basket", "gender", "last_event_at", "orders_90d"])
def test_they_differ_and_hold(tmp_path_factory: pytest.TempPathFactory, code: str) -> None:
    root: Path = sample_project(tmp_path_factory)
    with with_key(), Warehouse(root) as warehouse, warehouse.current() as current:
        found = examples(current, code)
        assert 1 < len(found) <= 5
        kept = dict(current.engine.rows(f'SELECT subject, "{code}" FROM tags'))
        values = [kept[each.subject] for each in found]
        assert None not in values and len(set(values)) == len(values)
        assert [each.id for each in found] == [encode_subject(each.subject) for each in found]
        if not isinstance(values[0], str):
            assert values == sorted(values)
        current.answers.clear()
        assert examples(current, code) == found
        with pytest.raises(NotFound):
            examples(current, "nothing")
