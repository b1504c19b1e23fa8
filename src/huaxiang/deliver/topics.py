"""Topics named by a person, checked."""

from __future__ import annotations

from collections.abc import Iterable

from huaxiang.errors import NotFound
from huaxiang.subscribers import TOPICS
from huaxiang.words import Words, nearest


def checked_topics(topics: Iterable[str] | None) -> frozenset[str]:
    """Return the topics, all of them for None. Raises NotFound, with the nearest one, for a topic there is not."""
    if topics is None:
        return frozenset(TOPICS)
    wanted = frozenset(topics)
    for topic in sorted(wanted - set(TOPICS)):
        near = nearest(topic, TOPICS)
        ask = (f"; did you mean {near}?", f"；是不是想写 {near}？") if near else ("", "")
        raise NotFound(Words(f"there is no topic {topic!r}{ask[0]}", f"没有“{topic}”这个主题{ask[1]}"))
    return wanted
