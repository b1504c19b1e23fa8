"""What people and systems write where a person or an identifier is meant and there is none."""

from __future__ import annotations

import re
from enum import Enum, auto

from huaxiang.missing import BLANK_WORDS, plain_word

NOBODY = frozenset(
    {
        *("匿名", "匿名用户", "游客", "访客", "散客", "散户", "路人", "过路客", "普通顾客", "普通客户"),
        *("现金客户", "零售客户"),
        *("非会员", "非會員", "不是会员", "无会员", "无会员卡", "无会员号", "没有会员卡", "无卡", "未办卡"),
        *("未开卡", "未入会"),
        *("未注册", "未註冊", "未登录", "未登錄", "未绑定", "未认证", "临时会员", "临时客户", "临时用户"),
        *("无名", "无名氏"),
        *("anonymous", "anonymous user", "anon", "guest", "guest user", "visitor", "walk-in", "walkin", "walk in"),
        *("walk-in customer", "cash customer", "non-member", "nonmember", "non member", "non_member", "not a member"),
        *("unregistered", "not registered", "not_registered", "unauthenticated", "not authenticated"),
        *("not_authenticated", "not logged in", "not_logged_in", "logged_out", "nobody", "no member", "no card"),
        *("empty", "missing", "not set", "(not set)", "not provided", "not_set", "n"),
    }
)
"""Where an identifier is meant: words by which the source itself says that there is nobody (lower-case)."""

FIELD_NAMES = frozenset(
    {
        *("id", "uid", "uuid", "guid", "user", "user_id", "userid", "user id", "username", "user_name", "login_id"),
        *("loginid", "distinct_id", "distinctid", "anonymous_id", "anonymousid", "visitor_id", "visitorid"),
        *("customer", "customer_id", "customerid", "member", "member_id", "memberid", "member_no", "card_no"),
        *("client_id", "clientid", "external_id", "externalid", "account", "account_id", "accountid"),
        *("email", "e-mail"),
        *("mail", "phone", "mobile", "tel", "name", "device_id", "deviceid", "openid", "open_id"),
        *("unionid", "union_id"),
        *("会员", "会员号", "会员卡号", "会员编号", "会员id", "卡号", "客户", "客户号", "客户编号", "客户id", "顾客"),
        *("用户", "用户名", "用户id", "用户编号", "手机", "手机号", "手机号码", "电话", "邮箱", "姓名", "身份证号"),
    }
)
"""Names of fields in the place of what they hold (lower-case)."""

PLACEHOLDERS = FIELD_NAMES | {
    *("-1", "0.0", "false", "true", "[object object]", "{}", "[]", "()", '""', "null null", "none none"),
    *("default", "test", "testing", "tester", "test_user", "testuser", "test user", "demo", "sample", "example"),
    *("dummy", "fake", "placeholder", "invalid", "invalid_id", "invalid_identifier", "invalid_user", "error"),
    *("string", "tbd", "todo", "temp", "tmp", "foo", "foobar", "query_string_value", "xxx"),
    *("测试", "测试用户", "测试账号", "测试会员", "测试客户", "默认", "默认会员", "默认用户", "临时", "待定", "作废"),
}
"""Where an identifier is meant: words that hold its place and identify nobody (lower-case)."""

FILLERS = BLANK_WORDS | NOBODY | PLACEHOLDERS
"""No value where a person or an identifier is meant (lower-case); numbers and shapes beside them: `filler`."""

NINES = 6
"""A number of at least so many digits, all of them 9, is a placeholder."""
NO_NUMBER = frozenset("0-_.*xX /:+")
"""Characters of which nothing that identifies is made alone: zeros, and marks for what was struck out."""
_NO_DIGIT = frozenset("-_.* /:+")
# What a template was to put in: {{ user_id }}, ${userId}, %user_id%, <user_id>, __IMEI__ (macros of advertisers).
_UNFILLED = re.compile(
    r"\{\{?[a-z_. ]+\}?\}|\$\{[^{}]*\}|\{%.*%\}|<%?[a-z_. =]+%?>|\[[a-z_ ]+\]|%[a-z_]+%|__[a-z0-9_]+__|:[a-z_]+",
    re.DOTALL,
)


class Filler(Enum):
    """What a text that identifies nobody is: nothing was given, or something that only holds the place."""

    MISSING = auto()
    PLACEHOLDER = auto()


def is_blank(text: str) -> bool:
    """Say whether `text` is a word for no value in any column."""
    return plain_word(text) in BLANK_WORDS


def filler(text: str) -> Filler | None:
    """Return what `text` is where a person or an identifier is meant, None when it may be one."""
    plain = plain_word(text)
    if plain in BLANK_WORDS or plain in NOBODY or _NO_DIGIT.issuperset(plain):
        return Filler.MISSING
    if plain in PLACEHOLDERS or NO_NUMBER.issuperset(plain):
        return Filler.PLACEHOLDER
    nines = plain[:1] == "9" and len(plain) >= NINES and not plain.strip("9")
    return Filler.PLACEHOLDER if nines or _UNFILLED.fullmatch(plain) else None


def is_filler(text: str) -> bool:
    """Say whether `text` stands for no person and no identifier: a filler word, or only zeros and marks."""
    return filler(text) is not None
