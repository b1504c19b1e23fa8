"""Commands that make things: init, simulate, check, plan, build."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from shlex import quote
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from huaxiang.advice import advice
from huaxiang.cli.asking import job_done
from huaxiang.cli.inputs import warn_of_inputs
from huaxiang.cli.notes import show_notes
from huaxiang.cli.screen import screen
from huaxiang.cli.watching import measure_new_build
from huaxiang.definitions.nodes import Faults
from huaxiang.engine.duckdb import GIB
from huaxiang.errors import DefinitionError, MasterKeyError, ProjectError, WrongKeyError
from huaxiang.govern import check_files
from huaxiang.holdings import give_up_damaged
from huaxiang.inputs.stage import check_inputs
from huaxiang.jobs.asking import asked_settings
from huaxiang.jobs.stages import STAGE_WORDS
from huaxiang.loading import load_module
from huaxiang.pipeline import Settings, build, refresh, store_paths, utc_now
from huaxiang.pipeline.run import refuse_ahead
from huaxiang.pipeline.summary import unread_words
from huaxiang.planning import Plan, plan_project
from huaxiang.privacy.keys import load_master_key
from huaxiang.project import (
    FILE,
    NO_SOURCE,
    REGISTRY,
    STORE,
    Project,
    compile_sources,
    find_root,
    load_project,
    read_project,
    reading_notes,
)
from huaxiang.read.inputs import inputs_of
from huaxiang.registry import Build
from huaxiang.registry.jobs import Kind
from huaxiang.scaffold import TEMPLATES, create_project, ensure_id, ensure_key
from huaxiang.server.presence import running_server
from huaxiang.watch import check_watching, load_watching
from huaxiang.words import Count, Words

Folder = Annotated[Path, typer.Option("--project", "-p", help="The project folder. 项目目录。")]
HERE = Path()
INCOMPLETE = 4
"""Exit code of a build that was made, with parts of sources that could not be read."""
AcceptLoss = Annotated[
    bool,
    typer.Option("--accept-loss", help="Go on though much, or what a store held, is missing. 接受数据减少，继续构建。"),
]
_SIMULATING = {"simulate": Words("Simulating", "生成示例数据")}


def open_project(folder: Path) -> Project:
    """Load the project that `folder` is in, and speak its language from now on."""
    project = load_project(find_root(folder))
    screen.project_language = project.language
    try:
        load_master_key(project.id, project.root)
    except WrongKeyError:
        # Whatever is looked up by another key is not found, which is no answer.
        raise
    except MasterKeyError:
        # Most commands need none; one that does says so.
        return project
    return project


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("init", epilog="Example: huaxiang init my-shop --template retailer")(init)
    app.command("simulate", epilog="Example: huaxiang simulate --customers 100000")(simulate_command)
    app.command("check", epilog="Example: huaxiang check")(check)
    app.command("plan", epilog="Example: huaxiang plan")(plan)
    app.command("build", epilog="Example: huaxiang build --as-of 2026-06-30")(build_command)
    app.command("refresh", epilog="Example: huaxiang refresh")(refresh_command)


def init(
    name: Annotated[Path, typer.Argument(help="The new folder. 新项目的目录。")],
    template: Annotated[str, typer.Option(help=f"One of {', '.join(TEMPLATES)}. 模板。")] = "retailer",
) -> None:
    """Make a new project. 新建项目。"""
    created = create_project(name, template)
    screen.say(f"[green]✓[/] Project [b]{escape(name.name)}[/] made from template {template}.",
               f"[green]✓[/] 已用模板 {template} 新建项目 [b]{escape(name.name)}[/]。")  # fmt: skip
    if created.key is not None:
        screen.say(
            f"  Its master key is in {escape(str(created.key))}: keep a copy; without it sealed data stays sealed.",
            f"  主密钥保存在 {escape(str(created.key))}，请另存一份：没有它，封存的数据将无法打开。",
        )
    go = f"cd {escape(quote(str(name)))}"
    if (name / "sources").is_dir() and any((name / "sources").iterdir()):
        after = "huaxiang simulate && huaxiang build" if template == "retailer" else "huaxiang build"
        screen.say(f"  Next: {go} && {after}", f"  接下来：{go} && {after}")
    else:
        screen.say(f"  Next: {go}; put a file into data/, and say in sources/NAME.yaml what its columns mean.",
                   f"  接下来：{go}；把文件放进 data/，在 sources/名称.yaml 中写明各列的含义。")  # fmt: skip
    screen.data({"project": created.id, "folder": created.root, "key": created.key})


def simulate_command(
    customers: Annotated[int, typer.Option(help="How many people. 人数。", min=10)] = 5000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same people. 随机种子。")] = 7,
    until: Annotated[str | None, typer.Option(help="Last day of the data, YYYY-MM-DD. 数据截止日。")] = None,
    months: Annotated[int, typer.Option(help="How many months. 月数。", min=1)] = 18,
    project: Folder = HERE,
) -> None:
    """Make the sample retailer's raw files, with known truth apart. 生成示例零售商的原始数据。"""
    root = find_root(project)
    # Days are made whole: of today, some hours would lie in the future.
    last = _day(until) if until else datetime.now(ZoneInfo("Asia/Shanghai")).date() - timedelta(days=1)
    with screen.progress(_SIMULATING) as watch:
        # Only this command needs the simulator, and it takes half a second to load.
        summary = load_module("huaxiang.simulate.retailer").simulate(
            root, customers=customers, seed=seed, until=last, months=months,
            progress=lambda what, fraction: watch("simulate", fraction, what),
        )  # fmt: skip
    rows = sum(summary.rows.values())
    screen.say(
        f"[green]✓[/] {rows:,} raw {Count(rows):row|rows} of {customers:,} {Count(customers):person|people} "
        f"in {summary.seconds:.1f} s",
        f"[green]✓[/] 已生成 {customers:,} 人的 {rows:,} 行原始数据，用时 {summary.seconds:.1f} 秒",
    )
    screen.data({"rows": summary.rows, "seconds": summary.seconds})


