"""The raw files: readable as promised, as many rows as promised, faults as counted, the same every time."""

from __future__ import annotations

import hashlib
import mailbox
from collections import Counter
from datetime import date, datetime
from email.header import decode_header, make_header
from pathlib import Path

import phonenumbers
import pytest
from stdnum.cn import ric

from huaxiang.errors import HuaxiangError
from huaxiang.simulate import crm, simulate

from .shop import CUSTOMERS, POS_FIELDS, UNTIL, Shop, mobile

FULL_WIDTH = set("０１２３４５６７８９")


def _digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_arguments_same_bytes(shop: Shop, tmp_path: Path) -> None:
    simulate(tmp_path, customers=CUSTOMERS, until=UNTIL)
    assert _digests(tmp_path) == _digests(shop.folder)


def test_another_seed_another_shop(shop: Shop, tmp_path: Path) -> None:
    simulate(tmp_path, customers=CUSTOMERS, until=UNTIL, seed=8)
    theirs, ours = _digests(tmp_path), _digests(shop.folder)
    assert theirs.keys() == ours.keys()
    assert not theirs.items() & ours.items()


def test_until_in_mid_month_ends_the_files_there(tmp_path: Path) -> None:
    simulate(tmp_path, customers=500, until=date(2025, 3, 10), months=3)
    assert [path.name for path in sorted((tmp_path / "data/online").iterdir())] == [
        "orders-2025-01.jsonl",
        "orders-2025-02.jsonl",
        "orders-2025-03.jsonl",
    ]
    lines = Shop(tmp_path, None).json_lines("online/*.jsonl")  # type: ignore[arg-type]
    assert max(line["created_at"] for line in lines) < "2025-03-11"


def test_a_folder_with_files_is_refused(shop: Shop) -> None:
    with pytest.raises(HuaxiangError):
        simulate(shop.folder, customers=CUSTOMERS, until=UNTIL)


def test_several_workbooks_come_from_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulate(tmp_path / "one", customers=500, until=UNTIL, months=1)
    monkeypatch.setattr(crm, "ROWS_PER_FILE", 200)
    simulate(tmp_path / "two", customers=500, until=UNTIL, months=1)
    one, two = (Shop(tmp_path / name, None) for name in ("one", "two"))  # type: ignore[arg-type]
    assert len(two.files("crm/*.xlsx")) == 2
    assert [row for _, row in one.crm()] == [row for _, row in two.crm()]


def test_progress_is_told_in_order(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    simulate(tmp_path, customers=500, until=UNTIL, months=2, progress=lambda stage, part: told.append((stage, part)))
    assert [part for _, part in told] == sorted(part for _, part in told)
    assert told[-1] == ("done", 1.0)


@pytest.mark.parametrize(
    ("source", "per_customer"),
    [("pos", 6.0), ("online", 1.5), ("mini", 9.0), ("crm", 0.72), ("calls", 0.2), ("survey", 0.1), ("social", 1.0)],
)
def test_rows_per_customer(shop: Shop, source: str, per_customer: float) -> None:
    assert shop.summary.rows[source] / CUSTOMERS == pytest.approx(per_customer, rel=0.15)


def test_summary_counts_what_is_in_the_files(shop: Shop) -> None:
    counted = {
        "pos": sum(1 for _ in shop.pos()),
        "online": sum(1 for _ in shop.json_lines("online/*.jsonl")),
        "mini": sum(1 for _ in shop.json_lines("mini/*.jsonl")),
        "crm": sum(1 for _ in shop.crm()),
        "calls": sum(1 for _ in shop.calls()),
        "survey": len(shop.parquet("survey/answers.parquet")),
        "social": len(shop.parquet("social/interactions.parquet")),
        "mail": len(mailbox.mbox(shop.files("mail/service.mbox")[0])),
    }
    assert counted == shop.summary.rows
    assert set(shop.summary.files) == {path for path in shop.folder.rglob("*") if path.is_file()}


def test_receipts_show_card_and_mobile_as_often_as_promised(shop: Shop) -> None:
    shown = {row[0]: (bool(row[4]), row[5].startswith("1")) for _, row in shop.pos()}
    card, mobile = (sum(pair[n] for pair in shown.values()) / len(shown) for n in (0, 1))
    neither = sum(pair == (False, False) for pair in shown.values()) / len(shown)
    assert (card, mobile, neither) == pytest.approx((0.70, 0.40, 0.08), abs=0.06)


def test_phones_are_valid(shop: Shop) -> None:
    phones = [row["value"] for row in shop.truth("identifiers") if row["kind"] == "phone"]
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone, "CN")) for phone in phones)


def test_id_cards_are_valid_and_agree_with_the_person(shop: Shop) -> None:
    people = {row["person"]: row for row in shop.truth("people")}
    cards = [row for row in shop.truth("identifiers") if row["kind"] == "id_card"]
    assert len(cards) > CUSTOMERS / 3
    for row in cards:
        person = people[row["person"]]
        assert ric.validate(row["value"]) == row["value"]
        assert ric.get_birth_date(row["value"]) == person["birth_date"]
        assert (int(row["value"][16]) % 2 == 1) == (person["gender"] == "male")


