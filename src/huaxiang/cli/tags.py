"""huaxiang tag: list, show, search, and the life of definitions from draft to archive."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from huaxiang.cli.building import HERE, Folder, open_project
from huaxiang.cli.screen import screen
from huaxiang.cli.who import By, who
from huaxiang.errors import DefinitionError, ProjectError
from huaxiang.govern import (
    STATE_WORDS,
    Action,
    FieldDiff,
    Hit,
    Wanted,
    act,
    code_in,
    copy_tags,
    diff,
    favourite,
    favourites,
    history,
    impact,
    rollback,
    save_draft,
    search,
    standings,
    template,
    templates,
    text_of,
    version_of,
)
from huaxiang.govern import comment as add_comment
from huaxiang.project import Project, find_root, load_project
from huaxiang.registry.tags import CLI, State, Version
from huaxiang.tag.definition import Dimension
from huaxiang.words import Count, Words

tag_app = typer.Typer(no_args_is_help=True, help="Tags and the life of their definitions. 标签及其定义的生命周期。")

Code = Annotated[str, typer.Argument(help="A tag. 标签编码。")]
Said = Annotated[str, typer.Option("--comment", "-m", help="Why. 说明。")]
Which = Annotated[int | None, typer.Option("--version", help="Which version; the fitting one by default. 版本号。")]
OfState = Annotated[State | None, typer.Option("--state", help="Only in this state. 只看某一状态。")]
OfOwner = Annotated[str | None, typer.Option("--owner", help="Only of this owner. 只看某负责人。")]
OfDimension = Annotated[Dimension | None, typer.Option("--dimension", help="Only of this dimension. 只看某维度。")]
OfKind = Annotated[str | None, typer.Option("--kind", help="Only of this kind. 只看某种类。")]
OfCategory = Annotated[str | None, typer.Option("--category", help="Only in this category. 只看某分类。")]
Mine = Annotated[bool, typer.Option("--favourites", help="Only my favourites. 只看我的收藏。")]


class TemplateAction(StrEnum):
    """What to do with templates."""

    LIST = "list"
    COPY = "copy"


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(tag_app, name="tag")
    tag_app.command("list", epilog="Example: huaxiang tag list --state online --owner 数据组")(list_command)
    tag_app.command("search", epilog="Example: huaxiang tag search huiyuan")(search_command)
    tag_app.command("show", epilog="Example: huaxiang tag show spend_total")(show)
    tag_app.command("new", epilog="Example: huaxiang tag new draft.yaml --comment 新口径")(new)
    tag_app.command("submit", epilog="Example: huaxiang tag submit spend_total")(submit)
    tag_app.command("approve", epilog="Example: huaxiang tag approve spend_total --by wang")(approve)
    tag_app.command("reject", epilog="Example: huaxiang tag reject spend_total -m 请写明口径")(reject)
    tag_app.command("online", epilog="Example: huaxiang tag online spend_total")(online)
    tag_app.command("offline", epilog="Example: huaxiang tag offline spend_total -m 数据有误")(offline)
    tag_app.command("archive", epilog="Example: huaxiang tag archive spend_total")(archive)
    tag_app.command("history", epilog="Example: huaxiang tag history spend_total")(history_command)
    tag_app.command("diff", epilog="Example: huaxiang tag diff spend_total 1 3")(diff_command)
    tag_app.command("rollback", epilog="Example: huaxiang tag rollback spend_total 1")(rollback_command)
    tag_app.command("comment", epilog="Example: huaxiang tag comment spend_total 含运费吗")(comment)
    tag_app.command("favourite", epilog="Example: huaxiang tag favourite spend_total")(favourite_command)
    tag_app.command("template", epilog="Example: huaxiang tag template copy ecommerce shopper_stage")(template_command)


def list_command(
    state: OfState = None, owner: OfOwner = None, dimension: OfDimension = None, kind: OfKind = None,
    category: OfCategory = None, mine: Mine = False, by: By = None, project: Folder = HERE,
) -> None:  # fmt: skip
    """List tags with their states. 列出标签及其状态。"""
    _found(project, "", _wanted(project, state, owner, dimension, kind, category, mine, by))


def search_command(
    text: Annotated[str, typer.Argument(help="Code, name, pinyin, owner, meaning. 编码、名称、拼音、负责人、口径。")],
    state: OfState = None, owner: OfOwner = None, dimension: OfDimension = None, kind: OfKind = None,
    category: OfCategory = None, mine: Mine = False, by: By = None, project: Folder = HERE,
) -> None:  # fmt: skip
    """Find tags by code, name, pinyin, category, owner or meaning, the best first. 搜索标签，支持拼音。"""
    _found(project, text, _wanted(project, state, owner, dimension, kind, category, mine, by))


def show(code: Code, version: Which = None, project: Folder = HERE) -> None:
    """Show a tag's definition and how it stands. 显示标签定义与状态。"""
    loaded = open_project(project)
    text = text_of(loaded, code) if version is None else version_of(loaded, code, version).text
    stands = standings(loaded)[code]
    screen.data({"code": code, "text": text, "state": stands.state, "live": stands.live, "waiting": stands.waiting})
    state = screen.words(STATE_WORDS[stands.state])
    number = f" · v{stands.live.version}" if stands.live else ""
    screen.say(f"[b]{code}[/] [dim]{state}{number}[/]", f"[b]{code}[/] [dim]{state}{number}[/]")
    screen.say(escape(text.rstrip()), escape(text.rstrip()))
    if stands.waiting:
        each = stands.waiting
        state = screen.words(STATE_WORDS[each.state])
        screen.say(f"[yellow]·[/] version {each.version} by {escape(each.author)}: {state}",
                   f"[yellow]·[/] 第 {each.version} 版（{escape(each.author)}）：{state}")  # fmt: skip


