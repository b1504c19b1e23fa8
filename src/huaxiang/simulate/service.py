"""What customers say: calls, letters, answers to surveys, and what they do on social platforms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from huaxiang.simulate import personas, text
from huaxiang.simulate.arrays import Floats, Ints, Wheel, apportion, share
from huaxiang.simulate.catalogue import CATEGORIES, STEMS
from huaxiang.simulate.clock import DAY, NEVER, Period
from huaxiang.simulate.population import People
from huaxiang.simulate.truth import Seen
from huaxiang.simulate.writers import parquet, text_file

_CALL_KINDS = ("咨询", "投诉", "退换货", "预约")
_CALL_NOTES = (
    ("询问{}库存，\n已告知周末到货", "问积分怎么用"),
    ('顾客说“{}”有异味;\n要求"尽快"处理', "投诉送货慢\n情绪激动"),
    ("{}尺码不合，申请退货", "退款三天未到账，\n已催财务"),
    ("预约周六上门安装{}", "预约到店试用{}"),
)
_CALL_HEADER = "通话编号;时间;来电号码;座席;类型;时长秒;备注\n"
_REASONS = (
    ("等太久了，不会再来", "质量差，客服态度不好", "价格比别家贵", "退货太麻烦"),
    ("一般般", "还可以，种类少了点", "价格还行，包装一般"),
    ("服务很好，推荐给朋友了", "东西新鲜，送货快", "店员很热情", "一直在这里买，放心"),
)
_SUBJECTS = ("关于{}的退货申请", "发票抬头需要修改", "{}什么时候有货？", "投诉：{}质量问题", "感谢你们的服务")
_BODIES = (
    "您好：\n\n我上周买的{}有点问题，请帮忙处理，谢谢！\n\n{}",
    "客服您好，\n请问{}的订单什么时候发货？已经等了三天。\n{}",
    "你好，{}用着不错，想再买一件，有会员价吗？\n\n{}",
)
_MAILS_AT_MOST = 20_000
_SHANGHAI = timezone(timedelta(hours=8))
_PLATFORMS = ("wechat_oa", "weibo", "xiaohongshu", "douyin")
_ACTIONS = ("like", "follow", "comment", "share", "unfollow")
_ACTION_ODDS = Wheel([[0.55, 0.18, 0.14, 0.09, 0.04]])


@dataclass(frozen=True)
class _Contacts:
    """Contacts ascending by second."""

    person: Ints
    second: Ints

    @property
    def minute(self) -> Ints:
        return self.second // 60


def _contacts(rng: np.random.Generator, people: People, weights: Floats, count: int) -> _Contacts:
    """Return `count` contacts of people drawn by weight, within their active days."""
    if not weights.any():
        count = 0
    person = apportion(rng, weights, count)
    start, end = people.active_from[person], people.active_to[person]
    day = start + (rng.random(count) * (end - start)).astype(np.int64)
    second = day * DAY * 60 + rng.integers(9 * 3600, 21 * 3600, count)
    by_time = np.argsort(second, kind="stable")
    return _Contacts(person[by_time], second[by_time])


def _reachable(people: People, signed: Ints, orders: Ints) -> Floats:
    """Return 1 for those whose phone is linked to all else they use, 0 for those known by their unionid alone."""
    return np.asarray(~((signed != NEVER) & ~people.member & (orders == 0)), dtype=np.float64)


def write_calls(folder: Path, period: Period, people: People, *, signed: Ints, orders: Ints, seen: Seen) -> int:
    """Write the call centre's log, a file a year; return its rows."""
    rng = period.rng("calls")
    weights = _reachable(people, signed, orders) * np.exp(-0.6 * people.mood)
    calls = _contacts(rng, people, weights, round(0.2 * len(people)))
    phone = people.phone_of(calls.person, calls.minute)
    seen.mark("phone", phone)
    count = len(phone)
    unhappy = np.clip(0.25 - 0.12 * people.mood[calls.person], 0.03, 0.8)
    kind = np.where(rng.random(count) < unhappy, 1, np.array([0, 2, 3])[rng.integers(0, 3, count)])
    lines = text.glue(
        text.glue("C", text.whole(np.arange(count) + 1, 8)),
        period.second_text(calls.second),
        text.whole(people.phones[phone]),
        text.glue("K", text.whole(rng.integers(1, 60, count), 3)),
        text.pick(_CALL_KINDS, kind),
        text.whole(np.clip(rng.gamma(2, 90, count), 8, 3600).astype(np.int64)),
        _call_notes(rng, kind),
        between=";",
    )
    lines = text.glue(lines, "\n")
    year = (calls.second // (DAY * 60) + period.start_day).astype("datetime64[D]").astype("datetime64[Y]")
    for number in np.unique(year):
        with text_file(folder / f"calls-{number}.csv", header=_CALL_HEADER, encoding="utf-8-sig") as out:
            out(lines.filter(pa.array(year == number)))
    return count


def _call_notes(rng: np.random.Generator, kind: Ints) -> pa.Array:
    """Return what the agents typed, quoted, quotes within doubled."""
    table = [
        '"' + note.format(stem).replace('"', '""') + '"' for notes in _CALL_NOTES for note in notes for stem in STEMS
    ]
    return text.pick(table, kind * 2 * len(STEMS) + rng.integers(0, 2 * len(STEMS), len(kind)))


def write_answers(path: Path, period: Period, people: People, *, signed: Ints, orders: Ints, seen: Seen) -> int:
    """Write the answers to the survey; return their number."""
    rng = period.rng("survey")
    answers = _contacts(rng, people, _reachable(people, signed, orders), round(0.1 * len(people)))
    person, count = answers.person, len(answers.person)
    email = people.email.take(pa.array(person))
    by_mail = np.asarray(email.is_valid()) & share(rng, count, 0.6)
    phone = people.phone_of(person, answers.minute)
    seen.mark("phone", phone[~by_mail])
    seen.mark("email", person[by_mail])
    nps = np.clip(np.round(7 + 2.1 * people.mood[person] + rng.normal(0, 0.8, count)), 0, 10).astype(np.int8)
    columns = {
        "answer_id": text.glue("A", text.whole(np.arange(count) + 1, 8)),
        "answered_at": period.timestamps(answers.second),
        "phone": text.blank_unless(text.whole(people.phones[phone]), ~by_mail, None),
        "email": text.blank_unless(email, by_mail, None),
        "nps": nps,
        "csat": _five(rng, 3.4 + 0.8 * people.mood[person]),
        "price_matters": _five(rng, 1.6 + 1.4 * personas.each("thrift")[people.persona[person]]),
        "new_things": _five(rng, 1.4 + 1.8 * personas.each("browse")[people.persona[person]]),
        "reason": _reasons(rng, nps),
    }
    parquet(path, pa.table(columns))
    return count


def _five(rng: np.random.Generator, mean: Floats) -> Ints:
    return np.clip(np.round(mean + rng.normal(0, 0.7, len(mean))), 1, 5).astype(np.int8)


def _reasons(rng: np.random.Generator, nps: Ints) -> pa.Array:
    mood = np.digitize(nps, [7, 9])
    table = pa.array([reason for reasons in _REASONS for reason in (reasons * 12)[:12]])
    reason = text.pick(table, mood * 12 + rng.integers(0, 12, len(nps)))
    return text.blank_unless(reason, share(rng, len(nps), 0.7), None)


def write_social(path: Path, period: Period, people: People, signed: Ints, seen: Seen) -> int:
    """Write what known WeChat users do on social platforms; return its rows."""
    rng = period.rng("social")
    weights = (signed != NEVER) * personas.each("browse")[people.persona] * rng.gamma(0.7, 1.0, len(people))
    acts = _contacts(rng, people, weights, len(people))
    person, count = acts.person, len(acts.person)
    seen.mark("unionid", person)
    drawn = personas.likes().draw(rng, people.persona[person])
    topic = np.where(share(rng, count, 0.6), people.favourite[person], drawn)
    columns = {
        "interaction_id": text.glue("S", text.whole(np.arange(count) + 1, 9)),
        "at": period.timestamps(acts.second),
        "platform": text.pick(_PLATFORMS, (people.persona[person] + rng.integers(0, 3, count)) % 4),
        "unionid": people.unionid.take(pa.array(person)),
        "action": text.pick(_ACTIONS, _ACTION_ODDS.draw(rng, np.zeros(count, dtype=np.int64))),
        "topic": text.pick(CATEGORIES, topic),
    }
    parquet(path, pa.table(columns))
    return count


def write_mail(path: Path, period: Period, people: People, seen: Seen) -> int:
    """Write the service mailbox; return its messages."""
    rng = period.rng("mail")
    writers = np.asarray(people.email.is_valid(), dtype=np.float64)
    count = min(round(0.01 * len(people)), _MAILS_AT_MOST)
    mails = _contacts(rng, people, writers, count)
    seen.mark("email", mails.person)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        for message in _messages(rng, period, people, mails):
            out.write(message)
    return len(mails.person)


def _messages(rng: np.random.Generator, period: Period, people: People, mails: _Contacts) -> Iterator[bytes]:
    who = pa.array(mails.person)
    addresses, names = people.email.take(who).to_pylist(), people.name.take(who).to_pylist()
    start = datetime(period.start.year, period.start.month, period.start.day, tzinfo=_SHANGHAI)
    choices = rng.integers(0, 2**31, (len(mails.person), 4)).tolist()
    for number, second in enumerate(mails.second.tolist()):
        sent = start + timedelta(seconds=second)
        yield _message(number, addresses[number], names[number], sent, choices[number])


def _message(number: int, address: str, name: str, sent: datetime, choice: list[int]) -> bytes:
    """Return one message as it stands in an mbox file."""
    charset = "gb18030" if choice[0] % 3 == 0 else "utf-8"
    stem = STEMS[choice[1] % len(STEMS)]
    subject = _SUBJECTS[choice[2] % len(_SUBJECTS)].format(stem)
    message = EmailMessage(policy=SMTP.clone(linesep="\n"))
    message.set_content(_BODIES[choice[3] % len(_BODIES)].format(stem, name), charset=charset, cte="base64")
    # Written by hand, for the policy would encode every subject as UTF-8 whatever the body is in.
    encoded = Header(subject, charset, maxlinelen=70, header_name="Subject").encode(linesep="\n")
    sender = f"{Header(name, charset).encode()} <{address}>"
    head = (
        f"From {address} {sent.astimezone(UTC):%a %b %d %H:%M:%S %Y}\n"
        f"From: {sender}\nTo: service@retailer.example\nSubject: {encoded}\n"
        f"Date: {format_datetime(sent)}\nMessage-ID: <{number:08}.{choice[0]}@mail.example>\n"
    )
    return head.encode("ascii") + message.as_bytes() + b"\n"
