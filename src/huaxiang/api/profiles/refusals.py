"""What is answered when something is wrong: a status, a code for programs, words for people."""

from __future__ import annotations

from collections.abc import Mapping

from huaxiang.errors import (
    DamagedError,
    DiskError,
    HuaxiangError,
    MasterKeyError,
    NotFound,
    ProjectError,
    WrongKeyError,
)
from huaxiang.words import Language, Words, language_of

STATUS: Mapping[str, int] = {
    "invalid": 422, "unauthorized": 401, "forbidden": 403, "not_found": 404,
    "not_allowed": 405, "too_large": 413, "media_type": 415, "too_many": 429, "fault": 500, "not_ready": 503,
    "damaged": 503, "disk": 503, "locked": 503, "not_audited": 503,
}  # fmt: skip
"""Every code there is, and the HTTP status it comes with."""
NO_SUCH_CUSTOMER = Words("no customer has this id or identifier", "没有客户使用这个编号或标识")
_UNAUTHORIZED = Words(
    "a valid API token is needed:  Authorization: Bearer hx_…", "需要有效的接口令牌：Authorization: Bearer hx_…"
)
_FORBIDDEN = Words("this token may not see personal values", "这个令牌无权查看个人信息原值")
_TOO_MANY = Words("this token reads too fast: try again later", "这个令牌读取过于频繁，请稍后再试")
_LARGE = Words("the body is too large", "请求内容过大")
_MEDIA = Words("the body must be JSON (Content-Type: application/json)", "请求内容应为 JSON（application/json）")
_NO_KEY = Words("the server has not the master key", "服务器没有主密钥")
_WRONG_KEY = Words(
    "the server's master key is not the one the data was sealed with", "服务器的主密钥不是封存数据时所用的那一把"
)
_FAULT = Words("the server failed; this is a fault of ours", "服务器出错，这是程序的问题")


class Refused(HuaxiangError):
    """A request that is not answered: `code` is one of STATUS."""

    def __init__(self, code: str, words: Words, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.code, self.headers = code, dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS[self.code]


def unauthorized() -> Refused:
    """Return the refusal of a request without a valid token."""
    return Refused("unauthorized", _UNAUTHORIZED, {"WWW-Authenticate": 'Bearer realm="huaxiang", Basic'})


def forbidden() -> Refused:
    """Return the refusal of a token that may not see personal values."""
    return Refused("forbidden", _FORBIDDEN)


def too_many(seconds: int) -> Refused:
    """Return the refusal of a token that reads too fast; it may come again after `seconds`."""
    return Refused("too_many", _TOO_MANY, {"Retry-After": str(seconds)})


def too_large() -> Refused:
    """Return the refusal of a body that is too large."""
    return Refused("too_large", _LARGE)


def not_json() -> Refused:
    """Return the refusal of a body of another kind."""
    return Refused("media_type", _MEDIA)


def fault() -> Refused:
    """Return the answer to a fault of ours."""
    return Refused("fault", _FAULT)


def not_there() -> Refused:
    """Return the answer for a customer who is not there; who was asked for is not repeated."""
    return Refused("not_found", NO_SUCH_CUSTOMER)


def refusal(error: HuaxiangError) -> Refused:
    """Return what is answered for an error of the product."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, NotFound):
        return Refused("not_found", error.words)
    if isinstance(error, ProjectError):
        return Refused("not_ready", error.words, {"Retry-After": "10"})
    if isinstance(error, MasterKeyError):
        # Its words name a file of the server: that is for whoever runs it.
        return Refused("locked", _WRONG_KEY if isinstance(error, WrongKeyError) else _NO_KEY)
    if isinstance(error, DamagedError):
        return Refused("damaged", error.words, {"Retry-After": "10"})
    if isinstance(error, DiskError):
        return Refused("disk", error.words, {"Retry-After": "10"})
    return fault()


def preferred_language(header: str, otherwise: Language = "en") -> Language:
    """Return the language of an Accept-Language header: the one of en and zh it likes best, or `otherwise`."""
    best, liked = str(otherwise), 0.0
    for part in header.split(",")[:20]:
        name, _, rest = part.partition(";")
        if name.strip().lower()[:2] in ("en", "zh") and (weight := _weight(rest)) > liked:
            best, liked = name.strip(), weight
    return language_of(best)


def _weight(text: str) -> float:
    name, _, number = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(number)
    except ValueError:
        return 0.0
