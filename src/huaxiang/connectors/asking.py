"""What is said between a process that wants files read and the child that reads them."""

from __future__ import annotations

import msgspec

from huaxiang.connectors.base import Broken, Part, ReadSpec
from huaxiang.words import Words


class Asked(msgspec.Struct):
    """A method of the reader of a kind, and what it is called with; "parts" and "notes" are those of `part`, a file."""

    kind: str
    what: str
    spec: ReadSpec
    root: str
    batch_rows: int
    part: Part
    columns: list[str]


class Told(msgspec.Struct):
    """The answer, or the fault that is in its place. A batch says `table`: a frame with its rows comes next."""

    parts: list[Part] = []
    columns: list[str] | None = None
    notes: list[Words] = []
    broken: list[Broken] = []
    table: bool = False
    fault: Words | None = None


ASKED = msgspec.msgpack.Decoder(Asked)
TOLD = msgspec.msgpack.Decoder(Told)
