"""What a batch changed of its subjects: tags and segments before and after, and what subscribers are to hear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import astuple

from huaxiang.identify.subject_ids import encode_subject
from huaxiang.live.joining import Merge
from huaxiang.serving.store import as_json

TAG, ENTERED, LEFT, MERGED = "tag.changed", "segment.entered", "segment.left", "profile.merged"
_NULL, _EMPTY = msgspec.Raw(b"null"), msgspec.Raw(b"[]")


class TagChanges(NamedTuple):
    """What a subject's tags say now that they did not: code → {"old", "new"}, values as JSON, null = unknown."""

    subject: int
    tags: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Move:
    """A subject that entered or left a segment."""

    subject: int
    segment: str
    move: str


class Comparing:
    """Tells how two texts of tags (JSON objects) differ, in the tags of `codes`; one that a text lacks is unknown.

    The values of a tag are written the same way each time, so they are compared, and passed on, as they are written.
    """

    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = tuple(codes)
        names = [f"f{place}" for place in range(len(self.codes))]
        shape = msgspec.defstruct(
            "Tags", [(name, msgspec.Raw, _NULL) for name in names], rename=dict(zip(names, self.codes, strict=True)),
            gc=False,
        )  # fmt: skip
        self._decode = msgspec.json.Decoder(shape).decode
        self._nothing = (_NULL,) * len(self.codes)

    def changes(self, subject: int, old: str | None, new: str) -> TagChanges | None:
        """Return how a subject's tags changed from one text to another (None: nobody knew it); None if not at all."""
        if old == new:
            return None
        before = astuple(self._decode(old)) if old else self._nothing
        after = astuple(self._decode(new))
        found = {
            code: {"old": was, "new": now}
            for code, was, now in zip(self.codes, before, after, strict=True)
            if was != now
        }  # fmt: skip
        for code in [code for code, each in found.items() if _EMPTY in (each["old"], each["new"])]:
            # Of a list that was empty and is unknown now, nothing was known either time.
            each = found[code] = {name: _NULL if value == _EMPTY else value for name, value in found[code].items()}
            if each["old"] == each["new"]:
                del found[code]
        return TagChanges(subject, found) if found else None


def moves(subject: int, old: Sequence[str], new: Sequence[str]) -> list[Move]:
    """Return which segments a subject entered and left."""
    if old == new:
        return []
    before, after = set(old), set(new)
    return [Move(subject, segment, "entered") for segment in sorted(after - before)] + [
        Move(subject, segment, "left") for segment in sorted(before - after)
    ]


def messages(
    changes: Iterable[TagChanges], moved: Iterable[Move], merges: Iterable[Merge], batch: int, as_of: str
) -> list[tuple[int, str, str]]:
    """Return (subject, topic, payload as JSON) of what subscribers may hear; subjects by their public ids.

    All tags of a subject that a batch changed are one message.
    """
    about = f'"batch":{batch},"as_of":{as_json(as_of)}'
    found = []
    for merge in merges:
        ends = f'"from":"{encode_subject(merge.gone)}","into":"{encode_subject(merge.into)}"'
        found.append((merge.into, MERGED, f"{{{ends},{about}}}"))
    for subject, tags in changes:
        whose = f'"subject":"{encode_subject(subject)}"'
        found.append((subject, TAG, f'{{{whose},"tags":{as_json(tags)},{about}}}'))
    for move in moved:
        what = f'"subject":"{encode_subject(move.subject)}","segment":{as_json(move.segment)}'
        found.append((move.subject, ENTERED if move.move == "entered" else LEFT, f"{{{what},{about}}}"))
    return found
