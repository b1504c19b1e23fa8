"""subscribers/*.yaml as frozen dataclasses: who hears by webhook of what changed live, and of which changes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults, Node, Place, read_yaml
from huaxiang.networks import is_public, literal
from huaxiang.words import Words

FOLDER = "subscribers"
TAG_CHANGED = "tag.changed"
SEGMENT_TOPICS = ("segment.entered", "segment.left")
TOPICS: Mapping[str, Words] = {
    TAG_CHANGED: Words("a customer's tag has another value", "客户的标签值变了"),
    "segment.entered": Words("a customer entered a segment", "客户进入人群"),
    "segment.left": Words("a customer left a segment", "客户离开人群"),
    "profile.merged": Words("two profiles turned out to be one customer", "两份画像合并为同一客户"),
}
"""What can be heard of, in the words of a definition."""
MOST_AT_ONCE = 64
_VARIABLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(frozen=True)
class Subscriber:
    """One subscriber: where its webhooks go, the variables that hold its secrets, and what it wants to hear.

    `tags` and `segments` narrow their topics; empty: all of them. `concurrency`: messages under way at once; with one,
    they come in order; with more, in order for each customer.
    """

    code: str
    name: Words
    url: str
    secrets: tuple[str, ...]
    topics: tuple[str, ...]
    tags: tuple[str, ...]
    segments: tuple[str, ...]
    allow_private: bool
    concurrency: int
    place: Place

    def wants(self, topic: str, data: Mapping[str, Any], guarded: Collection[object] = ()) -> bool:
        """Tell whether it wants a message; tags of `guarded` it hears of only when it names them."""
        if topic not in self.topics:
            return False
        if topic == TAG_CHANGED:
            return bool(self._tags(data, guarded))
        return topic not in SEGMENT_TOPICS or not self.segments or data.get("segment") in self.segments

    def narrowed(self, topic: str, data: Mapping[str, Any], guarded: Collection[object] = ()) -> Mapping[str, Any]:
        """Return what of a message it is told: of changed tags only those it wants."""
        return {**data, "tags": self._tags(data, guarded)} if topic == TAG_CHANGED else data

    def _tags(self, data: Mapping[str, Any], guarded: Collection[object]) -> dict[str, Any]:
        changed = data.get("tags")
        if not isinstance(changed, Mapping):
            return {}
        return {
            code: each for code, each in changed.items() if (code in self.tags if self.tags else code not in guarded)
        }


def parse_subscribers(nodes: Iterable[Node], tags: Iterable[str], segments: Iterable[str], faults: Faults) -> tuple[
    Subscriber, ...
]:  # fmt: skip
    """Return the subscribers of the given entries, checked against the tags and segments there are."""
    known_tags, known_segments = set(tags), set(segments)
    found: dict[str, Subscriber] = {}
    for node in nodes:
        subscriber = _subscriber(node, known_tags, known_segments, faults)
        if subscriber is None:
            continue
        first = found.setdefault(subscriber.code, subscriber)
        if first is not subscriber:
            where = f"{first.place.file}:{first.place.line}"
            en, zh = f"subscriber {first.code!r} is defined at {where} too", f"“{first.code}”在 {where} 已经定义过"
            faults.add(subscriber.place, en, zh)
    return tuple(found.values())


def subscriber_nodes(root: Path, faults: Faults) -> Iterator[Node]:
    """Yield every entry of subscribers/: each file holds one, or a list of them."""
    for path in sorted([*(root / FOLDER).rglob("*.yaml"), *(root / FOLDER).rglob("*.yml")]):
        node = read_yaml(path, path.relative_to(root).as_posix(), faults)
        if node is not None:
            yield from node.items


def _subscriber(node: Node, tags: set[str], segments: set[str], faults: Faults) -> Subscriber | None:
    fields = Fields(node, Words("a subscriber", "订阅方"), faults)
    if not node.mapping:
        return None
    code = fields.code("subscriber")
    name = fields.words("name", code)
    private = fields.flag("allow_private")
    url = fields.text("url", required=True)
    secrets = _secrets(fields)
    topics = _known(fields.texts("topics"), TOPICS, Words("topic", "主题"), faults) or tuple(TOPICS)
    wanted_tags = _narrowed(fields, "tags", tags, Words("tag", "标签"), (TAG_CHANGED,), topics)
    wanted_segments = _narrowed(fields, "segments", segments, Words("segment", "人群"), SEGMENT_TOPICS, topics)
    concurrency = fields.integer("concurrency", 1)
    fields.finish()
    if not 1 <= concurrency <= MOST_AT_ONCE:
        en, zh = f"concurrency is 1 to {MOST_AT_ONCE}", f"concurrency 应为 1 到 {MOST_AT_ONCE}"
        faults.add(node.mapping["concurrency"].place, en, zh)
    if not code or url is None or not _is_sound(url, private, faults):
        return None
    return Subscriber(
        code, name, url.text, secrets, topics, wanted_tags, wanted_segments, private, concurrency, node.place
    )


def _secrets(fields: Fields) -> tuple[str, ...]:
    fields.node_of("secret", required=True)
    names = []
    for text in fields.texts("secret"):
        found = _VARIABLE.fullmatch(text.text)
        if found:
            names.append(found[1])
        else:
            # The text itself may be a secret: it is not repeated.
            fields.faults.add(
                text.place,
                "a secret does not stand in a file: write env:NAME and set the variable NAME to it (whsec_…)",
                "密钥不写在文件里：请写 env:变量名，并把密钥（whsec_…）放进该环境变量",
            )
    return tuple(names)


def _known(texts: Iterable[Text], known: Iterable[str], what: Words, faults: Faults) -> tuple[str, ...]:
    known = set(known)
    for text in texts:
        if text.text not in known:
            en, zh = f"there is no {what.en} {text.text!r}", f"没有{what.zh}“{text.text}”"
            faults.add(text.place, en, zh, word=text.text, known=known)
    return tuple(dict.fromkeys(text.text for text in texts if text.text in known))


def _narrowed(
    fields: Fields, key: str, known: set[str], what: Words, of: tuple[str, ...], topics: tuple[str, ...]
) -> tuple[str, ...]:
    texts = fields.texts(key)
    if texts and not set(of) & set(topics):
        en = f"{key} narrows {' and '.join(of)}, which is not among the topics"
        fields.faults.add(texts[0].place, en, f"{key} 用于筛选 {'、'.join(of)}，但 topics 中没有")
    return _known(texts, known, what, fields.faults)


def _is_sound(url: Text, private: bool, faults: Faults) -> bool:
    """Note what is wrong with an address, without repeating it: it may hold a token."""
    wrong = _wrong_with(url.text, private)
    if wrong is not None:
        faults.add(url.place, wrong.en, wrong.zh)
    return wrong is None


def _wrong_with(url: str, private: bool) -> Words | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in ("http", "https") or re.search(r"[\s\x00-\x1f]", url):
        return Words("url is not an address: https://host/path", "url 不是合法地址，应为 https://主机/路径")
    if parts.username is not None or parts.password is not None:
        return Words("url may not hold a user or password", "url 中不能有用户名或密码")
    if private:
        return None
    if parts.scheme == "http":
        return Words(
            "url must be https; inside your own network, http goes with allow_private: true",
            "url 必须是 https；在自己的内网中可以用 http，并写 allow_private: true",
        )
    if _is_inside(host):
        return Words(
            "url leads into a private network; if that is meant, write allow_private: true",
            "url 指向内网；确实需要时请写 allow_private: true",
        )
    return None


def _is_inside(host: str) -> bool:
    host = host.rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = literal(host)
    return address is not None and not is_public(address)
