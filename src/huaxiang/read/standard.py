"""Which of a project's tags play the well-known parts: lifecycle, value, gender, age, region, channel, …

Ready tags (library/tags) have these codes. A project without a tag for a part is told so where the part is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from huaxiang.read.current import CurrentBuild
from huaxiang.words import Words


class Part(StrEnum):
    """A part a tag can play on the overview and in lists."""

    LIFECYCLE = "lifecycle"
    VALUE = "value"
    RFM = "rfm"
    GENDER = "gender"
    AGE = "age"
    PROVINCE = "province"
    CITY = "city"
    CHANNEL = "channel"
    SPENT = "spent"
    ORDERS = "orders"
    LAST_ORDER = "last_order"
    FIRST_ORDER = "first_order"
    LIKED = "liked"


CODES: Mapping[Part, tuple[str, ...]] = {
    Part.LIFECYCLE: ("lifecycle",),
    Part.VALUE: ("value_tier",),
    Part.RFM: ("rfm_class",),
    Part.GENDER: ("gender",),
    Part.AGE: ("age_band", "age"),
    Part.PROVINCE: ("province",),
    Part.CITY: ("city",),
    Part.CHANNEL: ("preferred_channel",),
    Part.SPENT: ("spend_365d", "spend_total", "total_spent"),
    Part.ORDERS: ("orders_365d", "orders_total"),
    Part.LAST_ORDER: ("days_since_order",),
    Part.FIRST_ORDER: ("days_since_first_order",),
    Part.LIKED: ("favourite_categories", "favourite_category"),
}
"""The codes that play each part, the first that is there wins."""

WORDS: Mapping[Part, Words] = {
    Part.LIFECYCLE: Words("Lifecycle", "生命周期"),
    Part.VALUE: Words("Value", "客户价值"),
    Part.RFM: Words("RFM class", "RFM 分类"),
    Part.GENDER: Words("Gender", "性别"),
    Part.AGE: Words("Age", "年龄"),
    Part.PROVINCE: Words("Province", "省份"),
    Part.CITY: Words("City", "城市"),
    Part.CHANNEL: Words("Preferred channel", "常用购买渠道"),
    Part.SPENT: Words("Spent", "消费金额"),
    Part.ORDERS: Words("Orders", "订单数"),
    Part.LAST_ORDER: Words("Last order", "最近下单"),
    Part.FIRST_ORDER: Words("First order", "首次下单"),
    Part.LIKED: Words("Likes", "偏好"),
}


def tag_for(current: CurrentBuild, part: Part) -> str | None:
    """Return the code of the tag that plays a part in this build, or None."""
    return next((code for code in CODES[part] if code in current.tags), None)