def new(
    file: Annotated[
        Path | None, typer.Argument(help="One definition as YAML; standard input by default. 定义文件。")
    ] = None,
    version: Annotated[int | None, typer.Option("--version", help="The draft it replaces. 要改写的草稿版本。")] = None,
    comment: Said = "",
    by: By = None,
    project: Folder = HERE,
) -> None:
    """Save a definition as a draft, and say what it would change. 把定义存为草稿，并说明影响。"""
    loaded = open_project(project)
    text = file.read_text(encoding="utf-8-sig") if file else sys.stdin.read()
    revises = None if version is None else version_of(loaded, code_in(text), version)
    made = save_draft(loaded, text, by=who(by), note=comment, revises=revises, origin=CLI)
    _done(made)
    try:
        found = impact(loaded, text)
    except ProjectError:
        return
    for change in (*((found.change,) if found.change else ()), *found.others):
        changed, of = Count(change.customers), Count(change.of)
        screen.say(f"  {change.kind} {change.code}: {changed} of {of} {of:customer|customers} would change",
                   f"  {change.code}：{of} 位客户中有 {changed} 位会变化")  # fmt: skip


def submit(code: Code, version: Which = None, comment: Said = "", by: By = None, project: Folder = HERE) -> None:
    """Submit a draft for review. 提交审核。"""
    _act(project, code, Action.SUBMIT, version, comment, by)


def approve(code: Code, version: Which = None, comment: Said = "", by: By = None, project: Folder = HERE) -> None:
    """Approve a version in review: it goes online. 批准上线。"""
    _act(project, code, Action.APPROVE, version, comment, by)


def reject(code: Code, version: Which = None, comment: Said = "", by: By = None, project: Folder = HERE) -> None:
    """Send a version in review back to its author. 驳回。"""
    _act(project, code, Action.REJECT, version, comment, by)


def online(code: Code, version: Which = None, comment: Said = "", by: By = None, project: Folder = HERE) -> None:
    """Put a tag online again, or a draft where no approval is required. 上线。"""
    loaded = open_project(project)
    if version is None:
        stands = standings(loaded).get(code)
        again = stands is not None and stands.state is State.OFFLINE
    else:
        again = version_of(loaded, code, version).state is State.OFFLINE
    _act(project, code, Action.ONLINE if again else Action.PUBLISH, version, comment, by)


