"""The member register: workbooks as offices keep them, with everything people do to dates, phones and names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter

from huaxiang.simulate import identifiers, mess, personas, text
from huaxiang.simulate.arrays import Bools, Ints, Wheel, share, some
from huaxiang.simulate.clock import NEVER, Period
from huaxiang.simulate.population import People
from huaxiang.simulate.truth import Seen

SHEET = "会员资料"
HEADER = ("会员号", "姓名", "性别", "生日", "手机号", "身份证号", "邮箱", "地址", "注册日期", "等级", "职业", "备注")
ROWS_PER_FILE = 100_000
_FILLERS = ("无", "-", "null")
_LEVELS = ("普通", "银卡", "金卡", "钻石")
_NOTES = ("老顾客介绍", "喜欢打折信息", "请勿电话打扰", "生日要提醒", "来店自提", "对坚果过敏")
_SEXES = (("女", "F", "女士", ""), ("男", "M", "先生", ""))
_SEX_STYLES = Wheel([[0.70, 0.12, 0.12, 0.06]])
_BIRTHDAY_STYLES = Wheel([[0.35, 0.20, 0.15, 0.12, 0.08, 0.10]])
_PHONE_STYLES = Wheel([[0.66, 0.08, 0.07, 0.07, 0.10, 0.02]])
_FIRST_SERIAL_DAY = date(1899, 12, 30)
_EPOCH_SERIAL = (date(1970, 1, 1) - _FIRST_SERIAL_DAY).days
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_MADE = datetime(2020, 1, 1)


@dataclass(frozen=True)
class Sheet:
    """The rows of one workbook, each column an array, styles not yet applied."""

    file: str
    columns: tuple[Any, ...]


@dataclass(frozen=True)
class _Register:
    """Rows of the register: whose, with which entries of the people's phones and cards, what is wrong with them."""

    person: Ints
    card: Ints
    phone: Ints
    again: Bools


def sheets(period: Period, people: People, seen: Seen, faults: mess.Faults) -> list[Sheet]:
    """Return the workbooks to write; what they show is marked in `seen` and counted in `faults`."""
    rng = period.rng("crm")
    register = _register(rng, people)
    phone, mark = _phones(rng, people, register, seen)
    id_card, bad = _id_cards(rng, people, register, seen)
    fillers = {name: share(rng, len(phone), odds) for name, odds in (("email", 0.3), ("job", 0.2), ("notes", 0.1))}
    email = _emails(rng, people, register, seen)
    seen.mark("member_id", register.card)
    persona = people.persona[register.person]
    columns: tuple[Any, ...] = (
        identifiers.member_text(people.cards[register.card]),
        _names(rng, people, register),
        _sexes(rng, people, register),
        people.birth[register.person] + _EPOCH_SERIAL,
        _BIRTHDAY_STYLES.draw(rng, np.zeros(len(phone), dtype=np.int64)),
        phone,
        np.where(mark > 0, 0, _PHONE_STYLES.draw(rng, np.zeros(len(phone), dtype=np.int64))),
        id_card,
        _filled(rng, email, fillers["email"]),
        people.address.take(pa.array(register.person)),
        people.joined[register.person] + period.start_day + _EPOCH_SERIAL,
        _levels(rng, people, register),
        _filled(rng, _jobs(rng, persona), fillers["job"]),
        _filled(rng, _notes(rng, len(phone)), fillers["notes"]),
    )
    found = [_cut(columns, first) for first in range(0, len(phone), ROWS_PER_FILE)]
    for number, sheet in enumerate(found):
        span = slice(number * ROWS_PER_FILE, (number + 1) * ROWS_PER_FILE)
        faults.plant("crm", sheet.file, "duplicate_row", int(register.again[span].sum()))
        faults.plant("crm", sheet.file, "bad_id_card", int(bad[span].sum()))
        for kind, name in ((1, "filler_phone"), (2, "hotline_phone"), (3, "blank_phone")):
            faults.plant("crm", sheet.file, name, int((mark[span] == kind).sum()))
    return found


