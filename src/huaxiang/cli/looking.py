"""Commands that look: explain, profile, quality."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.tree import Tree

from huaxiang.cli.building import HERE, Folder, open_project
from huaxiang.cli.inputs import show_inputs
from huaxiang.cli.notes import show_notes
from huaxiang.cli.screen import screen
from huaxiang.errors import NotFound
from huaxiang.project import reading_notes
from huaxiang.read.current import CurrentBuild, current_build
from huaxiang.read.data import ColumnQuality
from huaxiang.read.data import quality as quality_of
from huaxiang.read.data import rules as rules_of
from huaxiang.read.data import sources as sources_of
from huaxiang.read.find import Found, Match, find_subjects
from huaxiang.read.identity import Evidence
from huaxiang.read.inputs import inputs
from huaxiang.read.live.customer import Customer, customer_now
from huaxiang.read.live.find import find_now
from huaxiang.read.path import path_between
from huaxiang.read.profile import profile
from huaxiang.read.timeline import Entry, timeline
from huaxiang.read.why import Why, why
from huaxiang.segment.explain import explain_segment
from huaxiang.serving.current import Serving
from huaxiang.steps import explain_steps
from huaxiang.tag.explain import explain_tag
from huaxiang.words import Count, Words, nearest

WHO = "A tag, a segment, or a customer (id or identifier). 标签、人群或客户。"


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("explain", epilog="Example: huaxiang explain lifecycle --customer 13812345678")(explain)
    app.command("profile", epilog="Example: huaxiang profile 13812345678")(profile_command)
    app.command("quality", epilog="Example: huaxiang quality --source crm")(quality)


def one_customer(current: CurrentBuild, text: str) -> Match:
    """Return the one customer a text leads to. Raises NotFound, saying why, when there is not exactly one."""
    return one_of(find_subjects(current, text))


def one_of(found: Found) -> Match:
    """Return the one customer that was found. Raises NotFound, saying why, when there is not exactly one."""
    mine = [match for match in found.matches if match.subject is not None]
    if len(mine) == 1:
        return mine[0]
    if mine:
        kinds = ", ".join(match.kind for match in mine)
        raise NotFound(Words(f"more than one customer: by {kinds}", f"不止一位客户：{kinds}"))
    if found.matches:
        aside = found.matches[0]
        raise NotFound(
            Words(
                f"this identifier is set aside: at least {aside.people} people share it",
                f"这个标识已被搁置：至少有 {aside.people} 人共用",
            )
        )
    raise NotFound(found.note or Words("no such customer", "没有这位客户"))


def explain(
    what: Annotated[str, typer.Argument(help=WHO)],
    customer: Annotated[str | None, typer.Option(help="Whose value. 哪位客户的取值。")] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Show the steps' SQL. 显示 SQL。")] = False,
    between: Annotated[
        tuple[str, str] | None,
        typer.Option(help="The evidence between two identifiers, each kind:value. 两个标识之间的证据路径。"),
    ] = None,
    project: Folder = HERE,
) -> None:
    """Explain a tag, a segment, or why a customer is one person. 解释标签、人群或客户的由来。"""
    loaded = open_project(project)
    with current_build(loaded.root, loaded) as current:
        if what in loaded.tags.tags:
            subject = one_customer(current, customer).subject if customer else None
            _explain_tag(current, what, subject, sql)
        elif what in loaded.segments.segments:
            subject = one_customer(current, customer).subject if customer else None
            _explain_segment(current, what, subject)
        else:
            _explain_customer(current, what, between)


def _explain_tag(current: CurrentBuild, code: str, subject: int | None, sql: bool) -> None:
    told = why(current, code, subject)
    screen.data(told)
    if screen.json:
        return
    screen.out.print(_tree(told))
    for facts in (*((told.facts,) if told.facts else ()), *told.further):
        total = screen.t(f"facts it rests on: {facts.total}", f"依据 {facts.total} 条事实")
        heads = [*(screen.words(each) for each in facts.columns), screen.t("file", "文件"), screen.t("row", "行")]
        rows = [(*(each.say(screen.language) for each in row.values), row.file, row.row) for row in facts.rows]
        screen.table(total, heads, rows)
    if sql:
        told_of = explain_tag(
            current.engine, current.project.tags, code, as_of=current.build.as_of, zone=current.project.zone
        )
        screen.out.print(escape(explain_steps(told_of.steps)), soft_wrap=True)


def _tree(told: Why) -> Tree:
    value = "" if told.value is None else f" = [b]{screen.words(told.value)}[/]"
    tree = Tree(f"[b]{screen.words(told.name)}[/] [dim]{told.code} · {told.place}[/]{value}")
    tree.add(screen.words(told.sentence))
    if told.confidence is not None:
        tree.add(f"{screen.t('confidence', '置信度')} {screen.words(told.confidence)}")
    tree.add(f"[dim]{escape(told.formula)}[/]")
    cuts = tree
    if told.compared_at is not None:
        moment = f"{told.compared_at:%Y-%m-%d %H:%M}"
        said = screen.t(f"thresholds, of all customers as of {moment}", f"阈值（全体客户，截至 {moment}）")
        cuts = tree.add(said)
    if told.tied is not None:
        cuts.add(f"[yellow]![/] {screen.words(told.tied)}")
    for cut in told.thresholds:
        cuts.add(f"{screen.words(cut.words)}: {screen.words(cut.value)}")
    for name, text in told.origin:
        tree.add(f"{screen.words(name)}: {screen.words(text)}")
    if told.note is not None:
        tree.add(f"[yellow]![/] {screen.words(told.note)}")
    for need in told.needs:
        tree.add(_tree(need))
    return tree


def _explain_segment(current: CurrentBuild, code: str, subject: int | None) -> None:
    told = explain_segment(
        current.engine, current.project.segments, code, subject, as_of=current.build.as_of, zone=current.project.zone
    )
    place = f"{told.place.file}:{told.place.line}"
    screen.data({"segment": code, "name": told.name, "formula": told.formula, "members": told.members,
                 "is_member": told.is_member, "place": place})  # fmt: skip
    if screen.json:
        return
    tree = Tree(f"[b]{screen.words(told.name)}[/] [dim]{code} · {place}[/] · {told.members:,}")
    tree.add(screen.words(told.words))
    tree.add(f"[dim]{escape(told.formula)}[/]")
    for part in told.parts:
        mark = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]?[/]"}[part.holds]
        values = ", ".join(f"{name} = {value}" for name, value in part.values)
        tree.add(f"{mark} {screen.words(part.words)} [dim]{escape(values)}[/]")
    screen.out.print(tree)


def _explain_customer(current: CurrentBuild, text: str, between: tuple[str, str] | None) -> None:
    if between is not None:
        hops = path_between(current, *between)
        screen.data(hops)
        hops_shown = [
            (hop.a_words.say(screen.language), hop.b_words.say(screen.language),
             hop.source_words.say(screen.language), hop.file, hop.row, hop.rows)
            for hop in hops
        ]  # fmt: skip
        heads = screen.heads(
            ("identifier", "标识"),
            ("seen with", "同现"),
            ("source", "来源"),
            ("file", "文件"),
            ("first row", "首行"),
            ("rows", "行数"),
        )
        screen.table(screen.t("Path of evidence", "证据路径"), heads, hops_shown, right=(4, 5))
        if not hops:
            screen.say("Nothing joins them.", "两者之间没有证据。")
        return
    try:
        match = one_customer(current, text)
    except NotFound:
        if _explain_new(current, text):
            return
        known = [*current.project.tags.tags, *current.project.segments.segments]
        near = nearest(text, known)
        if near is None:
            raise
        raise NotFound(Words(f"no tag, segment or customer {text!r} (did you mean {near}?)",
                             f"没有标签、人群或客户“{text}”（是不是想写 {near}？）")) from None  # fmt: skip
    shown = profile(current, match.subject or 0).identity
    screen.data(shown)
    nodes = {node.place: node for node in shown.nodes}
    many = f"{shown.identifiers} {Count(shown.identifiers):identifier|identifiers}"
    if not shown.evidence:
        screen.say(f"{match.id}: {many}, seen with no other: nothing had to be joined.",
                   f"{match.id}：{shown.identifiers} 个标识，没有与其他标识一起出现过，无需合并。")  # fmt: skip
        return
    rows = [
        (nodes[each.a].words.say(screen.language), nodes[each.b].words.say(screen.language),
         _so(each), each.source_words.say(screen.language), each.file, each.row, each.rows)
        for each in shown.evidence
    ]  # fmt: skip
    heads = screen.heads(
        ("identifier", "标识"),
        ("seen with", "同现"),
        ("so", "结论"),
        ("source", "来源"),
        ("file", "文件"),
        ("first row", "首行"),
        ("rows", "行数"),
    )
    title = screen.t(f"{match.id}: {many}", f"{match.id}：{shown.identifiers} 个标识")
    screen.table(title, heads, rows, right=(5, 6))


def _so(each: Evidence) -> str:
    """Return what became of a link, and whose its rows are where it was refused."""
    return ", ".join(screen.words(words) for words in (each.state_words, each.whose) if words is not None)


def _explain_new(current: CurrentBuild, text: str) -> bool:
    """Say of a customer whom only events brought what is known live; False when there is none."""
    with closing(Serving(current.project.root, current.project)) as serving:
        new = [match for match in find_now(current, serving, text).matches if match.subject is not None]
        if len(new) != 1:
            return False
        asked = customer_now(current, serving, new[0].id or "")
    screen.data({"id": asked.now.id, "known": False, "live": _live(asked), "who": asked.now.who})
    if screen.json:
        return True
    screen.say(f"{asked.now.id}: only events know them yet; evidence comes with the next build.",
               f"{asked.now.id}：尚无构建包含这位客户，目前只有实时事件提到；下次构建之后才有证据。")  # fmt: skip
    for each in asked.now.who.values:
        screen.out.print(f"{screen.words(each.words)}: {escape(', '.join(each.masked) or f'({each.sealed})')}")
    return True


def profile_command(
    who: Annotated[str, typer.Argument(help="A customer id or any identifier. 客户编号或任意标识。")],
    events: Annotated[int, typer.Option(help="How many entries of the timeline. 时间线条数。", min=0)] = 10,
    project: Folder = HERE,
) -> None:
    """Show one customer: who, tags, segments, timeline. 查看一位客户的画像。"""
    loaded = open_project(project)
    with current_build(loaded.root, loaded) as current, closing(Serving(loaded.root, loaded)) as serving:
        match = one_of(find_now(current, serving, who))
        asked = customer_now(current, serving, match.id or "")
        known = timeline(current, asked.found.subject, limit=max(events, 1))
        happened = asked.live.happened if asked.live else ()
        entries = [*(each.entry for each in happened), *known.entries][:events]
        public = {name: value for name, value in vars(asked.now).items() if name != "subject"}
        screen.data({"build": current.build.id, "live": _live(asked), "profile": public, "timeline": entries})
        if not screen.json:
            _show_profile(asked, entries)


def _live(asked: Customer) -> dict[str, Any] | None:
    """What events did since the build; None when they did nothing."""
    if asked.into:
        return {"part_of": asked.into}
    live = asked.live
    if live is None:
        return None
    return {
        "as_of": live.at, "batch": live.batch, "changed": sorted(live.fresh), "compared_at": live.compared_at,
    }  # fmt: skip


def _show_profile(asked: Customer, entries: Sequence[Entry]) -> None:
    found = asked.now
    screen.out.print(f"[b]{escape(found.who.name or '—')}[/]  [dim]{found.id}[/]")
    if asked.into:
        screen.out.print(screen.t(f"since the build part of {asked.into}", f"构建之后已并入 {asked.into}"))
    elif asked.live:
        at = asked.live.as_of.strftime("%Y-%m-%d %H:%M:%S")
        screen.out.print(screen.t(f"live, as of {at}", f"实时画像，截至 {at}"))
        if asked.live.compared_at:
            moment = f"{asked.live.compared_at:%Y-%m-%d %H:%M}"
            en = f"compared with the thresholds of all customers as of {moment}"
            screen.out.print(screen.t(en, f"与全体客户比较的取值沿用截至 {moment} 的阈值"))
    screen.table("", (screen.t("who", "身份"), ""), [
        (each.words.say(screen.language), ", ".join(each.masked) or f"({each.sealed})") for each in found.who.values
    ])  # fmt: skip
    for side in found.sides:
        unknown = screen.t("nothing known", "暂无信息")
        rows = [(tag.name.say(screen.language), tag.shown.say(screen.language)) for tag in side.tags] or [(unknown, "")]
        screen.table("", (screen.words(side.words), ""), rows)
    names = ", ".join(each.name.say(screen.language) for each in found.segments) or "—"
    screen.out.print(f"{screen.t('segments', '人群')}: {escape(names)}")
    lines = [
        (entry.at.strftime("%Y-%m-%d %H:%M") if entry.at else "", entry.channel_words.say(screen.language),
         entry.title.say(screen.language))
        for entry in entries
    ]  # fmt: skip
    title = screen.t(f"{found.seen.facts} {Count(found.seen.facts):fact|facts}", f"共 {found.seen.facts} 条记录")
    screen.table(title, (screen.t("when", "时间"), screen.t("channel", "渠道"), screen.t("what", "内容")), lines)


def quality(
    source: Annotated[str | None, typer.Option(help="Only this source. 只看一个来源。")] = None,
    project: Folder = HERE,
) -> None:
    """Show the data's quality by source and column. 数据质量报告。"""
    loaded = open_project(project)
    with current_build(loaded.root, loaded) as current:
        _known_source(current, source)
        found = [each for each in sources_of(current) if source in (None, each.code)]
        columns = [each for each in quality_of(current) if source in (None, each.source)]
        stopped = [each for each in rules_of(current) if source in (None, each.source)]
        staged = inputs(current) if source is None else ()
        notes = [each for each in reading_notes(loaded) if source in (None, each.source)]
        screen.data({
            "build": current.build.id, "sources": found, "columns": columns, "rules": stopped, "inputs": staged,
            "notes": notes,
        })  # fmt: skip
        heads = screen.heads(
            ("source", "来源"),
            ("rows", "行数"),
            ("facts", "事实"),
            ("duplicates", "重复"),
            ("quarantined", "隔离"),
            ("with a customer", "已归属"),
        )
        screen.table(screen.t("Sources", "来源"), heads, [
            (each.words.say(screen.language), each.rows, each.facts, each.duplicates, each.quarantined,
             f"{each.owned_share:.1%}")
            for each in found
        ], right=(1, 2, 3, 4, 5))  # fmt: skip
        heads = screen.heads(
            ("source", "来源"),
            ("column", "列"),
            ("missing", "缺失"),
            ("invalid", "无效"),
            ("in facts", "进入事实"),
            ("empty in facts", "事实中为空"),
            ("good, before → after", "有效，清洗前 → 后"),
            ("over builds", "历次构建"),
        )
        screen.table(screen.t("Columns", "列"), heads, [
            (each.source, each.words.say(screen.language), each.missing, each.invalid, each.known, each.empty,
             _before_after(each), " → ".join(f"{good:.1%}" for _, good in each.history[-3:]))
            for each in columns
        ], right=(2, 3, 4, 5, 6, 7))  # fmt: skip
        show_inputs(staged)
        show_notes(notes)


def _before_after(column: ColumnQuality) -> str:
    after = "—" if column.good_after is None else f"{column.good_after:.1%}"
    return f"{column.good_before:.1%} → {after}"


def _known_source(current: CurrentBuild, source: str | None) -> None:
    known = [each.code for each in current.project.sources]
    if source is not None and source not in known:
        near = nearest(source, known)
        ask = f" (did you mean {near}?)" if near else ""
        raise NotFound(Words(f"there is no source {source!r}{ask}", f"没有来源“{source}”"))
