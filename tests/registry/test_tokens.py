"""API tokens and the audit of personal values: only a hash is kept, and what was revoked or ran out opens nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from huaxiang.errors import Conflict, NotFound
from huaxiang.registry import Registry
from huaxiang.registry.audit import personal_reads, record_personal_reads
from huaxiang.registry.health import note_use, uses
from huaxiang.registry.tokens import Right, create_token, find_token, revoke_token, tokens


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry(tmp_path / "registry.db")
    yield opened
    opened.close()


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def found(registry: Registry, text: str, at: datetime | None = None) -> str | None:
    token = find_token({each.id: each for each in tokens(registry)}, text, at or now())
    return token.name if token else None


def test_a_token_opens_and_is_kept_nowhere(registry: Registry, tmp_path: Path) -> None:
    text, token = create_token(registry, "site", by="li", may=[Right.PERSONAL], rate=50)
    assert found(registry, text) == "site"
    [kept] = tokens(registry)
    assert kept == token
    assert (kept.may, kept.rate, kept.by, kept.expires, kept.revoked) == ({Right.PERSONAL}, 50, "li", None, None)
    assert text[-43:].encode() not in (tmp_path / "registry.db").read_bytes()


@pytest.mark.parametrize("change", [lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"), lambda text: "",
                                    lambda text: text + "A", lambda text: text.replace("hx_", "hx_0"),
                                    lambda text: "hx_000000000000_" + text[-43:], lambda text: "\ud800"])  # fmt: skip
def test_another_text_opens_nothing(registry: Registry, change) -> None:  # type: ignore[no-untyped-def]
    text, _ = create_token(registry, "site", by="li")
    assert found(registry, change(text)) is None


def test_two_tokens_open_as_themselves(registry: Registry) -> None:
    texts = [create_token(registry, name, by="li")[0] for name in ("a", "b")]
    assert [found(registry, text) for text in texts] == ["a", "b"]
    mixed = texts[0][:16] + texts[1][16:]
    assert found(registry, mixed) is None


def test_a_token_ends_when_it_expires(registry: Registry) -> None:
    until = now() + timedelta(hours=1)
    text, _ = create_token(registry, "site", by="li", expires=until)
    assert found(registry, text, until - timedelta(minutes=1)) == "site"
    assert found(registry, text, until) is None


def test_a_revoked_token_opens_nothing_and_its_name_is_free_again(registry: Registry) -> None:
    text, _ = create_token(registry, "site", by="li")
    with pytest.raises(Conflict):
        create_token(registry, "site", by="li")
    gone = revoke_token(registry, "site", by="wang")
    assert (gone.revoked is not None, gone.revoked_by, found(registry, text)) == (True, "wang", None)
    with pytest.raises(NotFound):
        revoke_token(registry, "site", by="wang")
    again, _ = create_token(registry, "site", by="li")
    assert (found(registry, again), found(registry, text), len(tokens(registry))) == ("site", None, 2)


def test_personal_reads_tell_who_saw_whose(registry: Registry) -> None:
    record_personal_reads(registry, {7: ["phone", "name"], 8: []}, via="api", by="site", purpose="call back")
    record_personal_reads(registry, {7: ["email"]}, via="api", by="crm")
    assert [(each.subject, each.by, each.kinds, each.purpose, each.via) for each in personal_reads(registry)] == [
        (7, "crm", ("email",), "", "api"),
        (8, "site", (), "call back", "api"),
        (7, "site", ("name", "phone"), "call back", "api"),
    ]
    assert [each.by for each in personal_reads(registry, subject=7)] == ["crm", "site"]
    record_personal_reads(registry, {}, via="api", by="site")
    assert len(personal_reads(registry)) == 3


def test_uses_can_be_counted_beforehand(registry: Registry) -> None:
    today = now().date()
    note_use(registry, "api", {"tier": 40, "orders": 2}, day=today)
    note_use(registry, "api", {"tier": 2}, day=today)
    note_use(registry, "api", ["tier"], day=today)
    assert uses(registry, today) == {"orders": {"api": 2}, "tier": {"api": 43}}
