"""Comparing what is there with what has been read: a file seen twice adds nothing, a changed one replaces its rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from huaxiang.connectors.base import Part, ReadSpec, Unread, file_of
from huaxiang.errors import ReadError
from huaxiang.registry import KnownPart
from huaxiang.sources import reader_of
from huaxiang.words import Words

Sound = Callable[[KnownPart], bool]
"""Says of a known part whether the rows cleaned of it are there."""


@dataclass(frozen=True)
class Found:
    """One part there is now, and what becomes of it: read it ("new", "changed") or not ("same", "copy", "unread").

    "copy" has the same content as the part named in `copy_of` of the same source; it adds nothing. "unread" cannot be
    opened, for the reason in `fault`: what was read of it before is what is known.
    """

    source: str
    part: Part
    fingerprint: str
    definition: str
    what: str
    copy_of: str | None = None
    known: KnownPart | None = None
    fault: Words | None = None

    @property
    def to_read(self) -> bool:
        """Whether its rows must be read."""
        return self.what in ("new", "changed")


@dataclass(frozen=True)
class Changes:
    """What collecting found for one source."""

    found: tuple[Found, ...]
    gone: tuple[KnownPart, ...]


def find_changes(
    source: str, spec: ReadSpec, root: Path, definition: str, known: Sequence[KnownPart], sound: Sound
) -> Changes:
    """Compare a source's parts with the known ones. Raises ReadError when the source cannot be reached.

    `sound` says of a known part whether the rows cleaned of it are there, as they were written.
    """
    reader = reader_of(spec)
    by_name = {part.name: part for part in known}
    grows = bool(spec.options.get("cursor"))
    kept = _slices(known, definition, sound) if grows else []
    # A database with a cursor hands out only what is new, so the state of the last slice is where to go on.
    last = max(kept, key=lambda part: part.order, default=None)
    try:
        now, broken = reader.parts(spec, root, last.state if last else None), dict[str, Words]()
    except Unread as error:
        now, broken = list(error.parts), {part.name: words for part, words in error.broken}
        now += [each for part, _ in error.broken for each in _as_known(part, known)]
        broken |= {each.name: broken[file] for each in now if (file := file_of(each.name)) in broken}
    found: list[Found] = []
    by_content: dict[str, str] = {}

    def fingerprint_of(part: Part) -> str | Words:
        known_part = by_name.get(part.name)
        if part.name in broken:
            return broken[part.name]
        if known_part is not None and _untouched(known_part, part, definition, sound):
            return known_part.fingerprint
        try:
            return reader.fingerprint(spec, root, part)
        except ReadError as error:
            return error.words

    # Hashing lets other threads go on.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        fingerprints = list(pool.map(fingerprint_of, now))
    for part, fingerprint in zip(now, fingerprints, strict=True):
        known_part = by_name.get(part.name)
        if isinstance(fingerprint, Words):
            found.append(Found(source, part, "", definition, "unread", None, known_part, fingerprint))
            continue
        first = by_content.setdefault(fingerprint, part.name)
        copy_of = first if first != part.name else None
        what = "copy" if copy_of else _what(known_part, fingerprint, definition, sound)
        found.append(Found(source, part, fingerprint, definition, what, copy_of, known_part))
    names = {each.part.name for each in found} | {part.name for part in kept}
    return Changes(tuple(found), tuple(part for part in known if part.name not in names))


def _as_known(part: Part, known: Sequence[KnownPart]) -> list[Part]:
    """Return a file that cannot be opened as the parts that were read of it before; itself when there are none."""
    before = [replace(part, name=each.name, order=each.order) for each in known if file_of(each.name) == part.name]
    return before or [part]


def there(folders: Path) -> Sound:
    """Return what tells whether the rows cleaned of a part are there at all."""
    return lambda part: (folders / part.folder).is_dir()


def _slices(known: Sequence[KnownPart], definition: str, sound: Sound) -> list[KnownPart]:
    """Return the slices to go on from: none when one was cleaned by another definition, or its rows are gone.

    Slices hang together: to read one anew the whole answer must be read anew, from the beginning.
    """
    fresh = [part for part in known if part.definition == definition]
    return fresh if all(sound(part) for part in fresh) else []


def _untouched(known: KnownPart, part: Part, definition: str, sound: Sound) -> bool:
    cleaned = known.same_as is not None or sound(known)
    return bool(known.fingerprint) and cleaned and (known.definition, known.signature) == (definition, part.signature)


def _what(known: KnownPart | None, fingerprint: str, definition: str, sound: Sound) -> str:
    if known is None or not known.fingerprint:
        return "new"
    same = (known.fingerprint, known.definition, known.same_as) == (fingerprint, definition, None)
    return "same" if same and sound(known) else "changed"


def by_source(parts: Sequence[KnownPart]) -> Mapping[str, list[KnownPart]]:
    """Return known parts by their source."""
    grouped: dict[str, list[KnownPart]] = {}
    for part in parts:
        grouped.setdefault(part.source, []).append(part)
    return grouped
