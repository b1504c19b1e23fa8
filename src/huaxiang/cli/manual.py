"""huaxiang tag set, unset, manual: values set by a person."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang.cli.building import HERE, Folder, open_project
from huaxiang.cli.looking import one_customer
from huaxiang.cli.screen import screen
from huaxiang.errors import ProjectError
from huaxiang.inputs.setting import set_manual, withdraw_manual
from huaxiang.pipeline import utc_now
from huaxiang.read.current import CurrentBuild, current_build
from huaxiang.read.filters import known_segment, known_tag
from huaxiang.read.manual import manual_entries
from huaxiang.read.showing import local
from huaxiang.words import Count, Words

Customers = Annotated[
    list[str] | None, typer.Option("--customer", help="A customer id or identifier; repeat. 客户编号或标识，可重复。")
]
Segment = Annotated[str | None, typer.Option(help="Or everybody in a segment. 或整个人群。")]
By = Annotated[str, typer.Option("--by", help="Who sets it. 设置人。")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application's group `tag`, which is made if it is not there yet."""
    for group in app.registered_groups:
        if group.name == "tag" and group.typer_instance is not None:
            register(group.typer_instance)
            return
    tag_app = typer.Typer(no_args_is_help=True, help="Tags: values set by a person. 标签：人工设置取值。")
    app.add_typer(tag_app, name="tag")
    register(tag_app)


def register(app: typer.Typer) -> None:
    """Add the commands to the group of tag commands."""
    example = 'Example: huaxiang tag set care VIP --customer 13812345678 --reason "asked by the branch" --by li'
    app.command("set", epilog=example)(set_command)
    app.command("unset", epilog="Example: huaxiang tag unset care --customer 13812345678 --by li")(unset_command)
    app.command("manual", epilog="Example: huaxiang tag manual care")(manual_command)


def set_command(
    tag: Annotated[str, typer.Argument(help="A tag of kind manual. 人工标签编码。")],
    value: Annotated[str, typer.Argument(help="Its value. 取值。")],
    reason: Annotated[str, typer.Option(help="Why; required. 理由，必填。")],
    by: By,
    customer: Customers = None,
    segment: Segment = None,
    expires: Annotated[
        str | None, typer.Option(help="How long it holds, e.g. '30 days'; else the definition says. 有效期。")
    ] = None,
    project: Folder = HERE,
) -> None:
    """Set a tag's value by hand, for some customers or a whole segment. 人工设置标签取值。"""
    loaded = open_project(project)
    with current_build(loaded.root, loaded) as current:
        subjects = _subjects(current, customer, segment)
        at = utc_now()
        done = set_manual(loaded, current.registry, tag, value, subjects, reason=reason, who=by, at=at, expires=expires)
        until = f"{local(done.expires_at, loaded.zone):%Y-%m-%d}"
        screen.say(
            f"[green]✓[/] {tag} set for {done.customers:,} {Count(done.customers):customer|customers} "
            f"until {until}; it counts from the next build",
            f"[green]✓[/] 已为 {done.customers:,} 位客户设置 {tag}，有效至 {until}，自下次构建起生效",
        )
        screen.data({"tag": tag, "value": done.value, "customers": done.customers, "expires_at": done.expires_at})


def unset_command(
    tag: Annotated[str, typer.Argument(help="A tag of kind manual. 人工标签编码。")],
    by: By,
    customer: Customers = None,
    segment: Segment = None,
    project: Folder = HERE,
) -> None:
    """Withdraw values set by hand; their history is kept. 撤销人工设置的取值，保留历史。"""
    loaded = open_project(project)
    with current_build(loaded.root, loaded) as current:
        subjects = _subjects(current, customer, segment)
        count = withdraw_manual(loaded, current.registry, current.engine, tag, subjects, who=by, at=utc_now())
        screen.say(f"[green]✓[/] {count:,} {Count(count):value|values} withdrawn, from the next build on",
                   f"[green]✓[/] 已撤销 {count:,} 个取值，自下次构建起生效")  # fmt: skip
        screen.data({"tag": tag, "withdrawn": count})


def manual_command(
    tag: Annotated[str | None, typer.Argument(help="Only this tag. 只看一个标签。")] = None,
    customer: Annotated[str | None, typer.Option(help="Only this customer. 只看一位客户。")] = None,
    project: Folder = HERE,
) -> None:
    """List values set by hand, newest first, those gone too. 列出人工设置的取值（含历史）。"""
    loaded = open_project(project)
    with current_build(loaded.root, loaded) as current:
        if tag is not None:
            known_tag(current, tag)
        subject = one_customer(current, customer).subject if customer else None
        found = manual_entries(current, utc_now(), tag=tag, subject=subject)
        screen.data(found)
        heads = screen.heads(
            ("customer", "客户"), ("tag", "标签"), ("value", "取值"), ("state", "状态"), ("reason", "理由"),
            ("by", "设置人"), ("set", "设置于"), ("until", "有效至"),
        )  # fmt: skip
        screen.table(screen.t("Set by hand", "人工设置"), heads, [
            (each.id, each.tag, each.value, each.state_words.say(screen.language), each.reason, each.who,
             f"{each.set_at:%Y-%m-%d %H:%M}", f"{each.expires_at:%Y-%m-%d}")
            for each in found
        ])  # fmt: skip


def _subjects(current: CurrentBuild, customers: list[str] | None, segment: str | None) -> list[int]:
    if bool(customers) == bool(segment):
        raise ProjectError(Words("give --customer, or --segment", "请用 --customer 或 --segment 指明客户"))
    if segment:
        known_segment(current, segment)
        sql = "SELECT subject FROM segment_members WHERE segment = ? ORDER BY subject"
        return [subject for (subject,) in current.engine.rows(sql, [segment])]
    return [one_customer(current, each).subject or 0 for each in customers or ()]
