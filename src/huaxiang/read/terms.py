"""Words for what a build holds: kinds of identifiers and personal values, states, reasons, categories.

A code that has no words here, or in the project, is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from huaxiang.clean.plan import RULES
from huaxiang.clean.spoilt import SPOILT_REASONS
from huaxiang.codes import value_words
from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults
from huaxiang.inbox.rules import CONTRACT, contract_words
from huaxiang.model import COMMON, Type
from huaxiang.project import Project
from huaxiang.sql.check import AS_OF
from huaxiang.sql.language import parse
from huaxiang.tag.wording import say
from huaxiang.words import Words


def same(text: str) -> Words:
    """Return a text that is the same in both languages."""
    return Words(text, text)


PERSONAL: Mapping[str, Words] = {
    "name": Words("Name", "姓名"),
    "phone": Words("Mobile phone", "手机号"),
    "email": Words("E-mail", "邮箱"),
    "address": Words("Address", "地址"),
    "id_card": Words("Resident ID card", "身份证号"),
    "bank_card": Words("Bank card", "银行卡号"),
    "uscc": Words("Credit code", "统一社会信用代码"),
    "wechat": Words("WeChat account", "微信号"),
    "openid": Words("WeChat OpenID", "微信 OpenID"),
    "unionid": Words("WeChat UnionID", "微信 UnionID"),
    "anonymous_id": Words("Anonymous visitor id", "访客号"),
    "device_id": Words("Device id", "设备号"),
    "token": Words("Token", "令牌"),
    "member_id": Words("Member number", "会员号"),
    "code": Words("Code", "编码"),
    "comment": Words("Customer's own words", "原话"),
    "body": Words("E-mail text", "邮件正文"),
}
LINK_STATES: Mapping[str, Words] = {
    "joined": Words("Joins", "已打通"),
    "weak": Words("Weak: not used to join", "弱标识，不用于打通"),
    "set_aside": Words("Set aside", "已搁置"),
    "refused": Words("Refused", "已拒绝"),
}
OTHERS = Words("Belongs to another customer", "属于另一位客户")
WHOSE: Mapping[str, Words] = {
    "mine": Words("rows that contain both belong to this customer", "同时含有两者的行归这位客户"),
    "others": Words("rows that contain both belong to the other customer", "同时含有两者的行归另一位客户"),
    "nobodys": Words(
        "rows that contain both belong to no customer, unless a third identifier decides",
        "同时含有两者的行不归任何客户，除非行内另有标识能说明归属",
    ),
}
IDENTIFIER_STATES: Mapping[str, Words] = {
    "joined": Words("Belongs to a customer", "已归属客户"),
    "set_aside": Words("Set aside", "已搁置"),
    "floating": Words("No customer yet", "暂无归属"),
}
REASONS: Mapping[str, Words] = {
    "shared": Words("Seen with too many people", "与过多人同时出现"),
    "ambiguous": Words("Equal evidence for several people", "指向几个人的证据一样强"),
    "collision": Words("Two values have the same index number", "两个值编号相同"),
    "link": Words("Seen together in one row", "在同一行数据中出现"),
    "refused": Words("The link was refused", "该关联被拒绝"),
    "gone": Words("The rows that joined them no longer exist", "依据的数据已不存在"),
}
FATES: Mapping[str, Words] = {
    "row": Words("Row left out", "整行未采用"),
    "value": Words("Value left out", "仅该值未采用"),
}
CATEGORIES: Mapping[str, Words] = {
    zh: Words(en, zh)
    for zh, en in {
        "人口": "Demographics", "基本信息": "Basics", "地域": "Region", "会员": "Membership",
        "行为": "Behaviour", "购买": "Buying", "活跃": "Activity", "服务": "Service", "访问": "Visits",
        "浏览": "Browsing", "转化": "Conversion", "售后": "After sales", "交易": "Transactions", "用卡": "Card use",
        "风险": "Risk", "意向": "Intent", "试驾": "Test drives", "用车": "Driving", "扫码": "Scans", "积分": "Points",
        "派样": "Samples",
        "偏好": "Preferences", "渠道": "Channels", "品类": "Categories", "品牌": "Brands", "支付": "Payment",
        "内容": "Content", "消费": "Spending", "车型": "Models", "单品": "Products",
        "心理": "Attitudes", "价格": "Price", "满意度": "Satisfaction", "倾向": "Tendencies",
        "社交": "Social", "互动": "Interaction",
        "价值": "Value", "层级": "Tiers", "资产": "Assets", "产品": "Products", "贷款": "Loans", "车辆": "Vehicles",
        "生命周期": "Lifecycle", "预警": "Warnings",
    }.items()
}  # fmt: skip
"""The Chinese categories of the ready tags, for readers of English."""


def term(terms: Mapping[str, Words], code: str) -> Words:
    """Return the words of a code, or the code."""
    return terms.get(code) or same(code)


def category_words(part: str) -> Words:
    """Return the words of one part of a category, or the part itself."""
    return CATEGORIES.get(part) or value_words(part)


def kind_words(project: Project, kind: str) -> Words:
    """Return the words of a kind of identifier or personal value: the project's own, or the common ones."""
    known = project.identity.by_kind.get(kind)
    return known.words if known and known.words.en != kind else term(PERSONAL, kind)