def check(project: Folder = HERE) -> None:
    """Check every definition; all faults at once. 检查全部定义。"""
    faults = Faults()
    loaded = read_project(find_root(project), faults)
    if loaded is not None:
        screen.project_language = loaded.language
        compile_sources(loaded, utc_now(), faults)
        check_watching(loaded, faults)
        check_inputs(loaded, faults)
    if faults.found or loaded is None:
        raise DefinitionError(faults.found)
    check_files(loaded)
    notes = reading_notes(loaded)
    show_notes(notes)
    if not loaded.sources:
        screen.say(f"[yellow]![/] {escape(NO_SOURCE.en)}", f"[yellow]![/] {escape(NO_SOURCE.zh)}")
    sources, tags = Count(len(loaded.sources)), Count(len(loaded.tags.order))
    segments = Count(len(loaded.segments.segments))
    screen.say(
        f"[green]✓[/] {sources} {sources:source|sources}, {tags} {tags:tag|tags}, "
        f"{segments} {segments:segment|segments}: no fault",
        f"[green]✓[/] {sources} 个来源、{tags} 个标签、{segments} 个人群：没有错误",
    )
    hints = advice(loaded)
    for hint in hints:
        screen.say(f"[yellow]![/] {escape(hint.say('en'))}", f"[yellow]![/] {escape(hint.say('zh'))}")
    told = [{"file": each.file, "line": each.line, "en": each.what.en, "zh": each.what.zh} for each in hints]
    screen.data({
        "sources": sources, "tags": tags, "segments": segments, "faults": [], "hints": told, "notes": notes,
    })  # fmt: skip


def plan(project: Folder = HERE) -> None:
    """Show what changed definitions would do, before it is done. 预览定义变更的影响。"""
    found = plan_project(open_project(project))
    _show_plan(found)
    screen.data(found)


def build_command(
    as_of: Annotated[str | None, typer.Option(help="The moment the build sees, YYYY-MM-DD[THH:MM]. 基准时刻。")] = None,
    workers: Annotated[int | None, typer.Option(help="Cores that clean; all by default. 清洗核数。", min=1)] = None,
    memory: Annotated[float, typer.Option(help="Memory of the warehouse in GiB. 仓库内存上限。", min=0.5)] = 3.0,
    accept_loss: AcceptLoss = False,
    project: Folder = HERE,
) -> None:
    """Build every profile, tag and segment from the raw files. 构建全部画像、标签和人群。"""
    loaded = _open_to_build(project, accept_loss)
    load_watching(loaded)
    loaded = with_key(loaded)
    moment = _moment(as_of, loaded.zone)
    asked = asked_settings(moment, workers, memory, accept_loss=accept_loss)
    if (server := running_server(loaded.root)) is not None:
        _after(loaded, job_done(loaded, server, Kind.BUILD, asked), measured=True)
        return
    settings = Settings(memory=int(memory * GIB), workers=workers, accept_loss=accept_loss)
    with screen.progress(STAGE_WORDS) as watch:
        made = build(loaded, as_of=moment, watch=watch, settings=settings)
    _after(loaded, made)


