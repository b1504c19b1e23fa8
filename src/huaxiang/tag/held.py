"""What a checked definition holds, of whatever kind: kinds are frozen dataclasses, whose parts can be walked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import TypeVar, cast

T = TypeVar("T")


def held(value: object, kind: type[T]) -> Iterator[T]:
    """Yield everything of a type that a meaning holds, wherever its kind keeps it."""
    if isinstance(value, kind):
        yield value
    if is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            yield from held(getattr(value, part.name), kind)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from held(each, kind)
    elif isinstance(value, tuple | list | frozenset):
        for each in cast("tuple[object, ...]", value):
            yield from held(each, kind)
