"""A door: where events come in, what it accepts, and who may use it.

Enters: doors/*.yaml as nodes. Leaves: frozen Door definitions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import NOWHERE, Faults, Node, Place, read_yaml
from huaxiang.inbox.contract import Contract, parse_contract
from huaxiang.secret import from_environment
from huaxiang.words import Words

FOLDER = "doors"
ACCEPTS = ("segment", "sensors", "webhook")
ALGORITHMS = ("sha256", "sha1", "sha512")
ENCODINGS = ("hex", "base64")
READING_VERSION = 3
"""Raise it when reading itself changes, so that what came in is cleaned again."""


@dataclass(frozen=True)
class Signature:
    """How a webhook is signed: an HMAC of the body in a header, or (`standard`) as Standard Webhooks say.

    `secret` is env:NAME or the secret itself: see `secret_of`.
    """

    secret: str = field(repr=False)
    header: str = ""
    algorithm: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    standard: bool = False


@dataclass(frozen=True)
class WebhookMapping:
    """Paths into a webhook's body, "" for none: the list of its items, and an item's id, event, time and user."""

    each: str = ""
    id: str = ""
    event: str = ""
    time: str = ""
    user: str = ""


@dataclass(frozen=True)
class Door:
    """One door. `write_key` is env:NAME, the key itself, or "" (a webhook that is signed); `limit` is events/second."""

    code: str
    words: Words
    accept: tuple[str, ...]
    write_key: str = field(default="", repr=False)
    origins: tuple[str, ...] = ()
    limit: int | None = None
    contracts: Mapping[str, Contract] = field(default_factory=dict)
    signature: Signature | None = None
    mapping: WebhookMapping | None = None
    place: Place = NOWHERE
    definition: str = field(default="", repr=False)

    @property
    def key(self) -> str | None:
        """The write key itself; None when it is in a variable that is not set, or there is none."""
        return secret_of(self.write_key)

    @property
    def reading(self) -> str:
        """A hash of what decides how its bodies are read: contracts, mapping, and the code that reads."""
        contracts = [[name, each.required, each.optional, each.others] for name, each in sorted(self.contracts.items())]
        mapping = None if self.mapping is None else vars(self.mapping)
        text = json.dumps([READING_VERSION, contracts, mapping], ensure_ascii=False)
        return blake2b(text.encode(), digest_size=8).hexdigest()


def secret_of(written: str) -> str | None:
    """Return the secret that `env:NAME` or a text stands for; None when the variable is not set, or the text empty."""
    if written.startswith("env:"):
        return from_environment(written.removeprefix("env:")) or None
    return written or None


def doors_of(root: Path, faults: Faults) -> list[Door]:
    """Return the doors that doors/*.yaml of a project define; every fault is noted, doubled codes too."""
    found: dict[str, Door] = {}
    folder = root / FOLDER
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
        node = read_yaml(path, path.relative_to(root).as_posix(), faults)
        for each in node.items if node else ():
            door = parse_door(each, faults)
            if door is None:
                continue
            first = found.setdefault(door.code, door)
            if first is not door:
                where = f"{first.place.file}:{first.place.line}"
                en, zh = f"door {door.code!r} is defined at {where} too", f"入口“{door.code}”在 {where} 已经定义过"
                faults.add(door.place, en, zh)
    _no_shared_keys(list(found.values()), faults)
    return list(found.values())


def _no_shared_keys(doors: list[Door], faults: Faults) -> None:
    """Note every door that has the write key of another: nobody could say at which one an event came in."""
    first: dict[str, Door] = {}
    for door in doors:
        other = first.setdefault(door.write_key, door) if door.write_key else door
        if other is not door:
            en = f"door {door.code!r} has the write key of {other.code!r}"
            faults.add(door.place, en, f"入口“{door.code}”与“{other.code}”的写入密钥相同")


def parse_door(node: Node, faults: Faults) -> Door | None:
    """Return the door a node defines; None when it has no usable code. Every fault is noted."""
    fields = Fields(node, Words("a door", "入口"), faults)
    code = fields.code("door")
    words = fields.words("name", code)
    accept = _accept(fields)
    write_key = _secret(fields, "write_key")
    origins = _origins(fields)
    limit = _limit(fields)
    contracts = {name: parse_contract(name, each, faults) for name, each in fields.mapping("contracts").items()}
    signature = _signature(fields)
    mapping = _mapping(fields)
    fields.finish()
    _fitting(fields, accept, write_key, signature)
    if not code:
        return None
    definition = json.dumps(node.plain(), sort_keys=True, ensure_ascii=False)
    return Door(code, words, accept, write_key, origins, limit, contracts, signature, mapping, node.place, definition)


def _accept(fields: Fields) -> tuple[str, ...]:
    texts = fields.texts("accept")
    if "accept" not in fields:
        return ("segment",)
    for each in texts:
        if each.text not in ACCEPTS:
            known = ", ".join(ACCEPTS)
            fields.faults.add(
                each.place, f"a door cannot accept {each.text!r}; it is one of {known}",
                f"入口不能接受“{each.text}”，可选：{known}", word=each.text, known=ACCEPTS,
            )  # fmt: skip
    return tuple(each.text for each in texts if each.text in ACCEPTS)


def _secret(fields: Fields, key: str, *, required: bool = False) -> str:
    text = fields.text(key, required=required)
    if text is None:
        return ""
    if not text.text.removeprefix("env:").strip():
        fields.faults.add(text.place, f"{key} is empty", f"{key} 是空的")
    return text.text


def _origins(fields: Fields) -> tuple[str, ...]:
    texts = fields.texts("origins")
    for each in texts:
        rest = each.text.removeprefix("https://").removeprefix("http://")
        if each.text != "*" and (rest == each.text or not rest or "/" in rest):
            fields.faults.add(
                each.place, f"{each.text!r} is no origin: * or https://host[:port], without a path",
                f"“{each.text}”不是合法的来源：应为 * 或 https://主机[:端口]，不带路径",
            )  # fmt: skip
    return tuple(each.text for each in texts)


def _limit(fields: Fields) -> int | None:
    node = fields.node_of("limit")
    if node is None or node.value is None:
        return None
    if isinstance(node.value, bool) or not isinstance(node.value, int) or node.value < 1:
        en, zh = "limit must be a whole number of events a second, 1 or more", "limit 应为每秒事件数，不小于 1 的整数"
        fields.faults.add(node.place, en, zh)
        return None
    return node.value


def _signature(fields: Fields) -> Signature | None:
    node = fields.node_of("signature")
    if node is None:
        return None
    inner = Fields(node, Words("a signature", "签名"), fields.faults)
    if "standard" in inner:
        secret = _secret(inner, "standard")
        inner.finish()
        return Signature(secret, standard=True)
    secret = _secret(inner, "secret", required=True)
    header = inner.text("header", required=True)
    algorithm = inner.choice("algorithm", ALGORITHMS, "sha256")
    encoding = inner.choice("encoding", ENCODINGS, "hex")
    prefix = inner.text("prefix")
    # Not `finish` alone: the nearest word of "standart" is among both forms' keys.
    inner.node_of("standard")
    inner.finish()
    return Signature(secret, header.text if header else "", algorithm, encoding, prefix.text if prefix else "")


def _mapping(fields: Fields) -> WebhookMapping | None:
    node = fields.node_of("mapping")
    if node is None:
        return None
    inner = Fields(node, Words("a mapping", "mapping"), fields.faults)
    each, id_, event, time, user = (_path(inner.text(key)) for key in ("each", "id", "event", "time", "user"))
    inner.finish()
    return WebhookMapping(each, id_, event, time, user)


def _path(text: Text | None) -> str:
    return text.text.strip() if text else ""


def _fitting(fields: Fields, accept: tuple[str, ...], write_key: str, signature: Signature | None) -> None:
    """Note what does not go together: webhooks are signed and alone, other doors have a write key."""
    faults, place = fields.faults, fields.place
    if "webhook" in accept:
        if len(accept) > 1:
            en, zh = "a door that accepts webhooks accepts nothing else", "接受 webhook 的入口不能再接受其他形式"
            faults.add(fields.node.mapping["accept"].place, en, zh)
        if not write_key and signature is None:
            en = "a door of webhooks needs a signature or a write_key: without one anybody could send"
            faults.add(place, en, "webhook 入口需要 signature 或 write_key，否则任何人都可以发送")
        return
    if not write_key and "write_key" not in fields and accept:
        faults.add(place, "a door lacks 'write_key'", "入口缺少“write_key”")
    for key in ("signature", "mapping"):
        if key in fields:
            en, zh = f"{key} is for doors that accept webhooks", f"{key} 只用于接受 webhook 的入口"
            faults.add(fields.node.mapping[key].place, en, zh)
