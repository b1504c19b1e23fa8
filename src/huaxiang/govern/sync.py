"""Files and registry brought together: apply takes the files' definitions in, export writes the registry's out.

Both sides remember the definition on which they agreed last. Who differs from it has changed; when both have, it is a
conflict, and nobody's definition is overwritten until a person takes a side.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from huaxiang.definitions.editing import add_entry, replace_entry
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.definitions.writing import canonical, fingerprint
from huaxiang.errors import Conflict, DefinitionError, NotFound
from huaxiang.govern.check import with_tags
from huaxiang.govern.opening import has_registry, tag_registry
from huaxiang.govern.versions import put_online
from huaxiang.project import Project, definition_nodes
from huaxiang.registry.tags import BEGUN, FILES, LIBRARY, Move, State, TagRegistry, Version, lived
from huaxiang.tag.definition import parse_tags
from huaxiang.tag.overlay import KEY, code_of, node_of
from huaxiang.words import Words

CONSOLE_FILE = "tags/console.yaml"
"""Where tags that came from no file are written."""
_HEAD = "# Tags that were made in the console; huaxiang export writes them here.\n"


class Difference(StrEnum):
    """How one tag's file and registry stand to each other."""

    SAME = "same"
    FILE_NEW = "file_new"
    FILE_CHANGED = "file_changed"
    FILE_REMOVED = "file_removed"
    WAITING = "waiting"
    REGISTRY_NEW = "registry_new"
    REGISTRY_CHANGED = "registry_changed"
    CONFLICT = "conflict"


DIFFERENCE_WORDS: Mapping[Difference, Words] = {
    Difference.SAME: Words("the same", "一致"),
    Difference.FILE_NEW: Words("new in files", "文件中新增"),
    Difference.FILE_CHANGED: Words("changed in files", "文件中已修改"),
    Difference.FILE_REMOVED: Words("removed from files", "文件中已删除"),
    Difference.WAITING: Words("applied, waits for approval", "已提交，等待审批"),
    Difference.REGISTRY_NEW: Words("new in the registry", "登记库中新增"),
    Difference.REGISTRY_CHANGED: Words("changed in the registry", "登记库中已修改"),
    Difference.CONFLICT: Words("conflict: changed on both sides", "冲突：两边都改了"),
}
_TO_APPLY = (Difference.FILE_NEW, Difference.FILE_CHANGED, Difference.FILE_REMOVED)
_TO_EXPORT = (Difference.REGISTRY_NEW, Difference.REGISTRY_CHANGED)


class Side(StrEnum):
    """Whose definition counts where both changed."""

    FILES = "files"
    REGISTRY = "registry"


@dataclass(frozen=True)
class Pair:
    """One tag's two sides: canonical texts ("" where a side has none), where the file's stands, the registry's state.

    `agreed` is whether both sides ever agreed on a definition of it.
    """

    code: str
    what: Difference
    file: str
    place: str
    registry: str
    state: State | None
    version: int | None
    agreed: bool


@dataclass(frozen=True)
class Synced:
    """What an apply or export did (or, dry, would do): by code, and what it left alone because both sides changed."""

    done: tuple[Pair, ...]
    conflicts: tuple[Pair, ...]
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Sides:
    node: Node | None
    live: Version | None
    pending: frozenset[str]
    agreed: str | None


def compare(project: Project) -> list[Pair]:
    """Return every tag that files or registry define themselves, and how its two sides stand."""
    nodes = _file_nodes(project)
    if not has_registry(project):
        return [_pair(code, _Sides(node, None, frozenset(), None)) for code, node in nodes.items()]
    with tag_registry(project) as tags:
        return [_pair(code, sides) for code, sides in _sides(nodes, tags).items()]


