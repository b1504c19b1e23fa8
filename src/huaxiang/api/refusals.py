"""Answers of the doors: JSON, and for what is refused a code and a text that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from huaxiang.errors import HuaxiangError
from huaxiang.words import Language, Words

Headers = list[tuple[bytes, bytes]]
JSON: Final[Headers] = [(b"content-type", b"application/json; charset=utf-8")]


class Refusal(HuaxiangError):
    """A request that is not taken: the HTTP `status`, a `code` for machines, and words for people.

    `headers` go with the answer; `Retry-After` is among them where the same request may be taken later.
    """

    def __init__(self, status: int, code: str, words: Words, headers: Headers | None = None) -> None:
        super().__init__(words)
        self.status, self.code, self.headers = status, code, headers or []

    def body(self, language: Language) -> bytes:
        """Return {"code", "message"} as JSON, the message in `language`."""
        return msgspec.json.encode({"code": self.code, "message": self.say(language)})


def later(status: int, code: str, words: Words, seconds: float) -> Refusal:
    """Return a refusal that asks the client to come again after `seconds` (rounded up, at least one)."""
    whole = max(1, int(-(-seconds // 1)))
    return Refusal(status, code, words, [(b"retry-after", b"%d" % whole)])


def language_asked(headers: Mapping[bytes, bytes]) -> Language:
    """Return the language an `Accept-Language` header asks for first: English unless it is Chinese."""
    return "zh" if headers.get(b"accept-language", b"").lstrip().lower().startswith(b"zh") else "en"


def bad(code: str, en: str, zh: str) -> Refusal:
    """Return a refusal with status 400: the request itself is wrong, and sending it again does not help."""
    return Refusal(400, code, Words(en, zh))


def no_key() -> Refusal:
    """Return the refusal of a request without a write key, or with one no door knows."""
    return Refusal(
        401,
        "unauthorized",
        Words(
            "the write key is missing or unknown: send that of a door (doors/*.yaml) as the user of Basic "
            'authentication, as a Bearer token, or as "writeKey" in the body',
            "缺少写入密钥或密钥未知：请把某个入口（doors/*.yaml）的写入密钥放在 Basic 认证的用户名、"
            "Bearer 令牌或请求体的 “writeKey” 中",
        ),
        [(b"www-authenticate", b'Basic realm="huaxiang"')],
    )


def not_found(path: str) -> Refusal:
    """Return the refusal of a path no door answers at."""
    return Refusal(404, "not_found", Words(f"no door answers at {path[:100]!r}", f"没有入口对应路径“{path[:100]}”"))


def too_large(what: Words, most: int) -> Refusal:
    """Return the refusal of `what` above `most` bytes (400, as Segment's API answers it)."""
    limit = f"{most:,}"
    return bad(
        "too_large",
        f"{what.en} is larger than {limit} bytes: send it in smaller parts",
        f"{what.zh}超过 {limit} 字节：请拆小后再发送",
    )
