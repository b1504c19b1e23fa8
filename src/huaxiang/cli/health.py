"""huaxiang health, huaxiang alerts: how tags are doing, and what to see to."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape

from huaxiang.cli.building import HERE, Folder, open_project
from huaxiang.cli.screen import screen
from huaxiang.cli.watching import STAGES, measure_build, opened
from huaxiang.errors import HuaxiangError, NotFound
from huaxiang.read.current import CurrentBuild
from huaxiang.registry.health import Alert, pin_baseline
from huaxiang.registry.health import alerts as alerts_of
from huaxiang.watch import is_measured, load_watching, measure_lift, outcome_of, tag_detail, tag_healths
from huaxiang.watch.alerts import acknowledge_alert
from huaxiang.watch.definition import SEVERITIES
from huaxiang.watch.health import Health, TagDetail
from huaxiang.watch.lift import Lifts, TagLift
from huaxiang.watch.score import percent
from huaxiang.words import Count, Words

EXIT_ALERTS = 3
"""There are open alerts: the build is done, but somebody should look."""
_NEVER = "never"
_BLOCKS = "▁▂▃▄▅▆▇█"

alerts_app = typer.Typer(no_args_is_help=True, help="Alerts of tags: list, acknowledge. 标签告警。")


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("health", epilog="Example: huaxiang health value_tier --outcome orders")(health)
    app.add_typer(alerts_app, name="alerts")
    alerts_app.command("list", epilog="Example: huaxiang alerts list --fail-on critical")(list_command)
    alerts_app.command("ack", epilog='Example: huaxiang alerts ack 3 --note "the source was late"')(ack_command)


def health(
    tag: Annotated[str | None, typer.Argument(help="One tag in detail. 只看一个标签。")] = None,
    outcome: Annotated[
        str | None,
        typer.Option(help="Lift on this: an outcome of watch.yaml, a fact table, or TABLE: CONDITION. 结果指标。"),
    ] = None,
    horizon: Annotated[str | None, typer.Option(help="Within this long, e.g. 30 days. 结果的观察期。")] = None,
    baseline: Annotated[
        int | None, typer.Option(help="Compare with this build from now on; 0: each tag's first. 基线构建。", min=0)
    ] = None,
    again: Annotated[bool, typer.Option("--measure", help="Measure the build again. 重新测量。")] = False,
    project: Folder = HERE,
) -> None:
    """Show how every tag is doing, the worst first, and what to do; one tag with its trend. 标签健康度。"""
    loaded = open_project(project)
    if horizon and not outcome:
        raise HuaxiangError(Words("--horizon goes with --outcome", "--horizon 需要与 --outcome 一起使用"))
    with opened(loaded) as current:
        if baseline is not None:
            _pin(current, baseline)
        missing = not is_measured(current)
    if again or missing or baseline is not None:
        measure_build(loaded)
    with opened(loaded) as current:
        if outcome:
            watching = load_watching(loaded)
            with screen.progress(STAGES) as watch:
                watch("lift", -1.0, outcome)
                found = measure_lift(current, outcome_of(outcome, loaded, watching, horizon))
            _say_outcome(found)
        if tag is not None:
            _show_tag(tag_detail(current, tag))
        else:
            _show_all(current, tag_healths(current))


def list_command(
    tag: Annotated[str | None, typer.Option(help="Only of this tag. 只看一个标签。")] = None,
    every: Annotated[bool, typer.Option("--all", help="Of all builds, acknowledged ones too. 全部历史告警。")] = False,
    fail_on: Annotated[
        str, typer.Option(help="Exit code 3 from this severity on: info, warning, critical, never. 退出码阈值。")
    ] = "warning",
    project: Folder = HERE,
) -> None:
    """List the open alerts of the current build; exit code 3 if there are any. 列出告警。"""
    if fail_on not in (*SEVERITIES, _NEVER):
        raise HuaxiangError(
            Words(
                f"--fail-on is one of {', '.join(SEVERITIES)}, never",
                f"--fail-on 只能是 {'、'.join(SEVERITIES)}、never",
            )
        )
    loaded = open_project(project)
    with opened(loaded) as current:
        found = alerts_of(current.registry, build=None if every else current.build.id, tag=tag, only_open=not every)
        screen.data(found)
        _alert_table(found)
        bad = SEVERITIES[SEVERITIES.index(fail_on) :] if fail_on != _NEVER else ()
        here = [each for each in found if each.open and each.build == current.build.id and each.severity in bad]
    if here:
        raise typer.Exit(EXIT_ALERTS)


def ack_command(
    number: Annotated[int, typer.Argument(help="The alert's number. 告警编号。")],
    note: Annotated[str, typer.Option(help="What was done, or why nothing need be. 处理说明，或无需处理的原因。")],
    by: Annotated[str | None, typer.Option(help="Who; the system's user without it. 确认人。")] = None,
    project: Folder = HERE,
) -> None:
    """Acknowledge an alert: who, when and why are kept. 确认告警。"""
    loaded = open_project(project)
    with opened(loaded) as current:
        done = acknowledge_alert(current.registry, number, by or getpass.getuser(), note)
    screen.say(f"[green]✓[/] Alert {number} is acknowledged.", f"[green]✓[/] 告警 {number} 已确认。")
    screen.data(done)


def _pin(current: CurrentBuild, build: int) -> None:
    known = [each.id for each in current.registry.builds()]
    if build and build not in known:
        raise NotFound(Words(f"there is no finished build {build}", f"没有已完成的第 {build} 次构建"))
    pin_baseline(current.registry, build or None)


def _show_all(current: CurrentBuild, found: Sequence[Health]) -> None:
    screen.data({"build": current.build.id, "tags": found})
    heads = screen.heads(
        ("tag", "标签"),
        ("name", "名称"),
        ("score", "得分"),
        ("coverage", "覆盖率"),
        ("PSI", "PSI"),
        ("why", "原因"),
        ("what to do", "建议"),
    )
    rows = [
        (
            each.tag, each.name.say(screen.language), each.score, percent(each.measured.coverage),
            "" if each.measured.psi is None else f"{each.measured.psi:.3f}", _losses(each),
            "; ".join(suggestion.name.say(screen.language) for suggestion in each.suggestions),
        )
        for each in found
    ]  # fmt: skip
    title = screen.t(f"Health of tags, build {current.build.id}", f"标签健康度（第 {current.build.id} 次构建）")
    screen.table(title, heads, rows, right=(2, 3, 4))
    waiting = sum(len(each.alerts) for each in found)
    if waiting:
        screen.say(
            f"{waiting} open {Count(waiting):alert|alerts}: huaxiang alerts list",
            f"{waiting} 条未确认告警：huaxiang alerts list",
        )


def _losses(health: Health) -> str:
    """Return the reasons of the parts that lost the most."""
    lost = [each for each in health.parts if each.points is not None and each.points < each.weight * 0.9]
    lost.sort(key=lambda each: (each.points or 0.0) - each.weight)
    return "; ".join(each.reason.say(screen.language) for each in lost[:2])


def _show_tag(detail: TagDetail) -> None:
    found = detail.health
    screen.data(detail)
    name = found.name.say(screen.language)
    title = screen.t(f"{name}: {found.score} of 100", f"{name}：{found.score} / 100")
    heads = screen.heads(("part", "组成"), ("points", "得分"), ("of", "满分"), ("why", "原因"))
    rows = [
        (each.name.say(screen.language), each.points, each.weight, each.reason.say(screen.language))
        for each in found.parts
    ]
    screen.table(title, heads, rows, right=(1, 2))
    bins = [
        (each.value, each.count, percent(each.count / max(1, found.measured.customers))) for each in found.measured.bins
    ]
    heads = screen.heads(("value", "取值"), ("customers", "客户"), ("share", "占比"))
    screen.table(screen.t("Distribution", "分布"), heads, bins[:12], right=(1, 2))
    _trend(detail)
    mine = found.lift.tags.get(found.tag) if found.lift else None
    if found.lift and mine:
        _lift_table(found.lift, mine)
    for each in found.suggestions:
        screen.say(f"→ [b]{each.name.en}[/]: {escape(each.why.en)}", f"→ [b]{each.name.zh}[/]：{escape(each.why.zh)}")
    if found.alerts:
        _alert_table(found.alerts)


def _trend(detail: TagDetail) -> None:
    if len(detail.trend) < 2:
        return
    lines: tuple[tuple[str, str, Callable[[Any], float | None]], ...] = (
        ("score", "得分", lambda each: each.score / 100),
        ("coverage", "覆盖率", lambda each: each.coverage),
        ("PSI", "PSI", lambda each: each.psi),
        ("flipped", "变化", lambda each: each.flipped),
    )
    last = detail.trend[-24:]
    for en, zh, value in lines:
        values = [value(each) for each in last]
        known = [each for each in values if each is not None]
        if known:
            shown = f"{known[-1]:.3f}" if en == "PSI" else percent(known[-1])
            line = sparkline(values, top=max(0.25, *known) if en == "PSI" else 1.0)
            screen.say(f"{en:>9} {line} {shown}", f"{zh} {line} {shown}")
    screen.say(f"          builds {last[0].build} – {last[-1].build}", f"第 {last[0].build} – {last[-1].build} 次构建")


def sparkline(values: Sequence[float | None], *, top: float) -> str:
    """Return values between 0 and `top` as a line of blocks; what is not known is a dot."""
    last = len(_BLOCKS) - 1
    return "".join("·" if each is None else _BLOCKS[min(last, max(0, round(each / top * last)))] for each in values)


def _say_outcome(found: Lifts) -> None:
    rate = found.hits / found.customers
    screen.say(
        f"{escape(found.name.en)}: {found.hits:,} of {found.customers:,} "
        f"{Count(found.customers):customer|customers} ({rate:.1%}) "
        f"after {found.since:%Y-%m-%d %H:%M} UTC; tags as of that moment",
        f"{escape(found.name.zh)}：{found.since:%Y-%m-%d %H:%M}（UTC）之后，{found.customers:,} 位客户中有 "
        f"{found.hits:,} 位（{rate:.1%}）；标签取该时刻的值",
    )
    if found.left_out:
        codes = escape(", ".join(found.left_out))
        screen.say(
            f"  Left out, for their values as of then are not known: {codes}",
            f"  以下标签当时的取值无从得知，未计入：{codes}",
        )


def _lift_table(found: Lifts, mine: TagLift) -> None:
    heads = screen.heads(
        ("value", "取值"),
        ("customers", "客户"),
        ("rate", "发生率"),
        ("lift", "提升度"),
        ("95 %", "95% 区间"),
        ("against the rest", "与其余客户之差"),
    )
    rows = [
        (
            screen.t("unknown", "未知") if each.value is None else each.value, each.customers, percent(each.rate.value),
            each.lift.value, f"{each.lift.low:.2f} – {each.lift.high:.2f}",
            f"{each.difference.value * 100:+.1f} [{each.difference.low * 100:+.1f}, {each.difference.high * 100:+.1f}]",
        )
        for each in mine.values
    ]  # fmt: skip
    title = screen.t(f"Lift on: {found.name.en}", f"对“{found.name.zh}”的提升度")
    screen.table(title, heads, rows, right=(1, 2, 3))


def _alert_table(found: Sequence[Alert]) -> None:
    if not found:
        screen.say("[green]✓[/] No open alerts.", "[green]✓[/] 没有未确认的告警。")
        return
    heads = screen.heads(
        ("number", "编号"),
        ("build", "构建"),
        ("severity", "级别"),
        ("tag", "标签"),
        ("alert", "告警"),
        ("measured", "测得"),
        ("seen to", "确认"),
    )
    rows = [
        (
            each.id, each.build, screen.t(*_SEVERITY[each.severity]), each.tag, each.name.say(screen.language),
            ", ".join(f"{name} {_shown(value)}" for name, value in each.measured.items()),
            "" if each.open else f"{each.by}: {each.note}",
        )
        for each in found
    ]  # fmt: skip
    screen.table(screen.t("Alerts", "告警"), heads, rows, right=(0, 1))


_SEVERITY = {"info": ("info", "提示"), "warning": ("warning", "警告"), "critical": ("critical", "严重")}


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