def apply(project: Project, *, by: str, take: Mapping[str, Side] | None = None, dry_run: bool = False) -> Synced:
    """Take what changed in the files into the registry: online, or in review where approval is required.

    The first apply of a project takes everything as online: approval counts from then on. Raises DefinitionError when
    the files' definitions are not sound, NotFound when `take` names a tag that is in no conflict.
    """
    taken = take or {}
    nodes = _file_nodes(project)
    _check_files(project, nodes)
    with tag_registry(project) as tags:
        sides = _sides(nodes, tags)
        pairs = [_pair(code, each) for code, each in sides.items()]
        _only_conflicts(pairs, taken)
        first = BEGUN not in tags.agreed()
        done = tuple(
            pair for pair in pairs
            if pair.what in _TO_APPLY or (pair.what is Difference.CONFLICT and taken.get(pair.code) is Side.FILES)
        )  # fmt: skip
        conflicts = tuple(pair for pair in pairs if pair.what is Difference.CONFLICT and pair.code not in taken)
        if dry_run:
            return Synced(done, conflicts)
        agree = {BEGUN: ""} | _settled(pairs, sides)
        review = project.governance.approval and not first
        for pair in done:
            agree |= _applied(tags, pair, sides[pair.code], review, by)
        for code, side in taken.items():
            if side is Side.REGISTRY:
                # The file's definition is known and given up: the registry alone has changed now.
                agree[code] = _hash(sides[code].node)
        tags.agree(agree)
        return Synced(done, conflicts)


def export(project: Project, *, take: Mapping[str, Side] | None = None, dry_run: bool = False) -> Synced:
    """Write what changed in the registry into the files, each definition in its place; new ones to tags/console.yaml.

    Raises NotFound when `take` names a tag that is in no conflict, Conflict when a file cannot be edited safely.
    """
    taken = take or {}
    nodes = _file_nodes(project)
    with tag_registry(project) as tags:
        sides = _sides(nodes, tags)
        pairs = [_pair(code, each) for code, each in sides.items()]
        _only_conflicts(pairs, taken)
        done = tuple(
            pair for pair in pairs
            if pair.what in _TO_EXPORT
            or (pair.what is Difference.CONFLICT and taken.get(pair.code) is Side.REGISTRY and _online(pair))
        )  # fmt: skip
        conflicts = tuple(pair for pair in pairs if pair.what is Difference.CONFLICT and pair.code not in taken)
        texts = _edited(project.root, done, sides)
        if dry_run:
            return Synced(done, conflicts, tuple(texts))
        for name, text in texts.items():
            _write(project.root / name, text)
        agree = _settled(pairs, sides)
        agree |= {code: _hash(sides[code].node) for code, side in taken.items() if side is Side.REGISTRY}
        agree |= {pair.code: live.hash for pair in done if (live := sides[pair.code].live)}
        # The registry's definition is known and given up: the file alone has changed now.
        agree |= {code: live.hash for code, side in taken.items() if side is Side.FILES and (live := sides[code].live)}
        tags.agree(agree)
        return Synced(done, conflicts, tuple(texts))


def _file_nodes(project: Project) -> dict[str, Node]:
    faults = Faults()
    nodes = definition_nodes(project.root, "tags", faults)
    if faults.found:
        raise DefinitionError(faults.found)
    return {code: node for node in nodes if (code := code_of(node))}


def check_files(project: Project) -> None:
    """Check what the files say where the registry's versions count instead. Raises DefinitionError with all faults."""
    if has_registry(project):
        _check_files(project, _file_nodes(project))


def _check_files(project: Project, nodes: Mapping[str, Node]) -> None:
    """Check the files' definitions among the tags that are online beside them."""
    faults = Faults()
    mine = {tag.code: tag for tag in parse_tags(list(nodes.values()), faults)}
    others = [tag for tag in project.tags.tags.values() if tag.code not in nodes]
    with_tags(project, [*others, *mine.values()], faults)
    if faults.found:
        raise DefinitionError(faults.found)


def _sides(nodes: Mapping[str, Node], tags: TagRegistry) -> dict[str, _Sides]:
    versions, agreed = tags.versions(), tags.agreed()
    live = lived(versions)
    codes = dict.fromkeys([*nodes, *live])
    waiting: dict[str, set[str]] = {}
    for each in versions:
        if each.state in (State.DRAFT, State.IN_REVIEW) and each.origin == FILES:
            waiting.setdefault(each.code, set()).add(each.hash)
    return {
        code: _Sides(nodes.get(code), live.get(code), frozenset(waiting.get(code, ())), agreed.get(code))
        for code in codes
    }


def _hash(node: Node | None) -> str:
    return "" if node is None else fingerprint(node)


