"""A small project whose tags are governed: an order table of three members, definitions in files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from huaxiang.pipeline import Settings, build
from huaxiang.project import Project, load_project

AS_OF = datetime(2026, 6, 29, 16)
MAIN = "project: shop\nid: shop-1\n"
IDENTITY = "identifiers:\n  member_id: {trust: certain, per_person: 1}\n"
SOURCE = """source: pos
channel: store
read: data/orders.csv
into: orders
identifiers: {member_id: card}
columns: {order_id: order, occurred_at: time, amount: amount}
"""
ORDERS = """order,card,time,amount
1,V00000001,2026-06-01 10:00,100
2,V00000001,2026-06-20 10:00,50
3,V00000002,2026-06-21 10:00,20
4,V00000003,2026-03-01 10:00,500
"""
TAGS = """# What they buy.
- tag: orders_total
  name: {zh: 累计订单数, en: Orders in all}
  category: 行为/购买
  owner: 数据组
  from: orders
  value: count(distinct order_id)   # lines are not orders
- tag: spend_total
  name: {zh: 累计消费额, en: Spend in all}
  category: 行为/购买
  meaning: {zh: 所有订单的实付金额之和, en: What was paid for all orders}
  from: orders
  value: sum(amount)

# What follows from it.
- tag: tier
  name: {zh: 会员等级, en: Tier}
  category: 价值/等级
  values: [大, 小]
  rule: {大: "spend_total >= 150", else: 小}
"""
SEGMENTS = "- {segment: big, name: {zh: 大客户, en: Big}, where: \"tier = '大'\"}\n"


def definition(code: str, formula: str, more: str = "") -> str:
    """Return the text of a statistic over orders."""
    return f"tag: {code}\nfrom: orders\nvalue: {formula}\n{more}"


@dataclass
class Shop:
    """The project's folder; `project` is read anew each time, as every command does."""

    root: Path

    @property
    def project(self) -> Project:
        return load_project(self.root)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def read(self, name: str = "tags/orders.yaml") -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def edit(self, old: str, new: str, name: str = "tags/orders.yaml") -> None:
        text = self.read(name)
        assert old in text
        self.write(name, text.replace(old, new))

    def needs_approval(self, *, four_eyes: bool = True) -> None:
        self.write("huaxiang.yaml", MAIN + f"governance: {{approval: required, four_eyes: {str(four_eyes).lower()}}}\n")

    def formula(self, code: str) -> str:
        return self.project.tags.meanings[code].formula

    def build(self) -> None:
        build(self.project, as_of=AS_OF, settings=Settings(workers=1))


def new_shop(root: Path) -> Shop:
    """Write the project's files."""
    shop = Shop(root)
    files = {
        "huaxiang.yaml": MAIN, "identity.yaml": IDENTITY, "sources/pos.yaml": SOURCE, "data/orders.csv": ORDERS,
        "tags/orders.yaml": TAGS, "segments/all.yaml": SEGMENTS,
    }  # fmt: skip
    for name, text in files.items():
        shop.write(name, text)
    return shop
