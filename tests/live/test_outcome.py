"""What a batch tells of tags: exactly those that say something else now, as they are written."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from huaxiang.identify.subject_ids import encode_subject
from huaxiang.live.outcome import Comparing, messages

CODES = ("orders", "spend", "城市", "kinds")
values = st.one_of(st.none(), st.integers(-3, 3), st.booleans(), st.text(max_size=3), st.lists(st.text(max_size=2)))
tags = st.dictionaries(st.sampled_from(CODES), values)


def _written(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _known(value: Any) -> Any:
    return None if value == [] else value


@given(st.one_of(st.none(), tags), tags)
def test_changes_are_the_tags_that_differ(old: dict[str, Any] | None, new: dict[str, Any]) -> None:
    pairs = {code: (_known((old or {}).get(code)), _known(new.get(code))) for code in CODES}
    # True is 1 in Python, and not in JSON.
    wanted = {code: {"old": a, "new": b} for code, (a, b) in pairs.items() if (type(a), a) != (type(b), b)}
    found = Comparing(CODES).changes(7, None if old is None else _written(old), _written(new))
    if found is None:
        assert not wanted
        return
    [(subject, topic, payload)] = messages([found], [], [], 3, "2026-11-28T00:00:00")
    assert (subject, topic) == (7, "tag.changed")
    assert json.loads(payload) == {
        "subject": encode_subject(7), "tags": wanted, "batch": 3, "as_of": "2026-11-28T00:00:00",
    }  # fmt: skip
    assert list(json.loads(payload)["tags"]) == [code for code in CODES if code in wanted]
