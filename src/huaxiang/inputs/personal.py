"""Which columns of a file hold personal values: those that a source maps so, and those whose name says it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlglot import exp

from huaxiang.connectors.base import ReadSpec
from huaxiang.connectors.files import find
from huaxiang.definitions.nodes import Faults
from huaxiang.errors import ReadError
from huaxiang.sources import Source
from huaxiang.sql.language import dotted, parse

_NAMED = re.compile(
    r"""
    (?: .* (?: 姓名 | 真名 | 户名 | 联系人 | 收货人 | 收件人 | 手机 | 电话 | 联系方式 | 身份证 | 证件 | 护照
        | 邮箱 | 电子邮件 | 地址 | 住址 | 银行卡 | 微信 | 车牌 | openid | unionid ) (?: 号 | 号码 | 地址 )?
      | 名字
      | (?: .* [ ] )? (?: phone | mobile | cell | tel | telephone | fax | e?mail | address | passport | wechat | openid
        | unionid | surname | fullname | firstname | lastname | realname | idcard | ssn )
      | (?: .* [ ] )? (?: full | first | last | middle | family | given | real | legal | customer | client | member
        | buyer | user | contact | receiver | recipient | holder | owner | person | patient | guest ) [ ] name
      | (?: .* [ ] )? (?: id | identity | national | bank | credit ) [ ] card | national [ ] id | licen[cs]e [ ] plate
      | (?: .* [ ] )? (?: phone | mobile ) [ ] phone
    )
    (?: [ ]? (?: no | nr | num | number | address ) )? (?: [ ]? \d{1,2} )?
    """,
    re.VERBOSE | re.DOTALL,
)
"""Names of columns, small and with one blank for every sign, that hold what is personal in whatever file they stand."""
_ASIDE = re.compile(r"[(（\[【].*?[)）\]】]")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


def personal_columns(sources: Sequence[Source], root: Path, read: ReadSpec, columns: Sequence[str]) -> frozenset[str]:
    """Return which of the columns of what is read are personal: by name, or as a source of the same file maps them."""
    named = {each for each in columns if is_named_so(each)}
    return frozenset(named.union(_mapped(sources, root, read)) & set(columns))


def is_named_so(column: str) -> bool:
    """Tell whether the name of a column says that its values are personal."""
    return _NAMED.fullmatch(" ".join(_WORDS.findall(_ASIDE.sub("", column))).casefold()) is not None


def _mapped(sources: Sequence[Source], root: Path, read: ReadSpec) -> Iterator[str]:
    mine = _files(root, read)
    for source in sources:
        if mine & _files(root, source.read):
            for _, text in (*source.identifiers, *source.personal):
                tree = parse(text, Faults())
                yield from (dotted(column) for column in tree.find_all(exp.Column)) if tree is not None else ()


def _files(root: Path, read: ReadSpec) -> set[Path]:
    """Return the files a specification means; for a database, which two specifications never share, none."""
    if read.kind in ("sql", "door", ""):
        return set()
    try:
        return {file.resolve() for file in find(root, read.target)}
    except ReadError:
        return set()