def _pair(code: str, sides: _Sides) -> Pair:
    node, live = sides.node, sides.live
    return Pair(
        code,
        _difference(sides),
        canonical(node) if node else "",
        f"{node.place.file}:{node.place.line}" if node else "",
        live.text if live else "",
        live.state if live else None,
        live.version if live else None,
        sides.agreed is not None,
    )


def _difference(sides: _Sides) -> Difference:
    node, live, agreed = sides.node, sides.live, sides.agreed
    if live is None:
        return Difference.WAITING if _hash(node) in sides.pending else Difference.FILE_NEW
    if node is None:
        return _without_file(live, agreed)
    mine = _hash(node)
    if mine == live.hash:
        return Difference.SAME
    file_changed = mine != agreed
    registry_changed = live.hash != agreed or live.state is not State.ONLINE
    if not file_changed:
        return Difference.REGISTRY_CHANGED if live.state is State.ONLINE else Difference.SAME
    if mine in sides.pending:
        return Difference.WAITING
    return Difference.CONFLICT if registry_changed else Difference.FILE_CHANGED


def _without_file(live: Version, agreed: str | None) -> Difference:
    if live.state is not State.ONLINE or live.origin == LIBRARY:
        return Difference.SAME
    if not agreed:
        return Difference.REGISTRY_NEW
    return Difference.FILE_REMOVED if live.hash == agreed else Difference.CONFLICT


def _settled(pairs: Iterable[Pair], sides: Mapping[str, _Sides]) -> dict[str, str]:
    """Return what both sides say alike, to be agreed on from now."""
    alike = {pair.code for pair in pairs if pair.what is Difference.SAME and pair.file and pair.file == pair.registry}
    return {code: _hash(sides[code].node) for code in alike}


def _applied(tags: TagRegistry, pair: Pair, sides: _Sides, review: bool, by: str) -> dict[str, str]:
    if sides.node is None:
        live = sides.live
        if live is not None and not tags.move([Move(live, State.OFFLINE, "tags/")], by):
            raise _late(pair.code)
        return {pair.code: live.hash if live else ""}
    state = State.IN_REVIEW if review else State.ONLINE
    made = put_online(tags, pair.code, sides.node, state, origin=FILES, by=by, note=pair.place)
    if made is None:
        raise _late(pair.code)
    # What waits for approval is not agreed on yet.
    return {} if review else {pair.code: made.hash}


def _late(code: str) -> Conflict:
    return Conflict(Words(f"somebody else changed {code} just now: apply again", f"有人刚刚改了 {code}，请重新执行"))


def _online(pair: Pair) -> bool:
    return pair.state is State.ONLINE


def _only_conflicts(pairs: Iterable[Pair], taken: Mapping[str, Side]) -> None:
    conflicts = {pair.code for pair in pairs if pair.what is Difference.CONFLICT}
    for code in taken:
        if code not in conflicts:
            raise NotFound(
                Words(
                    f"{code!r} is in no conflict; those are: {', '.join(sorted(conflicts)) or 'none'}",
                    f"“{code}”没有冲突；有冲突的是：{'、'.join(sorted(conflicts)) or '无'}",
                )
            )


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def _edited(root: Path, pairs: Iterable[Pair], sides: Mapping[str, _Sides]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for pair in pairs:
        live = sides[pair.code].live
        if live is None:
            continue
        name = pair.place.rpartition(":")[0] or CONSOLE_FILE
        if name not in texts:
            path = root / name
            texts[name] = _read(path) if path.is_file() else _HEAD
        edit = _edit(texts[name], pair, node_of(live))
        if edit is None:
            raise Conflict(
                Words(
                    f"{pair.code} cannot be written into {name} without touching other definitions: do it by hand",
                    f"无法在不影响其他定义的情况下把 {pair.code} 写入 {name}，请手工修改",
                )
            )
        texts[name] = edit
    return texts


def _edit(text: str, pair: Pair, node: Node) -> str | None:
    # A file from Windows keeps its byte order mark and its line ends.
    mark, ends = ("\ufeff" if text.startswith("\ufeff") else ""), ("\r\n" if "\r\n" in text else "\n")
    plain = text.removeprefix(mark).replace("\r\n", "\n")
    edit = replace_entry(plain, KEY, pair.code, node) if pair.place else add_entry(plain, node)
    return None if edit is None else mark + edit.replace("\n", ends)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".new")
    with half.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
    os.replace(half, path)  # noqa: PTH105