def offline(code: Code, version: Which = None, comment: Said = "", by: By = None, project: Folder = HERE) -> None:
    """Take a tag offline: the next build is without it. 下线，下次构建起不再计算。"""
    _act(project, code, Action.OFFLINE, version, comment, by)


def archive(code: Code, version: Which = None, comment: Said = "", by: By = None, project: Folder = HERE) -> None:
    """Put an offline tag, or a draft, away for good. 归档。"""
    _act(project, code, Action.ARCHIVE, version, comment, by)


def history_command(code: Code, project: Folder = HERE) -> None:
    """Show every version of a tag and what happened to it. 显示版本与经过。"""
    found = history(open_project(project), code)
    screen.data(found)
    heads = screen.heads(
        ("version", "版本"), ("state", "状态"), ("author", "作者"), ("at (UTC)", "时间（UTC）"), ("note", "说明")
    )
    screen.table(code, heads, [
        (each.version, STATE_WORDS[each.state].say(screen.language), each.author, each.at, each.note)
        for each in found.versions
    ])  # fmt: skip
    heads = screen.heads(
        ("at (UTC)", "时间（UTC）"), ("who", "操作人"), ("version", "版本"), ("what", "变化"), ("comment", "说明")
    )
    screen.table("", heads, [
        (each.at, each.by, each.version, f"{_state(each.before)} → {_state(each.after)}", each.comment)
        for each in found.events
    ])  # fmt: skip
    for each in found.comments:
        screen.say(f"[dim]{each.at} {escape(each.by)}:[/] {escape(each.text)}",
                   f"[dim]{each.at} {escape(each.by)}：[/]{escape(each.text)}")  # fmt: skip


def diff_command(
    code: Code,
    one: Annotated[int, typer.Argument(help="A version. 版本。")],
    other: Annotated[int | None, typer.Argument(help="Another; what counts now by default. 另一版本。")] = None,
    project: Folder = HERE,
) -> None:
    """Compare two versions field by field. 逐项比较两个版本。"""
    loaded = open_project(project)
    after = text_of(loaded, code) if other is None else version_of(loaded, code, other).text
    found = diff(version_of(loaded, code, one).text, after)
    screen.data(found)
    if not found:
        screen.say("[green]✓[/] They say the same.", "[green]✓[/] 内容相同。")
        return
    now = screen.t("now", "现行") if other is None else str(other)
    heads = (screen.t("field", "字段"), str(one), now)
    screen.table(code, heads, [_differing(each) for each in found])


def rollback_command(
    code: Code,
    version: Annotated[int, typer.Argument(help="The version to go back to. 恢复到哪一版。")],
    comment: Said = "",
    by: By = None,
    project: Folder = HERE,
) -> None:
    """Make a new draft with the text of an older version. 回滚：以旧版本内容新建草稿。"""
    _done(rollback(open_project(project), code, version, by=who(by), note=comment))


def comment(
    code: Code,
    text: Annotated[str, typer.Argument(help="What to say. 评论内容。")],
    version: Annotated[int, typer.Option("--version", help="Of which version; 0: of the tag. 针对的版本。")] = 0,
    by: By = None,
    project: Folder = HERE,
) -> None:
    """Comment on a tag. 评论标签。"""
    found = add_comment(open_project(project), code, text, by=who(by), version=version)
    screen.data(found)
    screen.say(f"[green]✓[/] {len(found)} comments on {code}", f"[green]✓[/] {code} 共 {len(found)} 条评论")


def favourite_command(
    code: Code,
    remove: Annotated[bool, typer.Option("--remove", help="Take it out. 取消收藏。")] = False,
    by: By = None,
    project: Folder = HERE,
) -> None:
    """Keep a tag among your favourites. 收藏标签。"""
    found = favourite(open_project(project), code, user=who(by), wanted=not remove)
    screen.data(found)
    listed = ", ".join(found) or "—"
    screen.say(f"[green]✓[/] Favourites: {listed}", f"[green]✓[/] 收藏：{listed}")


