"""Mail as it comes: encoded and misencoded words, HTML, attachments, and what is no mail."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.connectors.reading_sources import Answer, read_all


def one(root: Path, raw: bytes) -> dict[str, str | None]:
    (root / "x.eml").write_bytes(raw)
    answer = read_all("x.eml", root)
    assert answer.broken == []
    return answer.rows[0]


def mbox(root: Path, *messages: bytes) -> Answer:
    (root / "x.mbox").write_bytes(
        b"".join(b"From x Thu Jan  1 00:00:00 2024\n" + message + b"\n" for message in messages)
    )
    return read_all("x.mbox", root)


def test_a_whole_message(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"] = "张三 <Zhang.San@Example.com>"
    message["To"] = "客服 <help@shop.cn>, b@shop.cn"
    message["Subject"] = "退货：订单 12345 的生鲜蔬菜不新鲜，请尽快处理，谢谢"
    message["Date"] = "Mon, 06 May 2024 07:08:09 +0800"
    message["Message-ID"], message["In-Reply-To"] = "<1@x>", "<0@x>"
    message.set_content("您好\n请退款\n")
    message.add_alternative("<p>HTML</p>", subtype="html")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="照片.png")
    row = one(tmp_path, message.as_bytes())
    assert row.pop("size") == str(len(message.as_bytes()))
    assert row == {
        "_row": 1,
        "message_id": "<1@x>",
        "date": "2024-05-06T07:08:09+08:00",
        "from_address": "zhang.san@example.com",
        "from_name": "张三",
        "to_address": "help@shop.cn, b@shop.cn",
        "subject": "退货：订单 12345 的生鲜蔬菜不新鲜，请尽快处理，谢谢",
        "body": "您好\n请退款",
        "in_reply_to": "<0@x>",
        "attachments": "1",
    }


@pytest.mark.parametrize("declared", ["gb2312", "utf-8", "us-ascii", "x-unknown", "nonsense charset", ""])
@pytest.mark.parametrize("true", ["gbk", "utf-8"])
def test_charsets_declared_wrong(declared: str, true: str, tmp_path: Path) -> None:
    text = "您好，我要退货，请尽快处理我的订单"
    kind = f'Content-Type: text/plain; charset="{declared}"\n' if declared else ""
    raw = f"From: a@b\nSubject: x\n{kind}\n".encode() + text.encode(true)
    assert one(tmp_path, raw)["body"] == text


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_headers_in_raw_bytes(encoding: str, tmp_path: Path) -> None:
    raw = "From: 张三先生 <a@b.cn>\nSubject: 我要退货请处理\n\nx".encode(encoding)
    row = one(tmp_path, raw)
    assert (row["from_name"], row["from_address"], row["subject"]) == ("张三先生", "a@b.cn", "我要退货请处理")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("=?gb2312?B?zcu79Q==?=", "退货"),
        ("=?UTF-8?Q?=E9=80=80=E8=B4=A7?= now", "退货 now"),
        ("=?utf-8?B?6YCA?= =?utf-8?B?6LSn?=", "退货"),
        ("=?nonsense?B?6YCA6LSn?=", "退货"),
        ("=?utf-8?B?!!!?=", "=?utf-8?B?!!!?="),
        ("folded\n subject", "folded subject"),
    ],
)
def test_encoded_words(header: str, said: str, tmp_path: Path) -> None:
    assert one(tmp_path, f"From: a@b\nSubject: {header}\n\nx".encode())["subject"] == said


def test_html_without_tags(tmp_path: Path) -> None:
    head = "<html><head><title>T</title><style>p{}</style></head>"
    html = f"{head}<body><p>您好&nbsp;&amp; bye</p><script>x()</script>a<br>b"
    raw = f"From: a@b\nContent-Type: text/html; charset=utf-8\n\n{html}".encode()
    assert one(tmp_path, raw)["body"] == "您好 & bye\na\nb"


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("6 May 2024 07:08:09 GMT", "2024-05-06T07:08:09+00:00"),
        ("Mon, 6 May 2024 07:08:09 -0000", "2024-05-06T07:08:09+00:00"),
        ("Mon, 6 May 2024 07:08:09 +0800 (CST)", "2024-05-06T07:08:09+08:00"),
        ("Mon, 6 May 2024 07:08:09 -0600 (CST)", "2024-05-06T07:08:09-06:00"),
        ("Mon, 6 May 2024 07:08:09 UT", "2024-05-06T07:08:09+00:00"),
        # What a name means is for cleaning to say, by the project's zone.
        ("Mon, 6 May 2024 07:08:09 CST", "2024-05-06 07:08:09 CST"),
        ("6 May 2024 07:08 edt (summer)", "2024-05-06 07:08:00 EDT"),
        ("Mon, 6 May 2024 07:08:09", "2024-05-06T07:08:09"),
        ("yesterday", "yesterday"),
        ("Mon, 99 May 2024 99:08:09 +0800", "Mon, 99 May 2024 99:08:09 +0800"),
    ],
)
def test_dates(date: str, said: str, tmp_path: Path) -> None:
    assert one(tmp_path, f"From: a@b\nDate: {date}\n\nx".encode())["date"] == said


def test_what_is_missing_is_null(tmp_path: Path) -> None:
    row = one(tmp_path, b"Subject: only\n\n")
    assert row["from_address"] is None and row["date"] is None and row["to_address"] is None
    assert row["body"] == ""


INNER = "Content-Type: message/rfc822\n{more}\nSubject: inner\nFrom: i@x\nContent-Type: {kind}\n\n{text}\n"
PLAIN = "Content-Type: text/plain\n\nown text\n"


@pytest.mark.parametrize(
    ("parts", "body", "attachments"),
    [
        ([PLAIN, INNER.format(more="", kind="text/plain", text="inner text")], "own text", 1),
        ([INNER.format(more="", kind="text/plain", text="inner text"), PLAIN], "own text", 1),
        ([INNER.format(more="", kind="text/plain", text="inner text")], None, 1),
        ([INNER.format(more="Content-Disposition: inline", kind="text/html", text="<p>x")], None, 1),
        ([PLAIN, "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\n"], "own text", 1),
        ([PLAIN, PLAIN], "own text\nown text", 0),
        ([PLAIN, 'Content-Type: text/plain; name="a.txt"\n\nattached\n'], "own text", 1),
        ([PLAIN, 'Content-Type: multipart/mixed; boundary=cc\nContent-Disposition: attachment\n\n--cc\n\nx\n--cc--\n'],
         "own text", 1),
    ],
)  # fmt: skip
def test_an_attached_message_is_an_attachment_and_its_text_its_own(
    parts: list[str], body: str | None, attachments: int, tmp_path: Path
) -> None:
    whole = "From: a@b\nSubject: outer\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=bb\n\n"
    row = one(tmp_path, (whole + "".join(f"--bb\n{part}" for part in parts) + "--bb--\n").encode())
    assert (row["subject"], row["body"], row["attachments"]) == ("outer", body, str(attachments))


def test_an_mbox_is_cut_where_messages_begin(tmp_path: Path) -> None:
    answer = mbox(
        tmp_path,
        b"From: a@b\nSubject: 1\n\nFrom here on\n\n>From there\n>>From deep\n",
        b"\x00\x01 garbage\n",
        b"",
        b"From: c@d\r\nSubject: 2\r\n\r\nbody\r\n",
    )
    assert [(row["_row"], row["subject"]) for row in answer.rows] == [(1, "1"), (4, "2")]
    assert answer.rows[0]["body"] == "From here on\n\nFrom there\n>From deep"
    assert [(one.row, one.rule) for one in answer.broken] == [(2, "not_a_message"), (3, "not_a_message")]


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "mail" / "2024").mkdir(parents=True)
    for name in ("mail/b.eml", "mail/2024/a.eml", "mail/notes.txt"):
        (tmp_path / name).write_bytes(b"From: a@b\nSubject: x\n\n")
    answer = read_all({"mailbox": "mail"}, tmp_path)
    assert [part.name for part in answer.parts] == ["mail/2024/a.eml", "mail/b.eml"]


HEADERS = st.sampled_from(
    [
        b"From: ",
        b"To: ",
        b"Subject: ",
        b"Date: ",
        b"Content-Type: ",
        b"Content-Transfer-Encoding: ",
        b"\n",
        b"\n\n",
        b"multipart/mixed; boundary=x\n",
        b"--x\n",
        b"--x--\n",
        b"base64\n",
        b"=?gbk?Q?=?=",
        b"<a@b>",
        b"message/rfc822\n",
    ]
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.lists(st.one_of(HEADERS, st.binary(max_size=8)), max_size=20))
def test_any_bytes_are_a_row_or_broken(data: list[bytes], tmp_path: Path) -> None:
    (tmp_path / "x.eml").write_bytes(b"From: a@b\n" + b"".join(data))
    answer = read_all("x.eml", tmp_path)
    assert len(answer.rows) + len(answer.broken) == 1
