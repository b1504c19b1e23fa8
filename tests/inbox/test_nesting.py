"""Nesting is counted as JSON means it: brackets in texts are only texts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.inbox import nesting
from huaxiang.inbox.nesting import MOST_DEEP, opened, too_deep

values = st.recursive(
    st.one_of(st.text(st.sampled_from('[]{}"\\ax')), st.integers(), st.none()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(st.sampled_from('[{"\\}]')), inner)),
)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(values, st.integers(0, 4))
def test_depth(value: Any, most: int) -> None:
    raw = json.dumps(value).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nesting, "MOST_DEEP", most)
        assert too_deep(raw) == (depth(value) > most)
    assert opened(raw) >= depth(value)


@pytest.mark.parametrize(("deep", "refused"), [(MOST_DEEP, False), (MOST_DEEP + 1, True)])
def test_the_limit(deep: int, refused: bool) -> None:
    assert too_deep(b"[" * deep + b"]" * deep) is refused
    assert too_deep(b'{"a":' * deep + b"1" + b"}" * deep) is refused
    wide = json.dumps([{"a": []}] * 1000).encode()
    assert not too_deep(wide)
    assert not too_deep(b'"' + b"[" * 500 + b'"')
