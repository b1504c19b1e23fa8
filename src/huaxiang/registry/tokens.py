"""API tokens: who may read over HTTP, and what. A token is shown once; only a hash of it is kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from huaxiang.errors import Conflict, NotFound
from huaxiang.registry.store import Registry
from huaxiang.registry.tables import API_TOKENS
from huaxiang.words import Words

_FORM = re.compile(r"hx_([0-9a-f]{12})_([\w-]{43})")
_NO_HASH = "0" * 64


class Right(StrEnum):
    """What a token may do beyond reading profiles with personal values masked."""

    PERSONAL = "personal"
    JOBS = "jobs"


@dataclass(frozen=True)
class Token:
    """One token as it is kept. All moments are UTC; `rate` is in requests a second, None for no limit."""

    id: str
    name: str
    hash: str
    may: frozenset[Right]
    rate: int | None
    created: datetime
    by: str
    expires: datetime | None
    revoked: datetime | None
    revoked_by: str | None

    def valid(self, at: datetime) -> bool:
        """Whether it opens anything at a moment (UTC)."""
        return self.revoked is None and (self.expires is None or at < self.expires)


def create_token(
    registry: Registry,
    name: str,
    *,
    by: str,
    may: Iterable[Right] = (),
    rate: int | None = None,
    expires: datetime | None = None,
) -> tuple[str, Token]:
    """Make a token; return its text, which is kept nowhere, and its record.

    Raises Conflict when a token of that name is still in use: the name is what an audit tells readers apart by.
    """
    id_, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    text, now = f"hx_{id_}_{secret}", _now()
    values = {
        "id": id_, "name": name, "hash": _hash(text), "may": sorted(set(may)), "rate": rate,
        "created": _kept(now), "by": by, "expires": _kept(expires) if expires else None,
    }  # fmt: skip
    with registry.engine.begin() as connection:
        rows = connection.execute(sa.select(API_TOKENS).where(API_TOKENS.c.name == name)).mappings()
        if any(_token(row).valid(now) for row in rows):
            raise Conflict(
                Words(f"there is a token {name!r} already: revoke it first", f"令牌“{name}”已经存在：请先吊销")
            )
        connection.execute(API_TOKENS.insert().values(**values))
        row = connection.execute(sa.select(API_TOKENS).where(API_TOKENS.c.id == id_)).mappings().one()
        return text, _token(row)


def tokens(registry: Registry) -> list[Token]:
    """Return every token there ever was, the oldest first."""
    with registry.engine.connect() as connection:
        query = sa.select(API_TOKENS).order_by(API_TOKENS.c.created, API_TOKENS.c.id)
        return [_token(row) for row in connection.execute(query).mappings()]


def revoke_token(registry: Registry, name: str, *, by: str) -> Token:
    """Let the token of that name open nothing any more; return it. Raises NotFound when none is in use."""
    now = _now()
    with registry.engine.begin() as connection:
        rows = connection.execute(sa.select(API_TOKENS).where(API_TOKENS.c.name == name)).mappings()
        used = next((token for token in map(_token, rows) if token.valid(now)), None)
        if used is None:
            raise NotFound(Words(f"no token {name!r} is in use", f"没有正在使用的令牌“{name}”"))
        here = API_TOKENS.c.id == used.id
        connection.execute(API_TOKENS.update().where(here).values(revoked=_kept(now), revoked_by=by))
        return _token(connection.execute(sa.select(API_TOKENS).where(here)).mappings().one())


def find_token(known: dict[str, Token], text: str, at: datetime) -> Token | None:
    """Return the token of `known` (by id) that `text` is, if it is valid at a moment (UTC); else None.

    It takes as long for a wrong secret as for a right one, and for an id that is not known.
    """
    form = _FORM.fullmatch(text)
    token = known.get(form[1]) if form else None
    same = hmac.compare_digest(_hash(text), token.hash if token else _NO_HASH)
    return token if same and token is not None and token.valid(at) else None


def _hash(text: str) -> str:
    # 256 random bits cannot be guessed, so a plain hash keeps them as well as a slow one would.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _token(row: Any) -> Token:
    return Token(
        row["id"], row["name"], row["hash"], frozenset(Right(each) for each in row["may"]), row["rate"],
        datetime.fromisoformat(row["created"]), row["by"], _time(row["expires"]), _time(row["revoked"]),
        row["revoked_by"],
    )  # fmt: skip


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _kept(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