def refresh_command(
    project: Folder = HERE,
    as_of: Annotated[str | None, typer.Option(help="The moment to bring it to; now if not given. 基准时刻。")] = None,
    memory: Annotated[float, typer.Option(help="GiB the warehouse may use. 数据仓库可用内存（GiB）。", min=0.5)] = 3.0,
    workers: Annotated[int | None, typer.Option(help="Cores that clean; all by default. 清洗核数。", min=1)] = None,
    accept_loss: AcceptLoss = False,
) -> None:
    """Bring the current build to now, touching only who can have changed. 增量刷新到当前时刻。

    Says what a full build would say, with the thresholds of the last full build. Changed definitions mean a full build.
    """
    loaded = _open_to_build(project, accept_loss)
    moment = _moment(as_of, loaded.zone)
    if (server := running_server(loaded.root)) is not None:
        asked = asked_settings(moment, workers, memory, accept_loss=accept_loss)
        made = job_done(loaded, server, Kind.REFRESH, asked)
        _show_refresh(made)
        _after(loaded, made, measured=True)
        return
    settings = Settings(memory=int(memory * GIB), workers=workers, accept_loss=accept_loss)
    with screen.progress(STAGE_WORDS) as watch:
        made = refresh(loaded, as_of=moment, watch=watch, settings=settings)
    _show_refresh(made)
    _after(loaded, made)


def _open_to_build(folder: Path, accept_loss: bool) -> Project:
    if accept_loss:
        # While it cannot be read, neither can the definitions it holds.
        give_up_damaged(find_root(folder) / STORE, REGISTRY)
    return open_project(folder)


def with_key(project: Project) -> Project:
    """Return the project with an id and a master key of its own, made and told of if they were not there."""
    if ensure_id(project.root, project.code):
        project = open_project(project.root)
        screen.say(f"{FILE} was given an id: {project.id}", f"已在 {FILE} 中写入项目标识：{project.id}")
    key = ensure_key(project.id, project.root, store_paths(project)["vault"])
    if key is not None:
        screen.say(
            f"A master key was made: {escape(str(key))}; keep a copy.",
            f"已新建主密钥：{escape(str(key))}，请另存一份。",
        )
    return project


def _after(project: Project, made: Build, *, measured: bool = False) -> None:
    show_build(made)
    _say_mended(made)
    if not measured:
        measure_new_build(project)
    warn_of_inputs(inputs_of(project, made))
    if made.summary.get("unread"):
        raise typer.Exit(INCOMPLETE)


def _say_mended(made: Build) -> None:
    """Print which parts were read again because what was cleaned of them was not what had been written."""
    mended = made.summary.get("mended", [])
    for each in mended[:_MENDED]:
        screen.say(
            f"[yellow]![/] {escape(each['part'])} was read again: {escape(each['file'])} was missing or damaged",
            f"[yellow]![/] 已重新读取 {escape(each['part'])}：{escape(each['file'])} 缺失或损坏",
        )
    if (more := len(mended) - _MENDED) > 0:
        screen.say(f"  and {more} more", f"  以及另外 {more} 份")


_MENDED = 5
_WHY = {
    "facts": Words("new, changed or gone facts", "事实有增减或变化"),
    "identity": Words("another identity", "身份有变化"),
    "window": Words("facts that left a window", "事实移出时间窗口"),
    "arrival": Words("facts whose time has come", "事实到达发生时刻"),
}


