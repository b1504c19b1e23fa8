from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from huaxiang.privacy.scrub import HIDDEN, Scrubber, install_scrubber, scrub

PERSONAL = [
    "13800138000",
    "+8613800138000",
    "86-138-0013-8000",
    "138 0013 8000",
    "１３８００１３８０００",
    "11010519491231002X",
    "44030719900101123x",
    "zhang.san+shop@example.com.cn",
    "a_b%40qq.com",
]
HARMLESS = [
    "2026-11-21 20:54:49",
    "order 20261121000012345678901234",
    "took 1380 ms for 13800 rows",
    "9223372036854775807",
    "123456789012345678",
    "1700000000000",
    "12800138000",
    "@decorator at line 3",
]


@pytest.mark.parametrize("text", PERSONAL)
@pytest.mark.parametrize("around", ["{}", "手机{}号", "value={};", "('{}',)", "<{}>"])
def test_personal_is_hidden(text: str, around: str) -> None:
    assert text not in scrub(around.format(text))
    assert HIDDEN in scrub(around.format(text))


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_passes(text: str) -> None:
    assert scrub(text) == text


def test_twice_is_once() -> None:
    for text in PERSONAL:
        assert scrub(scrub(text)) == scrub(text)


def test_a_very_long_line_takes_no_time() -> None:
    assert scrub("a" * 300_000) == "a" * 300_000


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a handler on the root logger writes, with the scrubber installed, and all undone afterwards."""
    stream, root, factory = io.StringIO(), logging.getLogger(), logging.getLogRecordFactory()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s %(customer)s", defaults={"customer": ""}))
    root.addHandler(handler)
    before = {holder: list(holder.filters) for holder in (root, *root.handlers)}
    install_scrubber()
    yield stream
    logging.setLogRecordFactory(factory)
    root.removeHandler(handler)
    for holder, filters in before.items():
        holder.filters = filters


def test_nothing_personal_reaches_a_handler(log: io.StringIO) -> None:
    logger = logging.getLogger("huaxiang.some.stage")
    logger.warning("bad phone %s of %d", "13800138000", 13900139000)
    logger.warning("by name %(phone)s", {"phone": "13800138000"})
    logger.warning("extra", extra={"customer": {"mail": "a@b.cn"}})
    logger.warning("wrong %d arguments", "13800138000")
    try:
        raise ValueError("cannot read 11010519491231002X")
    except ValueError:
        logger.exception("failed", stack_info=True)
    written = log.getvalue()
    assert written.count(HIDDEN) >= 5
    assert "ValueError: cannot read" in written
    for text in ("13800138000", "13900139000", "a@b.cn", "11010519491231002X"):
        assert text not in written


def test_handlers_added_later_get_clean_records_too(log: io.StringIO) -> None:
    later = io.StringIO()
    handler = logging.StreamHandler(later)
    logging.getLogger("huaxiang.x").addHandler(handler)
    logging.getLogger("huaxiang.x").warning("13800138000")
    logging.getLogger("huaxiang.x").removeHandler(handler)
    assert later.getvalue() == HIDDEN + "\n"


def test_installing_twice_is_once(log: io.StringIO) -> None:
    factory = logging.getLogRecordFactory()
    install_scrubber()
    assert logging.getLogRecordFactory() is factory
    assert sum(isinstance(known, Scrubber) for known in logging.getLogger().filters) == 1


def test_nothing_goes_to_stderr_when_arguments_do_not_fit(log: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("x").error("%s %s", *["13800138000"])
    assert "13800138000" not in capsys.readouterr().err
