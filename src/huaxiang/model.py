"""The tables that stages hand to each other: their columns, types and keys, and the words people see for them.

Facts are append-only. Every fact table has COMMON columns and its own; a project adds columns and whole tables in
facts/*.yaml. Times are UTC; `day` is the calendar date in the project's time zone. No column holds personal data:
people are `subject` numbers, identifiers are `node` numbers, the values themselves are in the vault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from huaxiang.words import Words


class Type(StrEnum):
    """What a column or an expression holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    TIME = "time"
    BOOL = "bool"
    TEXTS = "texts"
    NULL = "null"

    @property
    def numeric(self) -> bool:
        """Whether it can be added and averaged."""
        return self in (Type.INTEGER, Type.NUMBER, Type.MONEY)


MONEY_PLACES = 4
"""So many decimals an amount keeps; it is rounded to two where it is shown."""
COLUMN_TYPES = tuple(kind for kind in Type if kind not in (Type.TEXTS, Type.NULL))


@dataclass(frozen=True)
class Column:
    """One column: its name, what it holds, and its words."""

    name: str
    type: Type
    words: Words


@dataclass(frozen=True)
class FactTable:
    """One kind of fact, with its own columns (COMMON ones not listed)."""

    name: str
    words: Words
    columns: Mapping[str, Column]
    required: tuple[str, ...] = ("occurred_at",)
    """Columns without which a row is no fact."""

    @property
    def timeless(self) -> bool:
        """Whether a fact may be without the moment at which it happened."""
        return "occurred_at" not in self.required

    @property
    def types(self) -> dict[str, Type]:
        """Name → type of every column an expression may use."""
        return {name: column.type for name, column in (COMMON | dict(self.columns)).items()}


def _columns(*rows: tuple[str, Type, str, str]) -> dict[str, Column]:
    return {name: Column(name, type_, Words(en, zh)) for name, type_, en, zh in rows}


_T, _I, _N, _M, _D, _B = Type.TEXT, Type.INTEGER, Type.NUMBER, Type.MONEY, Type.DATE, Type.BOOL

COMMON = _columns(
    ("source", _T, "source", "来源"),
    ("channel", _T, "channel", "渠道"),
    ("occurred_at", Type.TIME, "time", "发生时间"),
    ("day", _D, "calendar day", "日期"),
)
"""What an expression may use of every fact table."""

