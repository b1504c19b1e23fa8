"""A small project whose lineage can be told by hand."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from huaxiang.project import Project, load_project

FILES = {
    "huaxiang.yaml": "project: small\nname: Small\n",
    "identity.yaml": """
        identifiers:
          id_card: {trust: certain, per_person: 1}
          member_id: {name: {zh: 会员号, en: Member number}, trust: certain, per_person: 1}
          phone: {trust: certain, per_person: 3}
        """,
    "data/pos.csv": "no,at,card,tel,a-b,qty,price,goods,unused\nR1,2026-05-01,V1,13800138000,x,2,3.50,g1,?\n",
    "data/goods.csv": "id,dept,colour\ng1,tea,red\n",
    "data/crm.csv": "card,id,name,level,city\nV1,,,gold,\n",
    "sources/all.yaml": """
        - source: pos
          name: {zh: 收银, en: Checkout}
          channel: store
          read: data/pos.csv
          into: orders
          identifiers: {member_id: card}
          personal: {recipient: tel}
          lookups: {goods: {read: data/goods.csv, key: id, on: goods}}
          key: [order_id]
          columns:
            order_id: no
            occurred_at: at
            amount: qty * price
            quantity: qty
            category: goods.dept
            store: a-b
            status: "'paid'"
          reject: ["amount < 0", "price = 'free'"]
        - source: crm
          read: data/crm.csv
          into: attributes
          identifiers: {id_card: id, member_id: card}
          personal: {name: name}
          columns: {level: level, gender: "coalesce(id_card.gender, null)"}
        """,
    "tags/all.yaml": """
        - tag: spent
          name: {zh: 消费, en: Spent}
          from: orders
          where: store is not null
          value: sum(amount)
          window: 90 days
        - {tag: orders_total, from: orders, value: count(*)}
        - {tag: level, from: attributes, fact: level}
        - {tag: gender, from: attributes, fact: gender}
        - {tag: birth, from: attributes, fact: birth_date}
        - tag: likes
          from: orders
          prefer: {item: category, weight: quantity, by: status, actions: {paid: 1}}
        - {tag: grade, rule: {high: "spent >= population_avg(spent)", else: low}}
        - {tag: lapsed, rule: "orders_total > 0 and spent < repurchase_gap(0.9)"}
        - {tag: band, bands: {of: orders_total, quantiles: 3}}
        """,
    "segments/all.yaml": """
        - {segment: good, where: "grade = 'high'"}
        - segment: tea
          with: {tea_orders: {from: orders, where: "category = 'tea'", value: count(*)}}
          where: "tea_orders > 1 and in_segment('good')"
        - {segment: invited, list: data/invited.csv, identifier: phone}
        - {segment: both, intersect: [tea, invited]}
        """,
}


def small_project(root: Path, files: dict[str, str] | None = None) -> Project:
    """Write the project to `root` and load it."""
    for name, text in {**FILES, **(files or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return load_project(root)