def _cut(columns: tuple[Any, ...], first: int) -> Sheet:
    # Taken, not sliced: a slice of an Arrow column would travel to the other process with the whole column.
    rows = np.arange(first, min(first + ROWS_PER_FILE, len(columns[0])))
    cut = tuple(column.take(rows) for column in columns)
    return Sheet(f"customers-{first // ROWS_PER_FILE + 1:02}.xlsx", cut)


def _register(rng: np.random.Generator, people: People) -> _Register:
    """Return one row per member, one per second card, and again those who changed their phone or were typed twice."""
    count = len(people)
    members = np.flatnonzero(people.member)
    second = np.flatnonzero(people.card_changed != NEVER)
    moved = np.flatnonzero(people.phone_changed != NEVER)
    twice = members[share(rng, len(members), 0.011)]
    person = np.concatenate([members, second, moved, twice])
    card = np.concatenate([members, second + count, moved, twice])
    phone = np.concatenate([members, second, moved + count, twice])
    again = np.arange(len(person)) >= len(members) + len(second)
    # People stand in the order they joined, their repetitions anywhere behind.
    order = np.argsort(people.joined[person] + again * rng.integers(1, 400, len(person)), kind="stable")
    return _Register(person[order], card[order], phone[order], again[order])


def _phones(rng: np.random.Generator, people: People, register: _Register, seen: Seen) -> tuple[pa.Array, Ints]:
    """Return phones as digits and what is wrong with each: 0 nothing, 1 a filler, 2 a shop's hot line, 3 blank."""
    count = len(register.person)
    # Rows that alone tie two identifiers together are left sound.
    tying = register.again | (register.card >= len(people)) | (people.phone_changed[register.person] != NEVER)
    able = np.flatnonzero(~tying)
    mark = np.zeros(count, dtype=np.int64)
    for kind, part in ((3, 0.003), (2, 0.0004), (1, 0.002)):
        mark[some(rng, able, max(2, round(part * count)))] = kind
    numbers = people.phones[register.phone].copy()
    hot = np.flatnonzero(mark == 2)
    numbers[hot] = people.hotlines[rng.integers(0, len(people.hotlines), len(hot))]
    seen.mark("phone", register.phone[mark == 0])
    seen.stray(register.person[hot], "phone", text.whole(numbers[hot]), shared=True, origin="hotline")
    filler = text.pick(identifiers.FILLER_PHONES, rng.integers(0, len(identifiers.FILLER_PHONES), count))
    phone = pc.if_else(pa.array(mark == 1), filler, text.whole(numbers))
    return text.blank_unless(phone, mark != 3), mark


def _id_cards(rng: np.random.Generator, people: People, register: _Register, seen: Seen) -> tuple[pa.Array, Bools]:
    """Return id cards, about 1 % of them with a wrong check character, and which."""
    cards = people.id_card.take(pa.array(register.person))
    shown = np.asarray(cards.is_valid())
    bad = np.zeros(len(cards), dtype=bool)
    bad[some(rng, np.flatnonzero(shown), max(1, round(0.01 * shown.sum())))] = True
    seen.mark("id_card", register.person[shown & ~bad])
    wrong = text.edit(cards, np.flatnonzero(bad), lambda card: card[:-1] + ("1" if card[-1] in "X0" else "0"))
    lower = np.flatnonzero(shown & ~bad & share(rng, len(cards), 0.1))
    return text.edit(wrong, lower, str.lower), bad


def _emails(rng: np.random.Generator, people: People, register: _Register, seen: Seen) -> pa.Array:
    email = people.email.take(pa.array(register.person))
    seen.mark("email", register.person[np.asarray(email.is_valid())])
    shouted = np.flatnonzero(np.asarray(email.is_valid()) & share(rng, len(email), 0.04))
    return text.edit(email, shouted, lambda address: f" {address.upper()}")


def _names(rng: np.random.Generator, people: People, register: _Register) -> pa.Array:
    name = people.name.take(pa.array(register.person))
    style = rng.random(len(name))
    name = text.edit(name, np.flatnonzero(style < 0.02), " ".join)
    return text.edit(name, np.flatnonzero(style > 0.98), lambda whole: f"{whole}  ")


