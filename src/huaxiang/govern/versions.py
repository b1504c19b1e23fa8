"""Versions of a tag: drafts, review, online, offline, archived, roll back; and what happened to each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from huaxiang.definitions.nodes import Faults, Node
from huaxiang.definitions.writing import canonical, fingerprint
from huaxiang.errors import Conflict, NotAllowed, NotFound
from huaxiang.govern.check import sound, with_tags
from huaxiang.govern.opening import has_registry, tag_registry
from huaxiang.govern.states import Action, after, writers
from huaxiang.project import Project
from huaxiang.registry.tags import (
    CONSOLE,
    FILES,
    LIBRARY,
    ROLLBACK,
    Comment,
    Event,
    Move,
    State,
    TagRegistry,
    Version,
    lived,
)
from huaxiang.words import Words, nearest


@dataclass(frozen=True)
class Standing:
    """How a tag stands: the version in use (None: as its file or the library says), and the newest that waits."""

    code: str
    state: State
    live: Version | None
    waiting: Version | None


@dataclass(frozen=True)
class History:
    """All versions of a tag, oldest first, with what happened to them and what was said."""

    code: str
    versions: tuple[Version, ...]
    events: tuple[Event, ...]
    comments: tuple[Comment, ...]


def standings(project: Project) -> dict[str, Standing]:
    """Return code → how it stands, for every tag of the project and every one the registry knows."""
    versions = _all(project)
    found = {code: Standing(code, State.ONLINE, None, None) for code in project.tags.tags}
    live, waiting = lived(versions), _waiting(versions)
    for code in dict.fromkeys(version.code for version in versions):
        mine, next_ = live.get(code), waiting.get(code)
        in_use = mine.state if mine else State.ONLINE if code in found else None
        newest = next(each for each in reversed(versions) if each.code == code)
        found[code] = Standing(code, in_use or (next_ or newest).state, mine, next_)
    return found


def history(project: Project, code: str) -> History:
    """Return everything that happened to a tag. Raises NotFound for a code nobody knows."""
    _known(project, code)
    if not has_registry(project):
        return History(code, (), (), ())
    with tag_registry(project) as tags:
        return History(code, tuple(tags.versions(code)), tuple(tags.events(code)), tuple(tags.comments(code)))


def inbox(project: Project) -> list[Version]:
    """Return the versions that wait for approval, the oldest first."""
    waiting = [version for version in _all(project) if version.state is State.IN_REVIEW]
    return sorted(waiting, key=lambda version: version.at)


def version_of(project: Project, code: str, number: int | None = None) -> Version:
    """Return one version, the newest without a number. Raises NotFound."""
    found = [each for each in _all(project) if each.code == code]
    return _pick(project, found, code, number)


def text_of(project: Project, code: str) -> str:
    """Return the definition that counts now, as canonical text: what an editor begins with. Raises NotFound."""
    tag = project.tags.tags.get(code)
    return canonical(tag.node) if tag else version_of(project, code).text


def save_draft(
    project: Project, text: str, *, by: str, note: str = "", revises: Version | None = None, origin: str = CONSOLE
) -> Version:
    """Keep a definition as a draft: a new version, or the text of the draft it `revises` (as the editor saw it).

    `origin` says where a new one was written: CONSOLE or CLI.
    Raises DefinitionError with every fault of the text, Conflict when that draft was changed in between, NotAllowed
    when it is no draft any more or belongs to another tag.
    """
    node, tag = sound(project, text)
    code, kept = tag.code, canonical(node)
    with tag_registry(project) as tags:
        if revises is None:
            _adopt(tags, project, code, by)
            return _added(tags, code, kept, fingerprint(node), origin, by, note)
        if revises.code != code or revises.state is not State.DRAFT:
            raise NotAllowed(
                Words(
                    f"version {revises.version} of {revises.code} is no draft of {code}: save a new one",
                    f"{revises.code} 第 {revises.version} 版不是 {code} 的草稿，请另存为新版本",
                )
            )
        if not tags.rewrite(revises, kept, fingerprint(node), by=by, note=note):
            raise _changed(revises)
        return _pick(project, tags.versions(code), code, revises.version)


def act(
    project: Project, code: str, action: Action, *, by: str, comment: str = "",
    version: int | None = None, revision: int | None = None,
) -> Version:  # fmt: skip
    """Do something with a version of a tag (the one the action suits best when none is named); return it as it is now.

    `revision` is the one that was seen: it must still be that. Raises NotFound, NotAllowed (the rules), Conflict
    (changed in between), DefinitionError (it would not be sound online).
    """
    _known(project, code)
    with tag_registry(project) as tags:
        if action in (Action.OFFLINE, Action.ARCHIVE):
            _adopt(tags, project, code, by)
        versions = tags.versions(code)
        mine = _chosen(project, versions, code, action, version)
        if revision is not None and mine.revision != revision:
            raise _changed(mine)
        to = after(mine, action, by, project.governance, writers(mine, tags.events(code)))
        moves = [Move(mine, to, comment)]
        if to is State.ONLINE:
            sound(project, mine.text)
            moves += _replaced(versions, mine)
        elif mine.state is State.ONLINE:
            _not_needed(project, code)
        if not tags.move(moves, by):
            raise _changed(mine)
        return _pick(project, tags.versions(code), code, mine.version)


def rollback(project: Project, code: str, to: int, *, by: str, note: str = "") -> Version:
    """Make a new draft with the text of an older version; it goes through the same states as any other.

    Raises NotFound, and DefinitionError when the old text does not fit the project any more.
    """
    old = version_of(project, code, to)
    node, _ = sound(project, old.text)
    said = note or Words(f"as version {to}", f"恢复到第 {to} 版").say(project.language)
    with tag_registry(project) as tags:
        return _added(tags, code, old.text, fingerprint(node), ROLLBACK, by, said)


def put_online(
    tags: TagRegistry, code: str, node: Node, state: State, *, origin: str, by: str, note: str
) -> Version | None:
    """Add a version in a state at once, what it replaces archived; None when somebody else came first."""
    moves = _replaced(tags.versions(code), None) if state is State.ONLINE else []
    number = tags.add(code, canonical(node), fingerprint(node), state, origin=origin, by=by, note=note, moves=moves)
    return None if number is None else next(each for each in tags.versions(code) if each.version == number)


def _all(project: Project) -> list[Version]:
    if not has_registry(project):
        return []
    with tag_registry(project) as tags:
        return tags.versions()


def _waiting(versions: Iterable[Version]) -> dict[str, Version]:
    return {each.code: each for each in versions if each.state in (State.DRAFT, State.IN_REVIEW)}


def _adopt(tags: TagRegistry, project: Project, code: str, by: str) -> None:
    """Keep what is online now as the first version, so that there is something to take offline and to go back to."""
    tag = project.tags.tags.get(code)
    if tag is None or code in lived(tags.versions(code)):
        return
    library = tag.place.file.startswith("library/")
    note = Words(f"as it stood in {tag.place.file}", f"取自 {tag.place.file}").say(project.language)
    origin = LIBRARY if library else FILES
    if put_online(tags, code, tag.node, State.ONLINE, origin=origin, by=by, note=note) and not library:
        tags.agree({code: fingerprint(tag.node)})


def _added(tags: TagRegistry, code: str, text: str, hash_: str, origin: str, by: str, note: str) -> Version:
    number = tags.add(code, text, hash_, State.DRAFT, origin=origin, by=by, note=note)
    if number is None:
        raise Conflict(Words(f"somebody else saved {code} just now: try again", f"有人刚刚保存了 {code}，请重试"))
    return next(each for each in tags.versions(code) if each.version == number)


_SUITS: Mapping[Action, tuple[State, ...]] = {
    Action.SUBMIT: (State.DRAFT,),
    Action.WITHDRAW: (State.IN_REVIEW,),
    Action.APPROVE: (State.IN_REVIEW,),
    Action.REJECT: (State.IN_REVIEW,),
    Action.PUBLISH: (State.DRAFT,),
    Action.OFFLINE: (State.ONLINE,),
    Action.ONLINE: (State.OFFLINE,),
    Action.ARCHIVE: (State.OFFLINE, State.DRAFT),
}
"""Which version is meant when none is named: the newest in the first of these states."""


def _chosen(project: Project, versions: list[Version], code: str, action: Action, number: int | None) -> Version:
    if number is None:
        for state in _SUITS[action]:
            found = [each for each in versions if each.state is state]
            if found:
                return found[-1]
    return _pick(project, versions, code, number)


def _pick(project: Project, versions: list[Version], code: str, number: int | None) -> Version:
    if number is None and versions:
        return versions[-1]
    found = next((each for each in versions if each.version == number), None)
    if found is None:
        _known(project, code)
        there = ", ".join(str(each.version) for each in versions) or "—"
        raise NotFound(
            Words(
                f"tag {code!r} has no version {number or ''} in the registry; there are: {there}".replace("  ", " "),
                f"登记库中没有标签“{code}”的第 {number or ''} 版，现有：{there}",
            )
        )
    return found


def _replaced(versions: Iterable[Version], mine: Version | None) -> list[Move]:
    """Return the moves that put aside what was in use. Raises NotAllowed when that is newer than what is to come."""
    moves = []
    for each in versions:
        if each.state in (State.ONLINE, State.OFFLINE) and (mine is None or each.version != mine.version):
            if mine is not None and each.version > mine.version:
                raise NotAllowed(
                    Words(
                        f"version {each.version} of {each.code} came after version {mine.version}: roll back instead",
                        f"{each.code} 的第 {each.version} 版比第 {mine.version} 版新，请改用回滚",
                    )
                )
            moves.append(Move(each, State.ARCHIVED, f"→ {mine.version}" if mine else ""))
    return moves


def _not_needed(project: Project, code: str) -> None:
    """Raise NotAllowed when an online tag or a segment rests on this one."""
    tags = [tag for tag in project.tags.tags.values() if tag.code != code]
    faults = Faults()
    with_tags(project, tags, faults)
    if faults.found:
        users = [each for each, meaning in project.tags.meanings.items() if code in meaning.needs]
        users += [each for each, condition in project.segments.conditions.items() if code in condition.names]
        named = ", ".join(users)
        raise NotAllowed(
            Words(
                f"{code} is used by {named}: take those offline, or change them, first",
                f"{code} 正被 {named} 使用，请先下线或修改它们",
            )
        )


def _known(project: Project, code: str) -> None:
    known = {*project.tags.tags, *(each.code for each in _all(project))}
    if code not in known:
        near = nearest(code, known)
        ask = Words(f" (did you mean {near}?)", f"（是不是想写 {near}？）") if near else Words("", "")
        raise NotFound(Words(f"there is no tag {code!r}{ask.en}", f"没有标签“{code}”{ask.zh}"))


def _changed(version: Version) -> Conflict:
    return Conflict(
        Words(
            f"version {version.version} of {version.code} was changed by somebody else in between: look at it again",
            f"{version.code} 第 {version.version} 版已被他人修改，请重新查看",
        )
    )
