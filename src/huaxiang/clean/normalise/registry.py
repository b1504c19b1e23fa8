"""Every normaliser there is. A new kind is one file and one line here."""

from __future__ import annotations

from huaxiang.clean.normalise.address import Address
from huaxiang.clean.normalise.bank_card import BankCard
from huaxiang.clean.normalise.base import Normaliser
from huaxiang.clean.normalise.code import Code
from huaxiang.clean.normalise.email import Email
from huaxiang.clean.normalise.id_card import IdCard
from huaxiang.clean.normalise.machine_token import Token
from huaxiang.clean.normalise.name import Name
from huaxiang.clean.normalise.phone import Phone
from huaxiang.clean.normalise.uscc import CreditCode
from huaxiang.clean.normalise.wechat import WechatAccount, WechatPlatformId

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

_BY_KIND = {normaliser.kind: normaliser for normaliser in NORMALISERS}


def normaliser(kind: str) -> Normaliser:
    """Return the normaliser of `kind`; a kind without one of its own is read as a code."""
    return _BY_KIND.get(kind) or Code(kind)
