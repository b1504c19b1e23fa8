"""A small project with a definition of every kind, and a file for every reader."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Mapping

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import xlwt

DEFINITIONS: Mapping[str, str] = {
    "huaxiang.yaml": "project: fuzz\nid: fuzz\nname: {zh: 试验, en: Trial}\nlocale: en\ntime_zone: Asia/Shanghai\n"
    "currency: CNY\n"
    "schedule: {refresh: every 10 minutes, rebuild: '03:30'}\n",
    "identity.yaml": "identifiers:\n  member_id: {name: {zh: 会员, en: Member}, trust: certain, per_person: 1}\n"
    "  phone: {trust: certain, per_person: 3, shared_by: 4}\n  device_id: {trust: weak, per_person: 5}\n"
    'never: ["null", "anonymous", "^[0-]*$", "test.*"]\n',
    "facts/own.yaml": "- fact: orders\n  columns: {brand: {name: {zh: 品牌, en: Brand}, type: text}}\n"
    "- fact: visits\n  name: {zh: 到店, en: Visits}\n  columns: {place: text, minutes: integer}\n  required: [place]\n",
    "sources/files.yaml": "\n".join(
        f"- source: {code}\n  name: {{zh: {code}, en: {code}}}\n  channel: store\n  read: {read}\n  into: orders\n"
        "  identifiers: {member_id: card, phone: mobile}\n  personal: {name: who}\n  key: [order_id]\n"
        "  columns:\n    order_id: no\n    occurred_at: at\n    amount: amount\n    quantity: {value: count}\n"
        "    category: \"if(dept = '茶', 'tea', dept)\"\n  reject: [\"amount < 0\"]\n  required: [order_id]\n"
        for code, read in {
            "csv": '"data/csv/*.csv"', "packed": '{csv: "data/packed/*.csv.gz"}',
            "sheet": '"data/sheet/*.xlsx"', "old": '"data/old/*.xls"', "lines": '"data/lines/*.jsonl"',
            "document": '{json: "data/document/*.json", at: data.orders}', "table": '"data/table/*.parquet"',
        }.items()
    )
    + "\n- source: mail\n  channel: service\n  read: data/mail/*.mbox\n  into: interactions\n"
    "  identifiers: {member_id: from_address}\n"
    "  columns: {occurred_at: date, topic: subject}\n",
    "tags/all.yaml": "- {tag: orders_30, category: a, from: orders, value: count(distinct order_id), "
    "window: 30 days, default: 0}\n"
    "- {tag: spend, category: a, from: orders, value: sum(amount), where: &sold \"amount > 0\"}\n"
    "- {tag: favourite, category: a, from: orders, value: mode(category), window: 60 days, where: *sold}\n"
    "- {tag: likes, category: a, from: orders, prefer: {item: category, weight: amount, half_life: 20 days, top: 2}}\n"
    "- {tag: state, category: a, rule: {asleep: 'orders_30 = 0', else: awake}, owner: li, valid_to: 2027-01-01}\n"
    "- {tag: level, category: a, bands: {of: spend, quantiles: 3}}\n"
    "- {tag: second, category: a, from: orders, sequence: {nth: 2, value: category}}\n"
    "- {tag: grows, category: a, from: orders, trend: {value: sum(amount), every: 1 month}}\n"
    "- {tag: by_hand, category: a, manual: {type: text, values: [vip, risk]}}\n"
    "- {tag: asked, category: a, sql: \"select subject, count(*) as value from orders group by subject\"}\n",
    "segments/all.yaml": "- segment: rich\n  name: {zh: 高消费, en: Rich}\n"
    "  where: \"spend > 100 and state = 'awake'\"\n"
    "- segment: tea\n  where: bought >= 1\n  with:\n"
    "    bought: {from: orders, value: count(), where: \"category = 'tea'\", default: 0}\n"
    "- {segment: both, union: [rich, tea]}\n",
    "doors/web.yaml": "door: web\nname: {zh: 官网, en: Website}\naccept: [segment, sensors]\nwrite_key: web-key\n"
    "limit: 20000\n"
    "origins: [\"https://shop.example.com\"]\ncontracts:\n  Paid:\n    required: {order_id: text, total: number}\n"
    "    optional: {coupon: text, products: list}\n",
    "doors/hook.yaml": "door: hook\naccept: webhook\nwrite_key: hook-key\n"
    "mapping: {each: data.items, id: id, event: type, time: created_at, user: customer.id}\n",
    "sources/web.yaml": "- source: web\n  read: {door: web}\n  into: events\n"
    "  identifiers: {member_id: userId, device_id: anonymousId}\n  columns: {occurred_at: timestamp, event: event}\n"
    "- source: hooks\n  read: {door: hook}\n  into: interactions\n  identifiers: {member_id: userId}\n"
    "  columns: {occurred_at: timestamp, topic: event}\n",
    "subscribers/crm.yaml": "subscriber: crm\nurl: https://crm.example.com/hooks\nsecret: env:CRM_SECRET\n"
    "topics: [tag.changed]\ntags: [spend]\n",
    "watch.yaml": "- alert: gone\n  when: known = 0 and customers > 0\n  severity: critical\n",
}  # fmt: skip
"""Definitions by file; sound together."""

HEAD = ("no", "at", "card", "mobile", "who", "amount", "count", "dept")
ROWS = tuple(
    (f"A{n}", f"2026-0{1 + n % 5}-{1 + n % 28:02d} 09:{n % 60:02d}", f"M{n % 7}", f"1381234{5600 + n % 9}", "王小明",
     f"{(n * 37) % 900 - 20}.5", str(n % 4), ("茶", "酒", "书")[n % 3])
    for n in range(24)
)  # fmt: skip


def _csv() -> bytes:
    return "".join(",".join(row) + "\n" for row in (HEAD, *ROWS)).encode()


def _xlsx() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (HEAD, *ROWS):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def _xls() -> bytes:
    book, out = xlwt.Workbook(encoding="utf-8"), io.BytesIO()
    sheet = book.add_sheet("Sheet1")
    for place, row in enumerate((HEAD, *ROWS)):
        for column, cell in enumerate(row):
            sheet.write(place, column, cell)
    book.save(out)
    return out.getvalue()


def _documents() -> list[dict[str, str]]:
    return [dict(zip(HEAD, row, strict=True)) for row in ROWS]


def _parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(_documents()), out)
    return out.getvalue()


def _mbox() -> bytes:
    return "".join(
        f"From a Mon Jan  5 10:00:00 2026\nMessage-ID: <{n}@x>\nFrom: a{n}@example.com\n"
        f"Date: Mon, 05 Jan 2026 10:0{n}:00 +0800\n"
        f"Subject: =?utf-8?q?hello?= {n}\n\nbody {n}\n\n"
        for n in range(6)
    ).encode()


FILES: Mapping[str, bytes] = {
    "data/csv/x.csv": _csv(),
    "data/packed/x.csv.gz": gzip.compress(_csv()),
    "data/sheet/x.xlsx": _xlsx(),
    "data/old/x.xls": _xls(),
    "data/lines/x.jsonl": "\n".join(json.dumps(each, ensure_ascii=False) for each in _documents()).encode(),
    "data/document/x.json": json.dumps({"data": {"orders": _documents()}}, ensure_ascii=False).encode(),
    "data/table/x.parquet": _parquet(),
    "data/mail/x.mbox": _mbox(),
}
"""A whole file for every reader of files."""
