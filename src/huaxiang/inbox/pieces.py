"""A body taken apart into its events as they were sent. Doors count by this, readers number by it."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import msgspec

from huaxiang.inbox.door import WebhookMapping
from huaxiang.inbox.rules import BATCH_NOT_A_LIST, NO_BATCH, NOT_AN_OBJECT, NOT_JSON

TYPES = ("identify", "track", "page", "screen", "group", "alias")
"""Types of events, and the forms of bodies that hold one."""
BATCHES = ("batch", "import")
SENSORS = "sensors"
WEBHOOK = "webhook"
EVENT_BYTES = 32 << 10
"""An event may be so large, and no larger: one in a batch that is goes to the quarantine, not the batch."""
MOST_UNPACKED = 4000 << 10
"""No packed form field may grow above this many bytes: as large as a batch of any form may be."""
FAULTS = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What a decoder raises: text that is not JSON, not of the shape asked for, or nested beyond reason."""

_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL)
"""An escape of JSON; its group is half of a character without the other half, which no text can hold."""
Members = Mapping[str, msgspec.Raw]
OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])


class NotEvents(ValueError):
    """A body cannot be taken apart: `rule` says why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Pieces:
    """A body's events as they were sent, and what the body says of all of them (`around`: context, sentAt …)."""

    items: list[msgspec.Raw]
    around: Members = field(default_factory=dict)


def pieces(form: str, raw: bytes, mapping: WebhookMapping | None = None) -> Pieces:
    """Return the events of a body of a `form`; `mapping` is that of a door of webhooks.

    An item may still be anything that JSON can say. Raises NotEvents when the body as a whole is not what its form
    should be.
    """
    try:
        if not raw.isascii():
            # The decoder steps over texts without looking at their bytes.
            raw.decode()
        if form == SENSORS:
            return Pieces(_sensors(raw))
        raw = _whole_characters(raw)
        if form == WEBHOOK:
            return _webhook(raw, mapping)
        found = OBJECT.decode(raw)
        if form not in BATCHES:
            return Pieces([msgspec.Raw(raw)])
        if "batch" not in found:
            raise NotEvents(NO_BATCH)
        if not is_list(found["batch"]):
            raise NotEvents(BATCH_NOT_A_LIST)
        return Pieces(_ARRAY.decode(found["batch"]), found)
    except msgspec.ValidationError:
        raise NotEvents(NOT_AN_OBJECT) from None
    except FAULTS:
        raise NotEvents(NOT_JSON) from None


def is_list(raw: msgspec.Raw | bytes) -> bool:
    """Tell whether JSON text is a list."""
    return bytes(raw).lstrip()[:1] == b"["


def inside(found: Members, path: str) -> msgspec.Raw | None:
    """Return the text of what stands at `path` of an object, None when there is nothing. Raises one of FAULTS."""
    if path in found:
        return found[path]
    first, _, rest = path.partition(".")
    if first not in found:
        return None
    if not rest:
        return found[first]
    try:
        return inside(OBJECT.decode(found[first]), rest)
    except msgspec.ValidationError:
        return None


def _whole_characters(text: bytes) -> bytes:
    """Return JSON with every half of a character replaced: browsers send them where a text was cut in an emoji."""
    if b"\\ud" not in text and b"\\uD" not in text:
        return text
    return _ESCAPE.sub(lambda found: b"\\ufffd" if found[1] else found[0], text)


def _webhook(raw: bytes, mapping: WebhookMapping | None) -> Pieces:
    if is_list(raw):
        return Pieces(_ARRAY.decode(raw))
    found = OBJECT.decode(raw)
    if mapping is None or not mapping.each:
        return Pieces([msgspec.Raw(raw)])
    items = _taken_out(inside(found, mapping.each))
    if items is None:
        return Pieces([msgspec.Raw(raw)])
    around = {name: value for name, value in found.items() if name != mapping.each.partition(".")[0]}
    return Pieces(_ARRAY.decode(items) if is_list(items) else [items], around)


def _taken_out(found: msgspec.Raw | None) -> msgspec.Raw | None:
    """Return the list that a sender wrote as JSON in a text; anything else as it is."""
    if found is None or bytes(found).lstrip()[:1] != b'"':
        return found
    text = msgspec.json.decode(found, type=str).encode()
    try:
        return msgspec.Raw(_whole_characters(text)) if is_list(text) and _ARRAY.decode(text) is not None else found
    except FAULTS:
        return found


def _sensors(raw: bytes) -> list[msgspec.Raw]:
    try:
        fields = parse_qs(raw.decode(), max_num_fields=20)
    except ValueError:
        raise NotEvents(NOT_JSON) from None
    items: list[msgspec.Raw] = []
    for value in fields.get("data_list", []) + fields.get("data", []):
        text = _whole_characters(_unpacked(value, packed=fields.get("gzip", ["0"])[0] == "1"))
        text.decode()
        items += _ARRAY.decode(text) if is_list(text) else [msgspec.json.decode(text, type=msgspec.Raw)]
    if not items:
        raise NotEvents(NOT_JSON)
    return items


def _unpacked(value: str, *, packed: bool) -> bytes:
    try:
        # A "+" that was not escaped arrives as a blank.
        data = base64.b64decode(value.replace(" ", "+"), validate=True)
        if not packed:
            return data
        unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        text = unzip.decompress(data, MOST_UNPACKED)
    except (binascii.Error, ValueError, zlib.error):
        raise NotEvents(NOT_JSON) from None
    if unzip.unconsumed_tail or not unzip.eof:
        raise NotEvents(NOT_JSON)
    return text
