"""Everything that is done to every store at rest, and what is said and left: the rows of docs/damage."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from huaxiang.doctor import diagnose
from huaxiang.errors import DamagedError, HuaxiangError
from huaxiang.live.program import mended
from huaxiang.pipeline import Settings, build
from huaxiang.privacy.keys import load_master_key
from huaxiang.privacy.vault import Vault
from huaxiang.project import load_project
from huaxiang.read.current import current_build
from huaxiang.words import Language, Words
from tests.live.shop import START, drain, follow, worker

LATER = START + timedelta(days=3)
TARGETS: Mapping[str, tuple[str, str]] = {
    # Store: what is damaged of it, and where its older copy is.
    "registry.db": ("registry.db", "registry.db"),
    "vault.db": ("vault.db", "vault.db"),
    "inbox.db": ("inbox.db", ""),
    "live.db": ("live.db", "live.db"),
    "builds/": ("builds/build-000002.duckdb", "builds/build-000001.duckdb"),
    "parts/": ("parts/*/links-*.parquet", ""),
    "bases/": ("bases/base-000002/node.npy", ""),
    "deliveries.db": ("deliveries.db", ""),
}
"""An older copy that is not there (""): the store was empty then, so that it is as if deleted."""


def _delete(path: Path, older: Path | None) -> None:
    path.unlink()


def _empty(path: Path, older: Path | None) -> None:
    os.truncate(path, 0)


def _truncate(path: Path, older: Path | None) -> None:
    # Where in a warehouse its catalogue lies is not the same each time: it is cut behind its headers.
    os.truncate(path, 12_288 if path.suffix == ".duckdb" else path.stat().st_size // 2 // 512 * 512)


def _overwrite(path: Path, older: Path | None) -> None:
    with path.open("r+b") as file:
        file.write(b"overwritten " * (min(path.stat().st_size, 8192) // 12))


def _roll_back(path: Path, older: Path | None) -> None:
    assert older is not None
    shutil.copy(older, path)


WAYS: Mapping[str, tuple[Words, Callable[[Path, Path | None], None]]] = {
    "deleted": (Words("deleted", "删除"), _delete),
    "emptied": (Words("of no length", "清空"), _empty),
    "truncated": (Words("truncated", "截断"), _truncate),
    "overwritten": (Words("overwritten", "覆写"), _overwrite),
    "rolled_back": (Words("an older copy put back", "放回旧副本"), _roll_back),
}


def _replace(path: Path, older: Path) -> None:
    fresh = path.with_name("older-copy")
    shutil.copy(older / path.name, fresh)
    fresh.replace(path)


IN_USE: Mapping[str, Callable[[Path, Path], None]] = {
    "deleted": _delete,
    "truncated": _truncate,
    "overwritten": _overwrite,
    "rolled_back": _replace,
}
"""The same while a server has the files open; the folder of older copies is given whole."""
WHILE_SERVING: tuple[tuple[str, str], ...] = (
    ("live.db", "deleted"),
    ("live.db", "truncated"),
    ("live.db", "overwritten"),
    ("live.db", "rolled_back"),
    ("deliveries.db", "deleted"),
    ("deliveries.db", "overwritten"),
    ("registry.db", "deleted"),
    ("vault.db", "deleted"),
    ("inbox.db", "deleted"),
    ("inbox.db", "rolled_back"),
)
"""What is done one after the other to one server (test_serving.py)."""
SERVED = Words(
    "the door answers as before, every event acknowledged is in its profile, and a build then asks nobody",
    "入口照常应答，每个已确认的事件都进入画像，之后的构建无须询问",
)
SOUND = "every store holds what it should"
STAYS = Words("the last build stays; with the copy put back, nothing lacks", "保留上次构建；放回备份后无任何缺失")
WHOLE = Words("a build, and the live profiles, lack nothing", "构建与实时画像均无缺失")


@dataclass(frozen=True)
class Row:
    """A row of the table: `stopped` tells whether a build stopped."""

    store: str
    way: str
    doctor: tuple[Words, ...]
    build: tuple[Words, ...]
    stopped: bool
    lacks: tuple[str, ...]


def cases(older: Path) -> list[tuple[str, str]]:
    """Return each store with each way."""
    return [
        (store, way)
        for store, (_, before) in TARGETS.items()
        for way in WAYS
        if way != "rolled_back" or (before and (older / before).exists())
    ]


def tried(root: Path, older: Path, store: str, way: str, whole: frozenset[str]) -> Row:
    """Damage a store of the project at `root`, ask the doctor, build, put back what stopped it; look what lacks."""
    pattern, before = TARGETS[store]
    path = next((root / ".huaxiang").glob(pattern))
    kept = path.read_bytes()
    WAYS[way][1](path, older / before if before else None)
    findings = tuple(each.words for each in diagnose(root) if each.state != "good" and _of_a_store(each.words))
    said, stopped = _built(root)
    if stopped:
        for beside in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            beside.unlink(missing_ok=True)
        path.write_bytes(kept)
        # Nothing has changed meanwhile: what was there is all there is.
        assert SOUND in [each.words.en for each in diagnose(root)]
    return Row(store, way, findings, said, stopped, tuple(sorted(whole - found(root))))


def found(root: Path) -> frozenset[str]:
    """Return whose names the vault shows of the customers that are served, once all that waits is applied."""
    try:
        applier = worker(root, LATER)
    except DamagedError as fault:
        # As the applier's own program does.
        assert mended(root / ".huaxiang/live.db", fault)
        applier = worker(root, LATER)
    try:
        follow(applier)
        drain(applier)
        assert applier.tools is not None
        base = applier.tools.known.base
        live = [row[0] for row in applier.store.db.execute("SELECT subject FROM profiles")]
        subjects = [*base.subjects.tolist(), *live]
    finally:
        applier.close()
    project = load_project(root)
    with Vault(project.store / "vault.db", load_master_key(project.id, root)) as vault:
        return frozenset(name for values in vault.reveal(subjects).values() for name in values.get("name", []))


def _built(root: Path) -> tuple[tuple[Words, ...], bool]:
    try:
        made = build(load_project(root), as_of=LATER, settings=Settings(workers=1))
    except HuaxiangError as error:
        return (error.words,), True
    with current_build(root, load_project(root)) as current:
        assert current.build.id == made.id
    again = made.summary.get("mended", [])
    words = Words(
        f"read again: {len(again)} parts, for {again[0]['file']}" if again else "",
        f"重新读取 {len(again)} 份数据，因为 {again[0]['file']}" if again else "",
    )
    return ((words,) if again else ()), False


def _of_a_store(words: Words) -> bool:
    return not re.search(r"not installed|GiB free|environment variable", words.en)


def page(rows: list[Row], language: Language) -> str:
    """Return the page: what was done to each store, what was said, and what is left."""
    heads = {
        "en": ("# Damage", "store", "what was done", "`huaxiang doctor` says", "`huaxiang build` says", "afterwards"),
        "zh": ("# 损坏", "存储", "做了什么", "`huaxiang doctor` 的结果", "`huaxiang build` 的结果", "之后"),
    }[language]
    about = {
        "en": "<!-- Written by tests/damage/test_table.py (HUAXIANG_WRITE=1); do not edit. -->\n\n"
        "A shop with a door was built; ten customers are in the build, ten more in the live store alone. Then one "
        "store was damaged, the doctor asked, and the project built. Nobody's name, and no event, may be missing "
        "afterwards.",
        "zh": "<!-- 由 tests/damage/test_table.py 写成（HUAXIANG_WRITE=1），请勿手改。 -->\n\n"
        "先构建一个带入口的店铺：十位客户在构建中，另有十位只在实时存储中。然后损坏一项存储，运行体检并构建。"
        "之后不得缺少任何人的姓名或任何事件。",
    }[language]
    done = {"en": "done", "zh": "完成"}[language]
    none = "—"
    lines = [
        "| " + " | ".join([
            f"`{each.store}`", WAYS[each.way][0].say(language), _cell(each.doctor, language) or none,
            _cell(each.build, language) or done, (STAYS if each.stopped else WHOLE).say(language),
        ]) + " |"
        for each in rows
    ]  # fmt: skip
    table = "\n".join(["| " + " | ".join(heads[1:]) + " |", "| --- | --- | --- | --- | --- |", *lines])
    return f"{heads[0]}\n\n{about}\n\n{table}\n\n{_served(language)}\n"


def _served(language: Language) -> str:
    """Return what is done to the stores of a running server (test_serving.py)."""
    title, store, done, after = {
        "en": ("## While it is served", "store", "what was done", "afterwards"),
        "zh": ("## 服务运行期间", "存储", "做了什么", "之后"),
    }[language]
    rows = [f"| `{name}` | {WAYS[way][0].say(language)} | {SERVED.say(language)} |" for name, way in WHILE_SERVING]
    return "\n".join([f"{title}\n", f"| {store} | {done} | {after} |", "| --- | --- | --- |", *rows])


def _cell(words: tuple[Words, ...], language: Language) -> str:
    return "<br>".join(_lasting(each.say(language)) for each in words)


def _lasting(text: str) -> str:
    """Return words without what another version of a library or of a definition makes different."""
    text = re.sub(r"parts/(\w+)-\d+-[0-9a-f]+", r"parts/\1-…", text)
    text = re.sub(r"\s?[(（](SQLITE_\w+|quick_check|\w+Error|Arrow\w+|\w+\.npy)[)）]", "", text)
    text = re.sub(r"(\d+) changes behind", "… changes behind", re.sub(r"缺少 \d+ 次", "缺少 … 次", text))
    return " ".join(text.replace("|", "\\|").split())
