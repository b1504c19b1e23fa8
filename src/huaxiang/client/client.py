"""The client: one method for each call of Segment's API, and for reading profiles."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from huaxiang.client.answers import Event, Profile, event_of, profile_of
from huaxiang.client.connection import Connection, as_json, as_time
from huaxiang.errors import NotFound
from huaxiang.words import Words

if TYPE_CHECKING:
    import httpx

READ_AT_ONCE = 1_000
SENT_AT_ONCE, SENT_BYTES = 500, 450_000
"""Events and bytes in one request: below what every server of this API takes."""
SECTIONS = ("traits", "tags", "segments")
_TYPES = ("identify", "track", "page", "screen", "group", "alias")


class Client:
    """A huaxiang server: `write_key` sends events to its door, `token` reads profiles. Safe for threads.

    Every call waits for the answer: an event is on disk when its call returns. Each has a messageId, so one that is
    sent again after a lost answer counts once.
    """

    def __init__(
        self,
        address: str = "http://127.0.0.1:8420",
        *,
        write_key: str = "",
        token: str = "",
        timeout: float = 10.0,
        retries: int = 4,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Open a client of the server at `address`. `timeout` is in seconds; `retries` after a busy or lost answer."""
        self._connection = Connection(address, timeout=timeout, retries=retries, transport=transport)
        self._write_key, self._token = write_key, token

    def identify(self, user_id: str | None = None, traits: Mapping[str, Any] | None = None, **more: Any) -> str:
        """Say what is known of a user; return the messageId. `more`: see `track`."""
        return self._send("identify", user_id, {"traits": traits or {}}, more)

    def track(self, user_id: str | None, event: str, properties: Mapping[str, Any] | None = None, **more: Any) -> str:
        """Say what a user did; return the messageId.

        `more`: `anonymous_id` (needed when `user_id` is None), `timestamp` (a datetime; now by default), `context`,
        `integrations`, `message_id`. Raises ValueError when nobody is named, HuaxiangError when the server refuses.
        """
        return self._send("track", user_id, {"event": event, "properties": properties or {}}, more)

    def page(
        self, user_id: str | None, name: str = "", properties: Mapping[str, Any] | None = None, **more: Any
    ) -> str:
        """Say which page a user saw; return the messageId. `more`: see `track`."""
        return self._send("page", user_id, {"name": name, "properties": properties or {}}, more)

    def group(self, user_id: str | None, group_id: str, traits: Mapping[str, Any] | None = None, **more: Any) -> str:
        """Say which group a user belongs to; return the messageId. `more`: see `track`."""
        return self._send("group", user_id, {"groupId": group_id, "traits": traits or {}}, more)

    def alias(self, user_id: str, previous_id: str, **more: Any) -> str:
        """Say that two ids are one user; return the messageId. `more`: see `track`."""
        return self._send("alias", user_id, {"previousId": previous_id}, more)

    def batch(self, events: Iterable[Mapping[str, Any]]) -> int:
        """Send events as Segment's API writes them ({"type": "track", "userId": …}), in few requests; return how many.

        What they lack of messageId and timestamp is added. Raises ValueError for one without a type or a user, before
        anything of its request is sent; what came before it has been sent.
        """
        sent = 0
        for part in _parts(_completed(each) for each in events):
            self._post("batch", {"batch": part})
            sent += len(part)
        return sent

    def profile(
        self, who: str, *, include: Sequence[str] = SECTIONS, personal: bool = False, purpose: str = ""
    ) -> Profile:
        """Return one customer by public id or "kind:value". Raises NotFound, NotAllowed, ServerError.

        `include`: which of traits, tags, segments, events; `personal`: real values, if the token may, audited with
        `purpose`. An identifier travels in the body, never in an address.
        """
        [found] = self._read([who], include, personal, purpose)
        if found is None:
            raise NotFound(Words("no customer has this id or identifier", "没有客户使用这个编号或标识"))
        return found

    def profiles(
        self, whom: Iterable[str], *, include: Sequence[str] = SECTIONS, personal: bool = False, purpose: str = ""
    ) -> list[Profile | None]:
        """Return many customers in the order asked for, None for each who is not there. See `profile`."""
        wanted = list(whom)
        parts = (wanted[start : start + READ_AT_ONCE] for start in range(0, len(wanted), READ_AT_ONCE))
        return [found for part in parts for found in self._read(part, include, personal, purpose)]

    def events(self, who: str, *, page: int = 100) -> Iterator[Event]:
        """Yield what happened with one customer, the newest first, read `page` at a time. Raises as `profile` does."""
        id_ = self.profile(who, include=()).id if ":" in who else who
        cursor: str | None = None
        while True:
            query = {"limit": page} | ({"cursor": cursor} if cursor else {})
            answer = self._connection.ask("GET", f"/v1/profiles/{id_}/events", headers=self._bearer(), query=query)
            yield from (event_of(each) for each in answer["events"])
            cursor = answer["next"]
            if cursor is None:
                return

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, type_: str, user_id: str | None, body: Mapping[str, Any], more: Mapping[str, Any]) -> str:
        event = _completed({"type": type_, "userId": user_id, **body, **_named(more)})
        self._post(type_, event)
        return str(event["messageId"])

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        if not self._write_key:
            raise ValueError("a write key is needed to send events: Client(write_key=…)")
        login = base64.b64encode(f"{self._write_key}:".encode()).decode()
        sent = {**body, "sentAt": as_time(datetime.now(UTC))}
        self._connection.ask("POST", f"/v1/{path}", headers={"Authorization": f"Basic {login}"}, body=sent)

    def _read(self, whom: list[str], include: Sequence[str], personal: bool, purpose: str) -> list[Profile | None]:
        body = {"profiles": whom, "include": list(include), "personal": personal, "purpose": purpose}
        answer = self._connection.ask("POST", "/v1/profiles/batch", headers=self._bearer(), body=body)
        return [profile_of(each["profile"]) if each["profile"] else None for each in answer["results"]]

    def _bearer(self) -> dict[str, str]:
        if not self._token:
            raise ValueError("a token is needed to read: Client(token=…)")
        return {"Authorization": f"Bearer {self._token}"}


_MORE = {
    "anonymous_id": "anonymousId", "timestamp": "timestamp", "context": "context", "integrations": "integrations",
    "message_id": "messageId",
}  # fmt: skip


def _named(more: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(more.keys() - _MORE.keys())
    if unknown:
        raise TypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(_MORE)}")
    return {_MORE[name]: value for name, value in more.items()}


def _completed(event: Mapping[str, Any]) -> dict[str, Any]:
    if event.get("type") not in _TYPES:
        raise ValueError(f"an event's type is one of {', '.join(_TYPES)}")
    if not event.get("userId") and not event.get("anonymousId"):
        raise ValueError("an event names a user: user_id, or anonymous_id")
    found = {name: value for name, value in event.items() if value is not None}
    at = found.get("timestamp") or datetime.now(UTC)
    found["timestamp"] = as_time(at) if isinstance(at, datetime) else at
    return found if found.get("messageId") else found | {"messageId": os.urandom(16).hex()}


def _parts(events: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    size = 0
    for event in events:
        bytes_ = len(as_json(event))
        if part and (len(part) == SENT_AT_ONCE or size + bytes_ > SENT_BYTES):
            yield part
            part, size = [], 0
        part.append(event)
        size += bytes_
    if part:
        yield part