def _show_refresh(made: Build) -> None:
    """Print whom a refresh touched and why."""
    rebuilt, told = made.summary.get("rebuilt"), made.summary.get("refresh")
    if rebuilt:
        screen.say(f"[yellow]![/] A full build was done: {rebuilt['en']}.",
                   f"[yellow]![/] 已改为完整构建：{rebuilt['zh']}。")  # fmt: skip
        return
    if told is None:
        return
    everybody = made.summary["customers"]
    screen.say(
        f"[green]✓[/] Refreshed from build {told['from']}: {told['touched']:,} of {everybody:,} "
        f"{Count(everybody):customer|customers} touched",
        f"[green]✓[/] 由第 {told['from']} 次构建刷新：涉及 {everybody:,} 位客户中的 {told['touched']:,} 位",
    )
    rows: list[tuple[str, int]] = [(screen.words(_WHY[why]), count) for why, count in told["why"].items()]
    rows += [(f"  {window}", count) for window, count in told["windows"].items()]
    if rows:
        screen.table("", (screen.t("why", "原因"), screen.t("customers", "客户")), rows, right=(1,))
    if told["restless"]:
        codes = ", ".join(told["restless"])
        screen.say(f"  Computed for everybody, because time moves them: {codes}",
                   f"  随时间变化、已对全体重算：{codes}")  # fmt: skip


def show_build(made: Build) -> None:
    """Print what a build found."""
    found = made.summary
    rows = [
        (screen.t("rows read", "读取行数"), found["rows"]),
        (screen.t("facts", "事实"), found["facts"]),
        (screen.t("duplicates", "重复"), found["duplicates"]),
        (screen.t("quarantined", "隔离"), found["quarantined"]),
        (screen.t("identifiers joined", "已打通标识"), found["joined"]),
        (screen.t("identifiers set aside", "搁置标识"), found["set_aside"]),
        (screen.t("customers", "客户"), found["customers"]),
        (screen.t("tags", "标签"), found["tags"]),
        (screen.t("segments", "人群"), found["segments"]),
        (screen.t("seconds", "用时（秒）"), float(found["seconds"])),
    ]
    title = screen.t(f"Build {made.id}", f"第 {made.id} 次构建")
    screen.table(title, (screen.t("what", "项目"), screen.t("how many", "数量")), rows, right=(1,))
    stages = [(screen.words(STAGE_WORDS[name]), float(seconds)) for name, seconds in found["stages"].items()]
    screen.table("", (screen.t("stage", "阶段"), screen.t("seconds", "秒")), stages, right=(1,))
    for code, failed in found.get("stale", {}).items():
        kept = failed["since"]
        since = (f"it keeps the values of build {kept}", f"沿用第 {kept} 次构建的取值") if kept else (
            "nobody has a value", "所有客户暂无取值")  # fmt: skip
        screen.say(f"[yellow]![/] Tag {code} failed, {since[0]}: {escape(failed['en'])}",
                   f"[yellow]![/] 标签 {code} 计算失败，{since[1]}：{escape(failed['zh'])}")  # fmt: skip
    for words in chain.from_iterable(unread_words(found).values()):
        screen.say(f"[red]✗[/] {escape(words.en)}", f"[red]✗[/] {escape(words.zh)}")
    screen.data({"build": made.id, "as_of": made.as_of, **made.summary})


def _show_plan(found: Plan) -> None:
    if not found.changes and not found.parts:
        screen.say("[green]✓[/] Nothing would change.", "[green]✓[/] 没有任何变化。")
        return
    words = {"new": ("new", "新增"), "changed": ("changed", "变更"), "gone": ("gone", "移除"),
             "unread": ("that cannot be read", "无法读取")}  # fmt: skip
    kinds = {"tag": ("tag", "标签"), "segment": ("segment", "人群"), "source": ("source", "来源")}
    screen.table(
        screen.t("What a build would do", "构建后的变化"),
        (screen.t("what", "类别"), screen.t("code", "编码"), screen.t("change", "变化"),
         screen.t("customers changed", "受影响客户"), screen.t("of", "客户总数")),
        [
            (screen.t(*kinds[each.kind]), each.code, screen.t(*words[each.what]), each.customers, each.of)
            for each in found.changes
        ],
        right=(3, 4),
    )  # fmt: skip
    for what, count in found.parts.items():
        screen.say(f"  parts of sources {words[what][0]}: {count}", f"  {words[what][1]}的来源数据：{count} 份")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ProjectError(
            Words(f"{text!r} is not a date like 2026-06-30", f"“{text}”不是 2026-06-30 这样的日期")
        ) from None


def _moment(text: str | None, zone: str) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ProjectError(
            Words(f"{text!r} is not a moment like 2026-06-30T18:00", f"“{text}”不是 2026-06-30T18:00 这样的时间")
        ) from None
    local = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
    moment = local.astimezone(UTC).replace(tzinfo=None)
    refuse_ahead(moment, utc_now())
    return moment
