"""WeChat: account names, and the ids that its platform gives to applications."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.clean.normalise.base import NOTHING_DERIVED, Plain
from huaxiang.clean.normalise.fillers import is_blank
from huaxiang.clean.normalise.text import fold

# The account name a person may choose: 6 to 20 letters, digits, _ or -, beginning with a letter. Who has chosen
# none has a given one, "wxid_" and some 14 letters and digits. Letters' case does not matter (WeChat folds it).
_ACCOUNT = re.compile(r"wxid_[a-z0-9]{6,24}|[a-z][a-z0-9_-]{5,19}", re.ASCII)
_PLATFORM_ID = re.compile(r"[A-Za-z0-9_-]{28}", re.ASCII)
_PLAIN = Plain("[1-9A-WYZa-wyz][A-Za-z0-9_-]{27}")


@dataclass(frozen=True)
class WechatAccount:
    """wxid_7hq8zk3n2x1m22, li_lei-1990."""

    kind: str = "wechat"

    @property
    def derived(self) -> Mapping[str, str]:
        """Nothing."""
        return NOTHING_DERIVED

    @property
    def plain(self) -> Plain | None:
        """None: too many words of the language look like one."""
        return None

    def normalise(self, text: str) -> str | None:
        """Return the account name in lower case, None when WeChat could not have given it."""
        account = fold(text).lower()
        return account if _ACCOUNT.fullmatch(account) and not is_blank(account) else None

    def derive(self, canonical: str) -> tuple[str | None, ...]:
        """Return nothing."""
        return ()


@dataclass(frozen=True)
class WechatPlatformId:
    """An openid or a unionid: 28 characters in which case matters.

    An openid means a person only within its appid; only a unionid joins applications.
    """

    kind: str

    @property
    def derived(self) -> Mapping[str, str]:
        """Nothing."""
        return NOTHING_DERIVED

    @property
    def plain(self) -> Plain | None:
        """28 characters, the first of which no filler has."""
        return _PLAIN

    def normalise(self, text: str) -> str | None:
        """Return the id as it is, None when it is not 28 characters of its alphabet."""
        token = fold(text)
        return token if _PLATFORM_ID.fullmatch(token) and not is_blank(token) else None

    def derive(self, canonical: str) -> tuple[str | None, ...]:
        """Return nothing."""
        return ()
