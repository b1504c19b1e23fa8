"""What a batch changed of its subjects: tags and segments before and after, and what subscribers are to hear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from huaxiang.identify.subject_ids import encode_subject
from huaxiang.live.joining import Merge
from huaxiang.serving.store import as_json

TAG, ENTERED, LEFT, MERGED = "tag.changed", "segment.entered", "segment.left", "profile.merged"
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class TagChange(NamedTuple):
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
    before: dict[str, Any] = _decode(old) if old else {}
    after: dict[str, Any] = _decode(new)
    codes = [code for code, value in after.items() if before.get(code) != value]
    codes += [code for code, value in before.items() if code not in after and value is not None]
    # Of a list that was empty and is unknown now, nothing was known either time.
    found = (TagChange(subject, code, _told(before.get(code)), _told(after.get(code))) for code in codes)
    return [each for each in found if each.old != each.new]


def _told(value: Any) -> Any:
    return None if value == [] else value


def moves(subject: int, old: Sequence[str], new: Sequence[str]) -> list[Move]:
    """Return which segments a subject entered and left."""
    if old == new:
        return []
    before, after = set(old), set(new)
    return [Move(subject, segment, "entered") for segment in sorted(after - before)] + [
        Move(subject, segment, "left") for segment in sorted(before - after)
    ]


def messages(
    changes: Iterable[TagChange], moved: Iterable[Move], merges: Iterable[Merge], batch: int, as_of: str
) -> list[tuple[int, str, str]]:
    """Return (subject, topic, payload as JSON) of what subscribers may hear; subjects by their public ids.

    All tags of a subject that a batch changed are one message.
    """
    about = f'"batch":{batch},"as_of":{as_json(as_of)}'
    found = []
    for merge in merges:
        ends = f'"from":"{encode_subject(merge.gone)}","into":"{encode_subject(merge.into)}"'
        found.append((merge.into, MERGED, f"{{{ends},{about}}}"))
    for subject, tags in groupby(changes, key=attrgetter("subject")):
        said = as_json({each.tag: {"old": each.old, "new": each.new} for each in tags})
        whose = f'"subject":"{encode_subject(subject)}"'
        found.append((subject, TAG, f'{{{whose},"tags":{said},{about}}}'))
    for move in moved:
        what = f'"subject":"{encode_subject(move.subject)}","segment":{as_json(move.segment)}'
        found.append((move.subject, ENTERED if move.move == "entered" else LEFT, f"{{{what},{about}}}"))
    return found