def _pos_fault(row: list[str]) -> list[str]:
    if len(row) != POS_FIELDS:
        return ["too_few_fields" if len(row) < POS_FIELDS else "too_many_fields"]
    found = []
    try:
        if datetime.strptime(row[3], "%Y/%m/%d %H:%M").date() > UNTIL:
            found.append("future_date")
    except ValueError:
        found.append("impossible_date")
    checks = {
        "negative_price": row[10].startswith("-"),
        "currency_sign": row[10].startswith("￥"),
        "full_width": bool(set(row[10]) & FULL_WIDTH),
    }
    return found + [name for name, applies in checks.items() if applies]


def test_pos_faults_are_those_counted(shop: Shop) -> None:
    settings = shop.settings()
    typos = {row["value"] for row in shop.truth("identifiers") if row["origin"] == "typo"}
    seen: Counter[tuple[str, str]] = Counter()
    for file, row in shop.pos():
        number = row[5]
        seen.update((file, fault) for fault in _pos_fault(row))
        seen[file, "hotline_mobile"] += number in settings["hotlines"]
        seen[file, "filler_mobile"] += number in settings["fillers"]
        seen[file, "truncated_mobile"] += len(number) == 10
        seen[file, "typo_mobile"] += number in typos
    planted = {(row["file"], row["fault"]): row["rows"] for row in shop.truth("faults") if row["source"] == "pos"}
    assert {key: count for key, count in seen.items() if count} == planted
    assert {fault for _, fault in planted} >= {"too_few_fields", "too_many_fields", "typo_mobile", "hotline_mobile"}
    beyond_use = sum(row["rows"] for row in shop.truth("faults") if row["quarantine"])
    assert beyond_use / shop.summary.rows["pos"] == pytest.approx(0.003, rel=0.2)


def test_crm_faults_are_those_counted(shop: Shop) -> None:
    settings = shop.settings()
    seen: Counter[tuple[str, str]] = Counter()
    members: set[str] = set()
    for file, row in shop.crm():
        phone = mobile(row["手机号"])
        seen[file, "duplicate_row"] += row["会员号"] in members
        seen[file, "bad_id_card"] += bool(row["身份证号"]) and not ric.is_valid(row["身份证号"])
        seen[file, "filler_phone"] += phone in settings["fillers"]
        seen[file, "hotline_phone"] += phone in settings["hotlines"]
        seen[file, "blank_phone"] += not phone
        members.add(row["会员号"])
    planted = {(row["file"], row["fault"]): row["rows"] for row in shop.truth("faults") if row["source"] == "crm"}
    assert {key: count for key, count in seen.items() if count} == planted


def test_mini_faults_are_those_counted(shop: Shop) -> None:
    ids = Counter(event["id"] for event in shop.json_lines("mini/*.jsonl"))
    planted = sum(row["rows"] for row in shop.truth("faults") if row["source"] == "mini")
    assert sum(count - 1 for count in ids.values()) == planted > 0


def test_crm_birthdays_are_written_in_every_way(shop: Shop) -> None:
    births = [row["生日"] for _, row in shop.crm()]
    assert {type(birth) for birth in births} == {date, str, float}
    texts = [birth for birth in births if birth and isinstance(birth, str)]
    written = {"".join("0" if letter.isdigit() else letter for letter in birth) for birth in texts}
    assert {"0000-0-0", "0000/00/00", "0000年00月0日"} <= written


def test_calls_have_line_feeds_inside_fields(shop: Shop) -> None:
    calls = list(shop.calls())
    assert {tuple(call) for call in calls} == {("通话编号", "时间", "来电号码", "座席", "类型", "时长秒", "备注")}
    assert any("\n" in call["备注"] for call in calls)
    assert any('"' in call["备注"] for call in calls)
    assert {call["类型"] for call in calls} == {"咨询", "投诉", "退换货", "预约"}


def test_mails_are_real_messages(shop: Shop) -> None:
    messages = list(mailbox.mbox(shop.files("mail/service.mbox")[0]))
    known = {row["value"] for row in shop.truth("identifiers") if row["kind"] == "email"}
    for message in messages:
        subject = str(make_header(decode_header(message["Subject"])))
        body = message.get_payload(decode=True)
        assert isinstance(body, bytes)
        assert any("一" <= letter <= "鿿" for letter in subject + body.decode(str(message.get_content_charset())))
        assert message["Message-ID"] and message["Date"].endswith("+0800")
        assert message["From"].split("<")[1].rstrip(">") in known
    assert {message.get_content_charset() for message in messages} == {"utf-8", "gb18030"}


def test_survey_answers_are_within_their_scales(shop: Shop) -> None:
    for row in shop.parquet("survey/answers.parquet"):
        assert (row["phone"] is None) != (row["email"] is None)
        assert 0 <= row["nps"] <= 10
        assert all(1 <= row[name] <= 5 for name in ("csat", "price_matters", "new_things"))
