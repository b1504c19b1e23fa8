"""Every normaliser there is. A new kind is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.clean.normalise.address import Address
from huaxiang.clean.normalise.bank_card import BankCard
from huaxiang.clean.normalise.base import Normaliser, Plain
from huaxiang.clean.normalise.code import Code
from huaxiang.clean.normalise.email import Email
from huaxiang.clean.normalise.figures import written_out
from huaxiang.clean.normalise.id_card import IdCard
from huaxiang.clean.normalise.machine_token import Token
from huaxiang.clean.normalise.name import Name
from huaxiang.clean.normalise.phone import HOME, Phone, phone
from huaxiang.clean.normalise.uscc import CreditCode
from huaxiang.clean.normalise.wechat import WechatAccount, WechatPlatformId
from huaxiang.connectors.marks import is_lost

NORMALISERS: tuple[Normaliser, ...] = (
    Phone(),
    Email(),
    IdCard(),
    CreditCode(),
    BankCard(),
    WechatAccount(),
    WechatPlatformId("openid"),
    WechatPlatformId("unionid"),
    Token("device_id"),
    Token("token"),
    Code("member_id"),
    Code("code"),
    Name(),
    Address(),
)


@dataclass(frozen=True)
class _Whole:
    """A normaliser that is given numbers written out in full, and nothing of which digits are gone."""

    inner: Normaliser

    @property
    def kind(self) -> str:
        return self.inner.kind

    @property
    def derived(self) -> Mapping[str, str]:
        return self.inner.derived

    @property
    def plain(self) -> Plain | None:
        return self.inner.plain

    def normalise(self, text: str) -> str | None:
        whole = None if is_lost(text) else written_out(text)
        return None if whole is None else self.inner.normalise(whole)

    def derive(self, canonical: str) -> tuple[str | None, ...]:
        return self.inner.derive(canonical)


_BY_KIND = {each.kind: _Whole(each) for each in NORMALISERS}


def normaliser(kind: str, region: str = HOME) -> Normaliser:
    """Return the normaliser of `kind`; a kind without one of its own is read as a code.

    `region` (ISO 3166) is that of numbers written without their country's code.
    """
    if kind == "phone" and region != HOME:
        return _Whole(phone(region))
    return _BY_KIND.get(kind) or _Whole(Code(kind))