def _sexes(rng: np.random.Generator, people: People, register: _Register) -> pa.Array:
    style = _SEX_STYLES.draw(rng, np.zeros(len(register.person), dtype=np.int64))
    return text.pick([word for words in _SEXES for word in words], people.male[register.person] * 4 + style)


def _levels(rng: np.random.Generator, people: People, register: _Register) -> pa.Array:
    worth = personas.each("pace") - personas.each("thrift")
    pace = worth[people.persona[register.person]]
    level = np.clip(np.floor(pace + 1 + rng.normal(0, 0.8, len(pace))), 0, 3).astype(np.int64)
    return text.pick(_LEVELS, level)


def _jobs(rng: np.random.Generator, persona: Ints) -> pa.Array:
    table = pa.array([job for entry in personas.PERSONAS for job in (entry.jobs * 12)[:12]])
    return text.pick(table, persona * 12 + rng.integers(0, 12, len(persona)))


def _notes(rng: np.random.Generator, count: int) -> pa.Array:
    return text.blank_unless(text.pick(_NOTES, rng.integers(0, len(_NOTES), count)), share(rng, count, 0.08), None)


def _filled(rng: np.random.Generator, column: pa.Array, filled: Bools) -> pa.Array:
    """Return the column with words that mean nothing where it is empty and `filled`."""
    words = text.pick(_FILLERS, rng.integers(0, len(_FILLERS), len(column)))
    return pc.coalesce(column, text.blank_unless(words, filled, None))


def write(folder: Path, sheet: Sheet) -> int:
    """Write one workbook; return its rows. Runs in a process of its own when there are several."""
    folder.mkdir(parents=True, exist_ok=True)
    options = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(str(folder / sheet.file), options) as book:
        # The time of writing would make the same rows give a different file.
        book.set_properties({"created": _MADE})
        page = book.add_worksheet(SHEET)
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_row(0, 0, HEADER)
        for row, entry in enumerate(zip(*(column.tolist() for column in sheet.columns), strict=True), start=1):
            _write_row(page, row, entry, dates)
    return len(sheet.columns[0])


def _write_row(page: Any, row: int, entry: tuple[Any, ...], dates: Any) -> None:
    card, name, sex, birth, birth_style, phone, phone_style, id_card, email, address, joined, level, job, notes = entry
    for column, words in ((0, card), (1, name), (2, sex)):
        if words:
            page.write_string(row, column, words)
    _write_birthday(page, row, birth, birth_style, dates)
    _write_phone(page, row, phone, phone_style)
    for column, words in ((5, id_card), (6, email), (7, address)):
        if words:
            page.write_string(row, column, words)
    page.write_number(row, 8, joined, dates)
    for column, words in ((9, level), (10, job), (11, notes)):
        if words:
            page.write_string(row, column, words)


def _write_birthday(page: Any, row: int, serial: int, style: int, dates: Any) -> None:
    if style == 0:
        page.write_number(row, 3, serial, dates)
    elif style == 4:
        page.write_number(row, 3, serial)
    elif style < 4:
        day = _FIRST_SERIAL_DAY + timedelta(days=serial)
        forms = (f"{day.year}-{day.month}-{day.day}", f"{day:%Y/%m/%d}", f"{day.year}年{day.month}月{day.day}日")
        page.write_string(row, 3, forms[style - 1])


def _write_phone(page: Any, row: int, phone: str, style: int) -> None:
    if style == 4:
        page.write_number(row, 4, int(phone))
    elif phone:
        page.write_string(row, 4, styled_phone(phone, style))


def styled_phone(phone: str, style: int) -> str:
    """Return eleven digits as people write them."""
    if style == 1:
        return f"{phone[:3]} {phone[3:7]} {phone[7:]}"
    if style == 2:
        return f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
    if style == 3:
        return f"+86{phone}"
    return phone.translate(_FULL_WIDTH) if style == 5 else phone
