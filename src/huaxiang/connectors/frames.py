"""Frames over pipes: a length, then so many bytes."""

from __future__ import annotations

import struct
from typing import IO

_LENGTH = struct.Struct("<Q")


class Ended(Exception):
    """The other side is gone."""


def send(stream: IO[bytes], frame: bytes | memoryview) -> None:
    """Write one frame. Raises Ended."""
    try:
        stream.write(_LENGTH.pack(len(frame)))
        stream.write(frame)
        stream.flush()
    except (OSError, ValueError):
        raise Ended from None


def receive(stream: IO[bytes]) -> bytes:
    """Return the next frame. Raises Ended."""
    try:
        [length] = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
        return _exactly(stream, length)
    except (OSError, ValueError):
        raise Ended from None


def _exactly(stream: IO[bytes], size: int) -> bytes:
    found = stream.read(size)
    if len(found) < size:
        raise Ended
    return found
