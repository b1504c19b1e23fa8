"""The kinds of people the retailer serves, and how each behaves. Their differences are the truth to be found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from huaxiang.simulate.arrays import Floats, Wheel
from huaxiang.simulate.catalogue import CATEGORIES


@dataclass(frozen=True)
class Persona:
    """One kind of customer. Odds and shares are 0..1, `hours` are the hours of day most orders fall in."""

    name: str
    share: float
    women: float
    ages: tuple[int, int]
    tiers: tuple[float, float, float]
    pace: float
    lines: float
    thrift: float
    online: float
    wechat: float
    browse: float
    bargains: float
    weekend: float
    hours: tuple[int, int]
    likes: dict[str, float]
    coupon_effect: float
    content: float
    jobs: tuple[str, ...]


PERSONAS = (
    Persona(
        "宝妈", 0.20, 0.93, (24, 40), (0.30, 0.35, 0.35), 1.3, 2.9, 1.1, 0.50, 0.95, 1.3, 0.35, 0.30, (9, 15),
        {"母婴": 9, "生鲜": 4, "零食": 3, "家居": 3, "护肤": 2, "文具": 2}, 0.10, 0.3, ("教师", "护士", "全职", "会计"),
    ),
    Persona(
        "学生", 0.16, 0.52, (16, 25), (0.25, 0.40, 0.35), 0.8, 1.8, 1.8, 0.62, 0.97, 1.6, 0.40, 0.45, (17, 22),
        {"零食": 6, "文具": 5, "数码": 3, "运动": 3, "美妆": 3, "服饰": 2}, 0.13, 0.1, ("学生",),
    ),
    Persona(
        "银发", 0.17, 0.58, (58, 82), (0.20, 0.30, 0.50), 1.0, 2.6, 1.5, 0.10, 0.55, 0.4, 0.25, 0.05, (8, 11),
        {"生鲜": 9, "保健": 7, "家居": 3, "酒水": 3, "零食": 1}, 0.04, 0.6, ("退休",),
    ),
    Persona(
        "白领", 0.24, 0.51, (23, 45), (0.45, 0.38, 0.17), 0.9, 2.2, 0.9, 0.48, 0.93, 1.0, 0.20, 0.50, (18, 22),
        {"数码": 4, "服饰": 4, "零食": 3, "护肤": 3, "运动": 3, "生鲜": 2, "宠物": 2}, 0.06, 0.2,
        ("工程师", "设计师", "文员", "销售", "产品经理"),
    ),
    Persona(
        "价格敏感", 0.16, 0.60, (25, 60), (0.12, 0.30, 0.58), 1.0, 2.7, 2.4, 0.38, 0.85, 1.2, 0.80, 0.35, (10, 20),
        {"家居": 6, "生鲜": 5, "零食": 4, "服饰": 2, "酒水": 1}, 0.18, -0.2, ("司机", "工人", "个体", "保安"),
    ),
    Persona(
        "高净值", 0.07, 0.49, (30, 62), (0.60, 0.30, 0.10), 1.2, 2.4, 0.35, 0.35, 0.90, 0.7, 0.05, 0.40, (13, 20),
        {"酒水": 5, "护肤": 4, "家电": 4, "数码": 3, "服饰": 4, "美妆": 3, "宠物": 1}, 0.02, 0.0,
        ("企业主", "医生", "律师", "高管"),
    ),
)  # fmt: skip

NAMES = tuple(persona.name for persona in PERSONAS)


def each(field: str) -> Floats:
    """Return a numeric field of all personas, in their order."""
    return np.array([getattr(persona, field) for persona in PERSONAS], dtype=np.float64)


def _hour_weight(hour: int, first: int, last: int) -> float:
    awake = 0.02 if hour < 7 else 0.25
    return 1.0 if first <= hour <= last else awake


def hours() -> Wheel:
    """Return the odds of the hour of an online order, per persona."""
    return Wheel([[_hour_weight(hour, *persona.hours) for hour in range(24)] for persona in PERSONAS])


def likes() -> Wheel:
    """Return the odds of each category, per persona."""
    return Wheel([[persona.likes.get(name, 0.3) for name in CATEGORIES] for persona in PERSONAS])