FACTS: Mapping[str, FactTable] = MappingProxyType(
    {
        table.name: table
        for table in (
            FactTable(
                "orders",
                Words("orders", "订单"),
                _columns(
                    ("order_id", _T, "order number", "订单号"),
                    ("line", _T, "order line", "行号"),
                    ("amount", _M, "amount paid", "实付金额"),
                    ("discount", _M, "discount", "优惠金额"),
                    ("quantity", _N, "quantity", "数量"),
                    ("category", _T, "category", "品类"),
                    ("product", _T, "product", "商品"),
                    ("store", _T, "store", "门店"),
                    ("status", _T, "status", "状态"),
                    ("coupon", _T, "coupon", "优惠券"),
                    ("payment", _T, "payment method", "支付方式"),
                ),
                ("occurred_at", "order_id", "amount"),
            ),
            FactTable(
                "order_items",
                Words("order items", "订单明细"),
                _columns(
                    ("order_id", _T, "order number", "订单号"),
                    ("product", _T, "product", "商品"),
                    ("category", _T, "category", "品类"),
                    ("brand", _T, "brand", "品牌"),
                    ("quantity", _N, "quantity", "数量"),
                    ("amount", _M, "amount", "金额"),
                ),
            ),
            FactTable(
                "events",
                Words("events", "行为事件"),
                _columns(
                    ("event", _T, "event", "事件"),
                    ("page", _T, "page", "页面"),
                    ("category", _T, "category", "品类"),
                    ("product", _T, "product", "商品"),
                    ("query", _T, "search term", "搜索词"),
                    ("session", _T, "session", "会话"),
                    ("amount", _M, "amount", "金额"),
                    ("duration", _N, "duration in seconds", "时长（秒）"),
                ),
                ("occurred_at", "event"),
            ),
            FactTable(
                "interactions",
                Words("interactions", "互动"),
                _columns(
                    ("kind", _T, "kind of interaction", "互动类型"),
                    ("topic", _T, "topic", "主题"),
                    ("direction", _T, "direction", "方向"),
                    ("platform", _T, "platform", "平台"),
                    ("agent", _T, "agent", "坐席"),
                    ("outcome", _T, "outcome", "结果"),
                    ("duration", _N, "duration in seconds", "时长（秒）"),
                ),
            ),
            FactTable(
                "feedback",
                Words("feedback", "反馈"),
                _columns(
                    ("kind", _T, "kind of feedback", "反馈类型"),
                    ("topic", _T, "topic", "主题"),
                    ("nps", _I, "recommendation (0–10)", "推荐意愿（0–10）"),
                    ("csat", _I, "satisfaction (1–5)", "满意度（1–5）"),
                    ("ces", _I, "effort (1–7)", "费力度（1–7）"),
                    ("score", _N, "score", "评分"),
                    ("price_matters", _I, "importance of price (1–5)", "看重价格（1–5）"),
                    ("new_things", _I, "interest in new things (1–5)", "乐于尝新（1–5）"),
                ),
            ),
            FactTable(
                "attributes",
                Words("stated attributes", "客户属性"),
                _columns(
                    ("gender", _T, "gender", "性别"),
                    ("birth_date", _D, "date of birth", "出生日期"),
                    ("province", _T, "province", "省份"),
                    ("city", _T, "city", "城市"),
                    ("district", _T, "district", "区县"),
                    ("first_region_province", _T, "province of first registration", "户籍登记省份"),
                    ("first_region_city", _T, "city of first registration", "户籍登记城市"),
                    ("level", _T, "member level", "会员等级"),
                    ("occupation", _T, "occupation", "职业"),
                    ("education", _T, "education", "学历"),
                    ("marital_status", _T, "marital status", "婚姻状况"),
                    ("income", _T, "income", "收入"),
                    ("household_size", _T, "size of the household", "家庭人数"),
                    ("children", _T, "children", "子女数"),
                    ("registered_on", _D, "registered on", "注册日期"),
                ),
                (),
            ),
        )
    }
)
"""The fact tables every project has."""


CHANGED = "refresh_changed"
"""In a refresh, the temporary table (subject, why) of whose facts ("facts") or identifiers ("identity") changed."""
IN_ORDER = "facts_in_order"
"""After a refresh, the table (fact, facts) of how many facts from the first on stand by subject and time.

Those behind them were put in later. A fact table that is not in it is in order as a whole, as a full build leaves it.
"""
HOLDS = "facts_hold"
"""The table (fact, source, column, known) of how many facts of a source have a value in a column, to be added up.

A refresh puts the difference behind what stood there: nobody has to count all facts again.
"""


LATER = "later_rows"
"""In a build, the temporary table (fact, part, source_row, item, occurred_at, nodes) of the facts after its moment.

`nodes` are the identifiers of a row, the strongest first. What such a row says of who is who does not count yet.
"""
IDS_LATER = "ids_later"
"""The table (node, subject, since) of identifiers that the build before knew and this one, of an earlier moment, does
not know yet: whose they were. They keep their ids for the next build."""
REPEATED = "repeated"
"""The table (fact, fact_id, part, source_row, item, a, b) of links that rows of one fact said again: one counts."""


VOID_STATUSES = ("refunded", "cancelled")
"""An order with one of these statuses was not bought after all; any other status, or none, counts."""


@dataclass(frozen=True)
class Model:
    """The fact tables of one project: the built-in ones with what the project adds."""

    facts: Mapping[str, FactTable]


BUILT_IN = Model(FACTS)
