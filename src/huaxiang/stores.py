"""What a project keeps, and where: the one list that the doctor, the guide and whoever makes a copy read.

Every file and folder that huaxiang writes has its row here; a test looks whether a served project has any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from huaxiang.words import Words

STORE = ".huaxiang"
"""The folder of a project that huaxiang keeps everything of its own in."""
REGISTRY = "registry.db"
VAULT = "vault.db"
INBOX_FILE = "inbox.db"
STORE_FILE = "live.db"
STATE_FILE = "deliveries.db"
SERVER_LOCK, TASKS = "server.lock", "tasks.json"
PARTS, BUILDS, BASES, CURSORS, PREDICTIONS = "parts", "builds", "bases", "cursors", "predictions"


class Keeping(Enum):
    """What becomes of a store that is lost."""

    STATE = "state"
    """Nothing brings it back but a copy: it belongs in every backup."""
    MADE = "made"
    """It is made again from what is state."""
    PASSING = "passing"
    """It means nothing once whoever wrote it has ended."""


KEEPING_WORDS: Mapping[Keeping, Words] = {
    Keeping.STATE: Words("state: keep copies", "状态：需要备份"),
    Keeping.MADE: Words("made again from the state", "可由状态重新生成"),
    Keeping.PASSING: Words("passing", "临时"),
}


@dataclass(frozen=True)
class Store:
    """One place: its path from the project's folder (or the home folder), what is in it, which code writes it.

    `lost` says what to do when it is gone or damaged.
    """

    path: str
    keeping: Keeping
    what: Words
    written_by: str
    lost: Words

    @property
    def name(self) -> str:
        """The last part of the path, as messages name it."""
        return self.path.rstrip("/").rsplit("/", maxsplit=1)[-1]


_PUT_BACK = Words("put the newest copy of it back", "请放回它最新的备份")
_AGAIN = Words("it is made again by itself", "会自动重新生成")
_BUILD = Words("run  huaxiang build", "请运行 huaxiang build")

STORES: tuple[Store, ...] = (
    Store(
        "*.yaml, sources/, tags/, …", Keeping.STATE, Words("definitions", "各项定义"), "people",
        Words("take them out of git again", "请从 git 取回"),
    ),
    Store("data/", Keeping.STATE, Words("raw files; only read", "原始文件，只读不写"), "people", _PUT_BACK),
    Store(
        f"{STORE}/{REGISTRY}", Keeping.STATE,
        Words(
            "parts read, builds with summaries, quality history, versions of tags, values set by hand, tokens, jobs, "
            "and what the other stores should hold (SQLite)",
            "已读取的数据、历次构建及摘要、质量历史、标签版本、人工标签值、令牌、任务，以及其他存储应有的内容（SQLite）",
        ),
        "`registry/`",
        Words(
            "put the newest copy of it back; without one, run  huaxiang build --accept-loss  to begin anew",
            "请放回它最新的备份；没有备份时可运行 huaxiang build --accept-loss 重新开始",
        ),
    ),
    Store(
        f"{STORE}/{VAULT}", Keeping.STATE,
        Words("sealed personal values, wrapped keys (SQLite)", "封存的个人信息与加密后的密钥（SQLite）"), "`privacy/`",
        Words(
            "put the newest copy of it back; without one, run  huaxiang build --accept-loss, which reads every source "
            "again",
            "请放回它最新的备份；没有备份时可运行 huaxiang build --accept-loss，将重新读取全部来源",
        ),
    ),
    Store(
        f"{STORE}/{INBOX_FILE}", Keeping.STATE,
        Words("bodies as they came in, sealed (SQLite)", "入口收到的原始请求，封存（SQLite）"),
        "`inbox/log.py`, by the server",
        Words(
            "put the newest copy of it back; without one, run  huaxiang build --accept-loss  to go on without its "
            "events",
            "请放回它最新的备份；没有备份时可运行 huaxiang build --accept-loss，放弃其中的事件",
        ),
    ),
    Store(
        f"{STORE}/{BUILDS}/", Keeping.STATE,
        Words(
            "the current build's warehouse and the one before (DuckDB): customers keep their ids by it",
            "当前构建与上一次构建的数据仓库（DuckDB）：客户编号由它延续",
        ),
        "`pipeline/`",
        Words(
            "put a copy of it back; without one, run  huaxiang build --accept-loss: customers may get other ids",
            "请放回它的备份；没有备份时可运行 huaxiang build --accept-loss：客户编号可能改变",
        ),
    ),
    Store(
        f"{STORE}/{PREDICTIONS}/", Keeping.STATE, Words("what models predicted (Parquet)", "模型预测结果（Parquet）"),
        "`inputs/predictions.py`",
        Words("put a copy back, or import the predictions again", "请放回备份，或重新导入预测结果"),
    ),
    Store(
        f"{STORE}/{STATE_FILE}", Keeping.STATE,
        Words(
            "webhooks: place in the outbox, messages that wait, attempts (SQLite)",
            "推送：发件箱位置、待发消息、尝试记录（SQLite）",
        ),
        "`deliver/`",
        Words(
            "it is begun anew by itself; messages that waited in it are sent again only from a copy",
            "会自动重新建立；其中待发的消息只有放回备份才会再次发送",
        ),
    ),
    Store(
        f"{STORE}/{CURSORS}/", Keeping.STATE, Words("places of Python callbacks", "Python 回调的位置"), "`deliver/`",
        Words("callbacks begin again from what the outbox holds", "回调会从发件箱现有内容重新开始"),
    ),
    Store(
        f"{STORE}/{PARTS}/", Keeping.MADE,
        Words(
            "cleaned parts: facts, nodes, links, quarantine (Parquet)", "清洗结果：事实、标识、关联、隔离（Parquet）"
        ),
        "`clean/part.py`",
        Words("run  huaxiang build: the parts concerned are read again", "请运行 huaxiang build：会重新读取相应的数据"),
    ),
    Store(
        f"{STORE}/{STORE_FILE}", Keeping.MADE,
        Words(
            "profiles that events touched, identifiers, facts and links since the base, what is told (SQLite)",
            "事件触及的画像、标识、底座之后的事实与关联、待通知内容（SQLite）",
        ),
        "`live/`, by the applier", _AGAIN,
    ),
    Store(
        f"{STORE}/{BASES}/", Keeping.MADE,
        Words("a build's rows by subject, memory-mapped (Arrow)", "一次构建按客户存放的数据，内存映射（Arrow）"),
        "`serving/export.py`", _AGAIN,
    ),
    Store(
        f"{STORE}/server.json, {SERVER_LOCK}", Keeping.PASSING,
        Words(
            "where the server of the project answers, and the token of its own commands",
            "项目服务的地址，以及本机命令所用的令牌",
        ),
        "`server/presence.py`", Words("start the server again", "请重新启动服务"),
    ),
    Store(
        f"{STORE}/{TASKS}", Keeping.PASSING,
        Words("how the server's background tasks fare, while it runs", "服务后台任务的运行情况，仅在运行期间存在"),
        "`processes/supervision.py`", Words("start the server again", "请重新启动服务"),
    ),
    Store(
        f"{STORE}/spill/, build.lock, jobs/", Keeping.PASSING,
        Words("what DuckDB spills; one build at a time; jobs that run", "DuckDB 溢写；构建互斥锁；运行中的任务"),
        "`engine/`, `pipeline/`, `jobs/`", _BUILD,
    ),
    Store(
        "~/.config/huaxiang/keys/", Keeping.STATE,
        Words(
            "master keys, outside every project: keep them apart from the rest",
            "主密钥，在项目之外：与其他备份分开存放",
        ),
        "`privacy/keys.py`",
        Words("put the key back: without it nothing sealed can be read", "请放回密钥：没有它，封存的数据无法读取"),
    ),
)  # fmt: skip
"""Everything that is kept, what cannot be made again first."""


def store_of(path: Path) -> Store | None:
    """Return the store that a file is, or lies in; None when it is none of ours."""
    parts = path.parts
    below = parts[len(parts) - 1 - parts[::-1].index(STORE) + 1 :] if STORE in parts else parts[-1:]
    return next((each for each in STORES if below and below[0] in _names(each)), None)


def _names(store: Store) -> set[str]:
    return {each.strip().rstrip("/").removeprefix(f"{STORE}/") for each in store.path.split(",")}