def source_words(project: Project, code: str) -> Words:
    """Return the words of a source; one that is no longer defined keeps its code."""
    return next((source.words for source in project.sources if source.code == code), same(code))


def rule_words(project: Project, table: str | None, rule: str) -> Words:
    """Return in words why a row or value was quarantined ("invalid:phone", "reject: amount < 0", …)."""
    if rule in RULES:
        return RULES[rule]
    what, _, rest = (part.strip() for part in rule.partition(":"))
    if what == CONTRACT:
        return contract_words(rule)
    if what == "reject":
        said = _condition_words(project, table, rest)
        return Words(f"stopped by the rule: {said.en}", f"被规则拒绝：{said.zh}")
    names = [_column_words(project, table, name.strip()) for name in rest.split(",")]
    of = Words(", ".join(each.en for each in names), "、".join(each.zh for each in names))
    if what == "invalid":
        dated = any(_is_dated(project, table, name.strip()) for name in rest.split(","))
        hint = Words(" (`format` in the source says how it is written)", "（写法可在来源里用 format 说明）")
        return Words(f"{of.en}: not valid{hint.en * dated}", f"{of.zh}无效{hint.zh * dated}")
    if what in SPOILT_REASONS:
        why = SPOILT_REASONS[what]
        return Words(f"{of.en}: {why.en}", f"{of.zh}：{why.zh}") if rest else why
    if what == "currency":
        return Words(f"{of.en}: in another currency", f"{of.zh}是其他币种的金额")
    if what == "missing":
        return Words(f"{of.en}: missing", f"缺少{of.zh}")
    if what == "personal":
        return Words(f"{of.en}: looks personal", f"{of.zh}像是个人信息")
    return same(rule)


def _condition_words(project: Project, table: str | None, text: str) -> Words:
    """Return a condition over a fact table's columns in words; what cannot be read any more stays as it was written."""
    tree = parse(Text(text), Faults())
    if tree is None:
        return same(text)
    moment = tree.transform(lambda node: exp.column(AS_OF) if _is_now(node) else node)
    return say(moment, {each.name: _column_words(project, table, each.name) for each in moment.find_all(exp.Column)})


def _is_now(node: exp.Expression) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).lower() == "now" and not node.expressions


def column_words(project: Project, table: str | None, name: str) -> Words:
    """Return the words of a fact table's column, or of a kind of personal value of that name."""
    return _column_words(project, table, name)


def _is_dated(project: Project, table: str | None, name: str) -> bool:
    facts = project.model.facts.get(table or "")
    column = COMMON.get(name) or (facts.columns.get(name) if facts else None)
    return column is not None and column.type in (Type.DATE, Type.TIME)


def _column_words(project: Project, table: str | None, name: str) -> Words:
    if name in COMMON:
        return COMMON[name].words
    facts = project.model.facts.get(table or "")
    if facts is not None and name in facts.columns:
        return facts.columns[name].words
    return kind_words(project, name)
