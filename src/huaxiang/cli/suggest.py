"""huaxiang suggest: new tags from the data, with evidence; accepted ones become definitions."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.tree import Tree

from huaxiang.cli.building import HERE, Folder, open_project
from huaxiang.cli.screen import screen
from huaxiang.read.current import current_build
from huaxiang.suggest import DEFAULT_HORIZON, Suggestion, Suggestions, accept
from huaxiang.suggest import suggest as suggest_of
from huaxiang.words import Count, Words

KINDS = {
    "statistic": Words("Statistics", "统计"),
    "bands": Words("Natural bands", "自然分段"),
    "preference": Words("Preferences", "偏好"),
}


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    example = 'Example: huaxiang suggest --outcome "count(order_id) > 0 from orders" --horizon "30 days"'
    app.command("suggest", epilog=example)(suggest)


def suggest(
    outcome: Annotated[
        str | None, typer.Option(help="CONDITION from FACTS [where …]; an order by default. 目标，默认为再次下单。")
    ] = None,
    horizon: Annotated[str, typer.Option(help="Within this time. 在多长时间内。")] = DEFAULT_HORIZON,
    top: Annotated[int, typer.Option(help="At most so many statistics. 最多给出多少个统计。", min=1)] = 20,
    accepted: Annotated[
        list[str] | None, typer.Option("--accept", help="Write this one to tags/suggested.yaml; repeat. 采纳这一个。")
    ] = None,
    project: Folder = HERE,
) -> None:
    """Propose new tags from the data, by what they say about an outcome. 从数据中建议新标签。"""
    loaded = open_project(project)
    with current_build(loaded.root, loaded) as current:
        found = suggest_of(current, outcome=outcome, horizon=horizon, top=top)
    if accepted:
        path = accept(loaded, found, accepted)
        named = path.relative_to(loaded.root).as_posix()
        screen.say(f"[green]✓[/] {', '.join(accepted)} → {named}; next: huaxiang plan",
                   f"[green]✓[/] {'、'.join(accepted)} → {named}；接下来：huaxiang plan")  # fmt: skip
        screen.data({"accepted": accepted, "file": named})
        return
    screen.data(found)
    if not screen.json:
        _show(found)


def _show(found: Suggestions) -> None:
    words = screen.words(found.outcome_words)
    screen.say(
        f"Outcome: {words}; {found.base_rate:.1%} of {found.customers:,} {Count(found.customers):customer|customers} "
        f"(of {found.eligible:,} known at {found.since:%Y-%m-%d}); "
        f"{found.tried:,} {Count(found.tried):statistic|statistics} tried, build {found.build}",
        f"目标：{words}；{found.customers:,} 位客户中有 {found.base_rate:.1%} 发生（{found.since:%Y-%m-%d} 时已知 "
        f"{found.eligible:,} 位）；试算 {found.tried:,} 个统计，第 {found.build} 次构建",
    )
    for kind, title in KINDS.items():
        mine = [each for each in found.found if each.kind == kind]
        if mine:
            tree = Tree(f"[b]{screen.words(title)}[/] [dim]({len(mine)})[/]")
            for each in mine:
                _grow(tree, each)
            screen.out.print(tree)
    if not found.found:
        screen.say("Nothing says enough about it.", "没有足够有用的标签可以建议。")
        return
    first = found.found[0].code
    screen.say(
        f"[dim]To take one: huaxiang suggest --accept {first}[/]", f"[dim]采纳：huaxiang suggest --accept {first}[/]"
    )


def _grow(tree: Tree, each: Suggestion) -> None:
    branch = tree.add(f"[cyan]{each.code}[/] [b]{screen.words(each.name)}[/]")
    branch.add(screen.words(each.meaning))
    branch.add(screen.words(each.evidence.words))
    if each.example is not None:
        shown = screen.words(each.example.value)
        branch.add(screen.t(f"[dim]e.g. {each.example.id}: {shown}[/]", f"[dim]例如 {each.example.id}：{shown}[/]"))
    branch.add(f"[dim]{escape(each.definition.rstrip())}[/]")
