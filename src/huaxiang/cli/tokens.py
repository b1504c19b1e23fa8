"""huaxiang token: who may read profiles over HTTP."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.markup import escape

from huaxiang.cli.building import HERE, Folder, open_project
from huaxiang.cli.screen import screen
from huaxiang.cli.who import By, who
from huaxiang.errors import ProjectError
from huaxiang.project import REGISTRY, Project
from huaxiang.read.showing import local
from huaxiang.registry import Registry
from huaxiang.registry.tokens import Right, Token, create_token, revoke_token, tokens
from huaxiang.words import Words

_SPAN = re.compile(r"(\d{1,5}) ?(d|h|days?|hours?)")
_LONGEST = 60
Name = Annotated[str, typer.Argument(help="Its name, by which reads are audited. 令牌名称，审计时以此区分。")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    group = typer.Typer(no_args_is_help=True, help="Tokens for reading profiles over HTTP. 读取画像接口的令牌。")
    group.command("create", epilog="Example: huaxiang token create shop-site --expires 90d")(create)
    group.command("list", epilog="Example: huaxiang token list")(list_command)
    group.command("revoke", epilog="Example: huaxiang token revoke shop-site")(revoke)
    app.add_typer(group, name="token")


def create(
    name: Name,
    may: Annotated[
        list[Right] | None,
        typer.Option(help="What more it may: personal (see personal values), jobs. 额外权限。"),
    ] = None,
    expires: Annotated[str | None, typer.Option(help="For how long: 90d, 12h; else for ever. 有效期。")] = None,
    rate: Annotated[
        int | None, typer.Option(help="Most profiles a second; else no limit. 每秒最多读取的画像数。", min=1)
    ] = None,
    by: By = None,
    project: Folder = HERE,
) -> None:
    """Make a token and print it, this once. 新建令牌，只显示这一次。"""
    loaded = open_project(project)
    until = datetime.now(UTC).replace(tzinfo=None) + _span(expires) if expires else None
    with _registry(loaded) as registry:
        text, token = create_token(
            registry, _checked(name), by=who(by), may=may or (), rate=rate, expires=until
        )  # fmt: skip
    screen.data(_told(token) | {"token": text})
    if not screen.json:
        sys.stdout.write(text + "\n")
    screen.err.print(
        screen.t(
            "Keep it where secrets are kept: it is not stored here and cannot be shown again.",
            "请妥善保管：这里不保存令牌本身，无法再次显示。",
        )
    )


def list_command(project: Folder = HERE) -> None:
    """List the tokens, revoked ones too. 列出全部令牌，包括已吊销的。"""
    loaded = open_project(project)
    with _registry(loaded) as registry:
        found = tokens(registry)
    screen.data([_told(token) for token in found])
    now = datetime.now(UTC).replace(tzinfo=None)
    heads = screen.heads(
        ("name", "名称"), ("id", "编号"), ("state", "状态"), ("may", "权限"), ("a second", "每秒"),
        ("created", "创建"), ("by", "创建人"), ("expires", "到期"),
    )  # fmt: skip
    rows = [
        (
            token.name, token.id, screen.words(_state(token, now)), ", ".join(sorted(token.may)), token.rate,
            _day(token.created, loaded), token.by, _day(token.expires, loaded),
        )
        for token in found
    ]  # fmt: skip
    screen.table("", heads, rows, right=(4,))


def revoke(name: Name, by: By = None, project: Folder = HERE) -> None:
    """Let a token open nothing any more; a server that runs knows within a second. 吊销令牌，一秒内生效。"""
    loaded = open_project(project)
    with _registry(loaded) as registry:
        token = revoke_token(registry, name, by=who(by))
    screen.data(_told(token))
    screen.say(f"[green]✓[/] {escape(name)} is revoked", f"[green]✓[/] 已吊销 {escape(name)}")


@contextmanager
def _registry(project: Project) -> Iterator[Registry]:
    registry = Registry(project.store / REGISTRY)
    try:
        yield registry
    finally:
        registry.close()


def _checked(name: str) -> str:
    plain = name.strip()
    if not plain or len(plain) > _LONGEST or not plain.isprintable():
        raise ProjectError(
            Words(f"a token's name has 1 to {_LONGEST} characters", f"令牌名称应为 1 到 {_LONGEST} 个字符")
        )
    return plain


def _span(text: str) -> timedelta:
    form = _SPAN.fullmatch(text.strip())
    if form is None or not int(form[1]):
        raise ProjectError(Words(f"{text!r} is no length of time: 90d, 12h", f"“{text}”不是时长，应如 90d、12h"))
    return timedelta(days=int(form[1])) if form[2].startswith("d") else timedelta(hours=int(form[1]))


def _state(token: Token, now: datetime) -> Words:
    if token.revoked is not None:
        return Words("revoked", "已吊销")
    return Words("in use", "使用中") if token.valid(now) else Words("expired", "已过期")


def _told(token: Token) -> dict[str, Any]:
    return {
        "name": token.name, "id": token.id, "may": sorted(token.may), "rate": token.rate, "created": token.created,
        "by": token.by, "expires": token.expires, "revoked": token.revoked, "revoked_by": token.revoked_by,
    }  # fmt: skip


def _day(at: datetime | None, project: Project) -> str:
    return f"{local(at, project.zone):%Y-%m-%d}" if at else ""
