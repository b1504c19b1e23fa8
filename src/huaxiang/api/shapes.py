"""What a body holds: how many events, whose key, and which of them can be no facts.

A body is parsed once, and only as far as it takes to be certain that reading it later will find nothing wrong; where
that is not certain the very function that reads the inbox is asked, so that the answer and the quarantine agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from huaxiang.api.refusals import Refusal, bad
from huaxiang.inbox.document import own_id
from huaxiang.inbox.door import Door
from huaxiang.inbox.event import Event
from huaxiang.inbox.log import Stored
from huaxiang.inbox.nesting import MOST_DEEP, opened, too_deep
from huaxiang.inbox.pieces import EVENT_BYTES, TYPES, NotEvents, pieces
from huaxiang.inbox.reading import events_of
from huaxiang.inbox.rules import CONTRACT, NOT_AN_OBJECT, RULES, contract_words
from huaxiang.words import Language, Words

BATCH_BYTES = 4000 << 10
"""RudderStack's limit for a batch; Segment's of 500 KB lies below it."""
BATCH_EVENTS = 2_500
_FIRST_YEAR, _LAST_YEAR = 2001, 2060
"""Times in and between them are sound whatever the sender's clock and zone say: a 2000 may be 1999 in UTC."""


class _Event(msgspec.Struct, gc=False):
    """As much of an event as can be wrong; a value of another type makes the body one to look at closely."""

    type: str = ""
    userId: str | int | None = None  # noqa: N815
    anonymousId: str | int | None = None  # noqa: N815
    event: str | None = None
    timestamp: datetime | None = None
    originalTimestamp: datetime | None = None  # noqa: N815
    sentAt: datetime | None = None  # noqa: N815


class _Single(_Event, gc=False):
    writeKey: str = ""  # noqa: N815


class _Batch(msgspec.Struct, gc=False):
    batch: list[_Event]
    sentAt: datetime | None = None  # noqa: N815
    writeKey: str = ""  # noqa: N815


class _Keyed(msgspec.Struct, gc=False):
    writeKey: object = None  # noqa: N815


class _Raws(msgspec.Struct, gc=False):
    batch: list[msgspec.Raw]


_single, _batch = msgspec.json.Decoder(_Single).decode, msgspec.json.Decoder(_Batch).decode
_keyed, _raws = msgspec.json.Decoder(_Keyed).decode, msgspec.json.Decoder(_Raws).decode


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the first look found: the key in the body, and its events, None where only a closer look can tell."""

    write_key: str
    form: str
    events: list[_Event] | None = None

    def certain(self, door: Door) -> int | None:
        """Return how many events there are when certainly nothing is wrong with any at `door`, else None."""
        if self.events is None or len(self.events) > BATCH_EVENTS:
            return None
        form, contracts = self.form, door.contracts
        for event in self.events:
            type_ = event.type if form == "batch" else form
            name = event.event if type_ == "track" else type_
            if type_ not in TYPES or not name or not name.strip() or name in contracts or not _identified(event):
                return None
        return len(self.events)


@dataclass(frozen=True, slots=True)
class Look:
    """How many events a body holds, and what is wrong with those that can be no facts."""

    count: int
    wrong: list[dict[str, object]] = field(default_factory=list)


def first_look(form: str, raw: bytes) -> Sheet:
    """Parse a body of Segment's API. Raises Refusal when it is not one JSON object in UTF-8."""
    try:
        if not raw.isascii():
            # The decoder steps over texts without looking at their bytes.
            raw.decode()
        return _typed(form, raw)
    except UnicodeDecodeError:
        raise bad("bad_utf8", "the body is not UTF-8", "请求体不是有效的 UTF-8") from None
    except RecursionError:
        raise _deep() from None
    except msgspec.ValidationError:
        raise _unusable(NOT_AN_OBJECT) from None
    except msgspec.DecodeError:
        raise bad("bad_json", "the body is not valid JSON", "请求体不是有效的 JSON") from None