def template_command(
    action: Annotated[TemplateAction, typer.Argument(help="list or copy. 列出或复制。")],
    name: Annotated[str | None, typer.Argument(help="The template. 模板名称。")] = None,
    codes: Annotated[list[str] | None, typer.Argument(help="Its tags to copy. 要复制的标签。")] = None,
    project: Folder = HERE,
) -> None:
    """List ready tags by industry, or copy some into the project to edit. 行业模板：列出，或复制到项目中修改。"""
    if action is TemplateAction.LIST:
        _templates(name)
        return
    if name is None or not codes:
        raise ProjectError(Words("name the template and its tags", "请给出模板名称和要复制的标签"))
    copied = copy_tags(open_project(project), name, codes)
    screen.data(copied)
    screen.say(f"[green]✓[/] Copied: {', '.join(copied.asked)}", f"[green]✓[/] 已复制：{'、'.join(copied.asked)}")
    if copied.needed:
        screen.say(
            f"  with what they rest on: {', '.join(copied.needed)}", f"  连同所依赖的：{'、'.join(copied.needed)}"
        )
    for file in copied.files:
        screen.say(f"  {file}", f"  {file}")


def _templates(name: str | None) -> None:
    language = screen.language
    if name is None:
        everything = templates()
        screen.data([{"template": each.name, "for": each.words, "tags": len(each.tags)} for each in everything])
        heads = screen.heads(("template", "模板"), ("for", "适用"), ("tags", "标签数"))
        rows = [(each.name, each.words.say(language), len(each.tags)) for each in everything]
        screen.table(screen.t("Templates", "行业模板"), heads, rows, right=(2,))
        return
    found = template(name)
    screen.data([{"code": tag.code, "name": tag.name, "meaning": tag.meaning} for tag in found.tags])
    heads = screen.heads(("code", "编码"), ("name", "名称"), ("category", "分类"), ("meaning", "口径"))
    rows_of = [(tag.code, tag.name.say(language), tag.category, tag.meaning.say(language)) for tag in found.tags]
    screen.table(found.words.say(language), heads, rows_of)


def _wanted(
    folder: Path, state: State | None, owner: str | None, dimension: Dimension | None, kind: str | None,
    category: str | None, mine: bool, by: str | None,
) -> Wanted:  # fmt: skip
    codes = frozenset(favourites(open_project(folder), who(by))) if mine else None
    return Wanted(state, owner, dimension, kind, category, codes)


def _found(folder: Path, text: str, wanted: Wanted) -> None:
    hits = search(open_project(folder), text, wanted)
    screen.data(hits)
    heads = screen.heads(
        ("code", "编码"), ("name", "名称"), ("category", "分类"), ("kind", "种类"), ("owner", "负责人"),
        ("state", "状态"), ("version", "版本"), ("waits", "待办"),
    )  # fmt: skip
    screen.table("", heads, [_row(hit) for hit in hits], right=(6,))


def _row(hit: Hit) -> tuple[object, ...]:
    waits = STATE_WORDS[hit.waiting].say(screen.language) if hit.waiting and hit.waiting is not hit.state else ""
    state = STATE_WORDS[hit.state].say(screen.language)
    return hit.code, hit.name.say(screen.language), hit.category, hit.kind, hit.owner, state, hit.version, waits


def _act(folder: Path, code: str, action: Action, version: int | None, comment: str, by: str | None) -> None:
    loaded = _open_for(folder, action)
    _done(act(loaded, code, action, by=who(by), comment=comment, version=version))


def _open_for(folder: Path, action: Action) -> Project:
    """Open the project; a registry's version that is not sound any more must not keep one from taking it offline."""
    try:
        return open_project(folder)
    except DefinitionError as error:
        if action is not Action.OFFLINE or not any(fault.file.startswith("registry:") for fault in error.faults):
            raise
        return load_project(find_root(folder), overlaid=False)


def _done(made: Version) -> None:
    screen.data(made)
    state = screen.words(STATE_WORDS[made.state])
    screen.say(f"[green]✓[/] {made.code} version {made.version}: {state}",
               f"[green]✓[/] {made.code} 第 {made.version} 版：{state}")  # fmt: skip


def _state(code: str) -> str:
    return STATE_WORDS[State(code)].say(screen.language) if code else "·"


def _differing(each: FieldDiff) -> tuple[object, ...]:
    return each.words.say(screen.language), each.before, each.after
