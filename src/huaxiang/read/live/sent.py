"""Who was told of what a micro-batch did to a customer: the deliverer's own file, read as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.words import Words

TOPICS: Mapping[str, Words] = {
    "tag.changed": Words("Tag changed", "标签变化"),
    "segment.entered": Words("Segment entered", "进入人群"),
    "segment.left": Words("Segment left", "离开人群"),
    "profile.merged": Words("Customers merged", "客户合并"),
}
STATES: Mapping[str, Words] = {
    "waiting": Words("Will be sent", "等待发送"),
    "delivered": Words("Delivered", "已送达"),
    "dead": Words("Given up", "已放弃"),
}


@dataclass(frozen=True)
class Sent:
    """One message to one subscriber: what of, how it stands, how often it was tried, and the last answer's HTTP status.

    `tried` is when it was last tried (µs since 1970), None = not yet.
    """

    subscriber: str
    topic: Words
    state: str
    state_words: Words
    attempts: int
    status: int | None
    tried: int | None


def sent_in(deliveries: sqlite3.Connection, batch: int, subject: int) -> tuple[Sent, ...]:
    """Return the messages about a customer that a micro-batch caused, by subscriber."""
    sql = (
        "SELECT d.subscriber, m.topic, d.state, d.attempts, d.status, d.tried FROM messages m "
        "JOIN deliveries d ON d.message = m.id WHERE m.batch = ? AND m.subject = ? ORDER BY d.subscriber, d.id"
    )
    return tuple(
        Sent(subscriber, _term(TOPICS, topic), state, _term(STATES, state), attempts, status, tried)
        for subscriber, topic, state, attempts, status, tried in deliveries.execute(sql, (batch, subject))
    )


def _term(words: Mapping[str, Words], code: str) -> Words:
    return words.get(code) or Words(code, code)
