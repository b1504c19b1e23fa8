"""huaxiang subscriber, huaxiang delivery: who hears of changes, what was sent, sending it again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from huaxiang.cli.building import HERE, Folder, open_project
from huaxiang.cli.screen import EXIT_WRONG, screen
from huaxiang.deliver.listing import Delivery, Standing, deliveries, standings
from huaxiang.deliver.reasons import REASONS, STATES, SUBSCRIBER_STATES
from huaxiang.deliver.state import STATE_FILE, Deliveries
from huaxiang.errors import HuaxiangError, NotFound
from huaxiang.project import Project
from huaxiang.subscribers import Subscriber
from huaxiang.words import Count, Words, nearest

subscriber_app = typer.Typer(no_args_is_help=True, help="Subscribers to live changes: list, enable, test. 订阅方。")
delivery_app = typer.Typer(no_args_is_help=True, help="Webhook deliveries: list, replay. 推送记录。")


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(subscriber_app, name="subscriber")
    subscriber_app.command("list", epilog="Example: huaxiang subscriber list")(list_subscribers)
    subscriber_app.command("enable", epilog="Example: huaxiang subscriber enable crm")(enable)
    subscriber_app.command("test", epilog="Example: huaxiang subscriber test crm")(test)
    app.add_typer(delivery_app, name="delivery")
    delivery_app.command("list", epilog="Example: huaxiang delivery list --state dead")(list_deliveries)
    delivery_app.command("replay", epilog="Example: huaxiang delivery replay --subscriber crm --state dead")(replay)


def list_subscribers(project: Folder = HERE) -> None:
    """List the subscribers: whether they are sent to, what waits, what is a dead letter. 列出订阅方。"""
    loaded = open_project(project)
    found = standings(_file(loaded), [each.code for each in loaded.subscribers])
    screen.data([{**asdict(each), "topics": one.topics} for each, one in zip(found, loaded.subscribers, strict=True)])
    heads = screen.heads(
        ("code", "编码"), ("name", "名称"), ("state", "状态"), ("waiting", "待发送"), ("delivered", "已送达"),
        ("dead", "死信"), ("last delivered", "最近送达"), ("why", "说明"),
    )  # fmt: skip
    rows = [_standing_row(each, one, loaded) for each, one in zip(found, loaded.subscribers, strict=True)]
    screen.table(screen.t("Subscribers", "订阅方"), heads, rows, right=(3, 4, 5))


def enable(code: Annotated[str, typer.Argument(help="The subscriber. 订阅方编码。")], project: Folder = HERE) -> None:
    """Send to a subscriber again that was disabled by its own answer 410. 重新启用订阅方。"""
    loaded = open_project(project)
    subscriber = _subscriber(loaded, code)
    with Deliveries(_file(loaded)) as state:
        state.enable(subscriber.code, _now())
    (standing,) = standings(_file(loaded), [code])
    screen.data(standing)
    waiting = Count(standing.waiting)
    screen.say(f"[green]✓[/] {escape(code)} is enabled; {waiting} {waiting:message waits|messages wait} for it.",
               f"[green]✓[/] {escape(code)} 已启用，有 {waiting} 条消息待发送。")  # fmt: skip


def test(code: Annotated[str, typer.Argument(help="The subscriber. 订阅方编码。")], project: Folder = HERE) -> None:
    """Send one signed message of type "test" now, and show what was answered. 发送一条测试消息。"""
    loaded = open_project(project)
    subscriber = _subscriber(loaded, code)
    # The HTTP client takes a while to load; no other command should wait for it.
    answer = import_module("huaxiang.deliver.trying").try_once(subscriber)
    screen.data(answer)
    seconds = f"{answer.seconds:.2f} s"
    if not answer.why:
        screen.say(f"[green]✓[/] {escape(code)} answered {answer.status} in {seconds}.",
                   f"[green]✓[/] {escape(code)} 应答 {answer.status}，用时 {seconds}。")  # fmt: skip
        return
    why, status = REASONS[answer.why], "" if answer.status is None else f" ({answer.status})"
    screen.say(f"[red]✗[/] {escape(code)}: {why.en}{status}", f"[red]✗[/] {escape(code)}：{why.zh}{status}")
    raise typer.Exit(EXIT_WRONG)


def list_deliveries(
    state: Annotated[str | None, typer.Option(help=f"Only {', '.join(STATES)}. 状态。")] = None,
    subscriber: Annotated[str | None, typer.Option(help="Only to this subscriber. 订阅方。")] = None,
    limit: Annotated[int, typer.Option(help="How many, the newest first. 条数。", min=1, max=10_000)] = 50,
    project: Folder = HERE,
) -> None:
    """List what was sent, waits, or came to nothing; the newest first. 列出推送记录。"""
    loaded = open_project(project)
    _known_state(state)
    found = deliveries(_file(loaded), subscriber=subscriber, state=state, limit=limit)
    screen.data(found)
    heads = screen.heads(
        ("number", "编号"), ("subscriber", "订阅方"), ("topic", "主题"), ("customer", "客户"), ("state", "状态"),
        ("attempts", "次数"), ("why", "说明"), ("tried", "最近尝试"), ("next", "下次尝试"),
    )  # fmt: skip
    rows = [_delivery_row(each, loaded) for each in found]
    screen.table(screen.t("Deliveries", "推送记录"), heads, rows, right=(5,))


def replay(
    ids: Annotated[list[int] | None, typer.Argument(metavar="ID", help="Deliveries by number. 推送编号。")] = None,
    subscriber: Annotated[str | None, typer.Option(help="Or all to this subscriber… 或某订阅方的全部……")] = None,
    state: Annotated[str | None, typer.Option(help="…in this state. ……且处于此状态。")] = None,
    project: Folder = HERE,
) -> None:
    """Send deliveries again, with the ids they had: whoever has seen one knows it. 重新推送。"""
    loaded = open_project(project)
    if bool(ids) == bool(subscriber or state) or bool(subscriber) != bool(state):
        raise HuaxiangError(
            Words("give numbers, or --subscriber and --state", "请给出推送编号，或同时用 --subscriber 和 --state")
        )
    _known_state(state)
    with Deliveries(_file(loaded)) as kept:
        done = kept.replay(_now(), ids=ids or (), subscriber=subscriber or "", state=state or "")
    if ids and done < len(set(ids)):
        screen.say(f"[yellow]![/] {len(set(ids)) - done} of these numbers do not exist.",
                   f"[yellow]![/] 其中 {len(set(ids)) - done} 个编号不存在。")  # fmt: skip
    screen.data({"replayed": done})
    screen.say(f"[green]✓[/] {done:,} deliveries are sent again as soon as the server runs.",
               f"[green]✓[/] {done:,} 条推送将在服务运行时立即重新发送。")  # fmt: skip


def _file(project: Project) -> Path:
    return project.store / STATE_FILE


def _now() -> int:
    return time.time_ns() // 1_000


def _subscriber(project: Project, code: str) -> Subscriber:
    known = {each.code: each for each in project.subscribers}
    if code in known:
        return known[code]
    near = nearest(code, known)
    ask = (f"; did you mean {near}?", f"；是不是想写 {near}？") if near else ("", "")
    raise NotFound(Words(f"there is no subscriber {code!r}{ask[0]}", f"没有“{code}”这个订阅方{ask[1]}"))


def _known_state(state: str | None) -> None:
    if state is not None and state not in STATES:
        raise HuaxiangError(Words(f"--state is one of {', '.join(STATES)}", f"--state 只能是 {'、'.join(STATES)}"))


def _standing_row(standing: Standing, subscriber: Subscriber, project: Project) -> tuple[object, ...]:
    return (
        standing.code, subscriber.name.say(screen.language), _word(SUBSCRIBER_STATES, standing.state), standing.waiting,
        standing.delivered, standing.dead, _moment(standing.last_delivered, project), _word(REASONS, standing.why),
    )  # fmt: skip


def _delivery_row(each: Delivery, project: Project) -> tuple[object, ...]:
    why = " ".join(filter(None, [_word(REASONS, each.why), str(each.status) if each.status and each.why else ""]))
    return (
        str(each.id), each.subscriber, each.topic, each.subject, _word(STATES, each.state), each.attempts, why,
        _moment(each.tried, project), _moment(each.next_at, project),
    )  # fmt: skip


def _word(words: Mapping[str, Words], code: str) -> str:
    return words[code].say(screen.language) if code in words else code


def _moment(micros: int | None, project: Project) -> str:
    if micros is None:
        return ""
    return datetime.fromtimestamp(micros / 1e6, UTC).astimezone(ZoneInfo(project.zone)).strftime("%Y-%m-%d %H:%M:%S")