def second_look(door: Door, form: str, raw: bytes, received: int, language: Language) -> Look:
    """Read a body as it will be read from the inbox, and say what is wrong with its events in `language`.

    `received` is in microseconds since 1970 (UTC). Raises Refusal when the body as a whole is not what its form should
    be, or has too many events.
    """
    try:
        taken = pieces(form, raw, door.mapping)
    except NotEvents as fault:
        raise _unusable(fault.rule) from None
    items = taken.items
    if len(items) > BATCH_EVENTS:
        most = f"{BATCH_EVENTS:,}"
        raise bad("too_many", f"a batch has at most {most} events: send several", f"一批最多 {most} 个事件：请分批发送")
    around = (value for name, value in taken.around.items() if name != "batch")
    if any(too_deep(bytes(each)) for each in (*items, *around)):
        raise _deep()
    if not items:
        return Look(0)
    stored = Stored(door.code, form, received, raw, len(items), first=1)
    events = events_of([stored], {door.code: door})
    return Look(len(items), [_wrong(event, language) for event in events if event.rule])


def _typed(form: str, raw: bytes) -> Sheet:
    try:
        if form != "batch":
            single = _single(raw)
            sound = len(raw) <= EVENT_BYTES and _timed(raw, single) and opened(raw) <= MOST_DEEP
            return Sheet(single.writeKey, form, [single] if sound else None)
        found = _batch(raw)
    except (msgspec.ValidationError, UnicodeDecodeError):
        key = _keyed(raw).writeKey
        return Sheet(key if isinstance(key, str) else "", form)
    events = found.batch
    sound = _timed(raw, found) and all(map(_sound, events)) and _modest(raw)
    return Sheet(found.writeKey, form, events if sound else None)


def _timed(raw: bytes, found: _Single | _Batch) -> bool:
    # A zone written as a small z is one the decoder knows and the reading of the inbox does not.
    return b'z"' not in raw and (_sound(found) if isinstance(found, _Single) else _plain(found.sentAt))


def _sound(event: _Event) -> bool:
    return _plain(event.timestamp) and _plain(event.originalTimestamp) and _plain(event.sentAt)


def _plain(moment: datetime | None) -> bool:
    return moment is None or _FIRST_YEAR <= moment.year <= _LAST_YEAR


def _modest(raw: bytes) -> bool:
    """Say whether certainly no event of a batch is too large, and nothing in it is nested too deeply."""
    all_opened = opened(raw)
    if len(raw) <= EVENT_BYTES and all_opened <= MOST_DEEP:
        return True
    items = [bytes(item) for item in _raws(raw).batch]
    each = [opened(item) for item in items]
    around = all_opened - sum(each)
    return max(map(len, items), default=0) <= EVENT_BYTES and max(each, default=0) <= MOST_DEEP and around <= MOST_DEEP


def _identified(event: _Event) -> bool:
    return _names(event.userId) or _names(event.anonymousId)


def _names(value: str | int | None) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _wrong(event: Event, language: Language) -> dict[str, object]:
    index = event.number - 1
    # An id of ours is made of the number the event will have, which is not known yet.
    sent = None if event.message_id == own_id(event.door, event.number) else event.message_id
    return {"index": index, "messageId": sent, "rule": event.rule, "message": _words(event.rule).say(language)}


def _deep() -> Refusal:
    en, zh = f"it is nested more than {MOST_DEEP} deep", f"嵌套超过 {MOST_DEEP} 层"
    return bad("too_deep", f"the body cannot be taken: {en}", f"无法接收请求体：{zh}")


def _unusable(rule: str) -> Refusal:
    words = _words(rule)
    return bad("bad_body", f"the body is not what is sent here: {words.en}", f"请求体与此地址不符：{words.zh}")


def _words(rule: str) -> Words:
    if rule.startswith(CONTRACT + ":"):
        return contract_words(rule)
    if rule.startswith("missing:"):
        name = rule.removeprefix("missing:")
        return Words(f"{name} is missing", f"缺少 {name}")
    return RULES.get(rule, Words("it is not valid JSON", "不是有效的 JSON"))
