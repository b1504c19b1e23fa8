"""What a batch changed of its subjects: tags and segments before and after, and what subscribers are to hear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from huaxiang.identify.subject_ids import encode_subject
from huaxiang.live.joining import Merge
from huaxiang.serving.base import known_only
from huaxiang.serving.store import as_json

TAG, ENTERED, LEFT, MERGED = "tag.changed", "segment.entered", "segment.left", "profile.merged"
_decode = msgspec.json.decode


@dataclass(frozen=True)
class TagChange:
    """A tag of a subject that says something else now; values as plain data, None = unknown."""

    subject: int
    tag: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Move:
    """A subject that entered or left a segment."""

    subject: int
    segment: str
    move: str


def tag_changes(subject: int, old: str | None, new: str) -> list[TagChange]:
    """Return how two texts of tags (JSON objects) differ."""
    if old == new:
        return []
    before, after = (_known(old) if old else {}), _known(new)
    return [
        TagChange(subject, code, before.get(code), after.get(code))
        for code in dict.fromkeys([*after, *before])
        if before.get(code) != after.get(code)
    ]


def _known(text: str) -> dict[str, Any]:
    return known_only(_decode(text))


def moves(subject: int, old: Sequence[str], new: Sequence[str]) -> list[Move]:
    """Return which segments a subject entered and left."""
    before, after = set(old), set(new)
    return [Move(subject, segment, "entered") for segment in sorted(after - before)] + [
        Move(subject, segment, "left") for segment in sorted(before - after)
    ]


def messages(
    changes: Iterable[TagChange], moved: Iterable[Move], merges: Iterable[Merge], batch: int, as_of: str
) -> list[tuple[int, str, str]]:
    """Return (subject, topic, payload as JSON) of what subscribers may hear; subjects by their public ids."""
    about = {"batch": batch, "as_of": as_of}
    found: list[tuple[int, str, dict[str, Any]]] = []
    for merge in merges:
        ends = {"from": encode_subject(merge.gone), "into": encode_subject(merge.into)}
        found.append((merge.into, MERGED, ends | about))
    for change in changes:
        said = {"subject": encode_subject(change.subject), "tag": change.tag, "old": change.old, "new": change.new}
        found.append((change.subject, TAG, said | about))
    for move in moved:
        topic = ENTERED if move.move == "entered" else LEFT
        found.append((move.subject, topic, {"subject": encode_subject(move.subject), "segment": move.segment, **about}))
    return [(subject, topic, as_json(payload)) for subject, topic, payload in found]
