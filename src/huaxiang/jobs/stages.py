"""The stages of jobs: their words, and how far a job is when a stage is."""

from __future__ import annotations

from collections.abc import Mapping

from huaxiang.registry.jobs import Kind, State
from huaxiang.words import Words

WAIT = "wait"
STAGE_WORDS: Mapping[str, Words] = {
    WAIT: Words("Waiting for another build", "等待另一次构建"),
    "copy": Words("Copying the last build", "复制上次构建"),
    "collect": Words("Collecting", "采集"),
    "clean": Words("Cleaning", "清洗"),
    "identify": Words("Identifying", "身份识别"),
    "facts": Words("Gathering facts", "汇集事实"),
    "tag": Words("Tagging", "计算标签"),
    "segment": Words("Segmenting", "圈选人群"),
    "seal": Words("Sealing personal data", "封存个人信息"),
    "publish": Words("Publishing", "发布"),
    "watch": Words("Measuring tags", "监测标签"),
    "base": Words("Writing the base of live profiles", "写出实时画像的底座"),
}
_WHOLE: Mapping[Kind, tuple[str, ...]] = {
    Kind.BUILD: ("collect", "clean", "identify", "facts", "tag", "segment", "seal", "publish", "watch"),
    Kind.REFRESH: ("collect", "clean", "copy", "identify", "facts", "tag", "segment", "seal", "publish", "watch"),
    Kind.HEALTH: ("watch",),
    Kind.BASE: ("base",),
}
KIND_WORDS: Mapping[Kind, Words] = {
    Kind.BUILD: Words("full build", "完整构建"),
    Kind.REFRESH: Words("refresh", "刷新"),
    Kind.HEALTH: Words("measuring tags", "监测标签"),
    Kind.BASE: Words("base of live profiles", "实时画像底座"),
}
STATE_WORDS: Mapping[State, Words] = {
    State.QUEUED: Words("queued", "排队中"),
    State.RUNNING: Words("running", "进行中"),
    State.DONE: Words("done", "已完成"),
    State.FAILED: Words("failed", "失败"),
    State.CANCELLED: Words("cancelled", "已取消"),
    State.LOST: Words("lost", "已丢失"),
}


def progress_of(kind: Kind, stage: str, fraction: float) -> float:
    """Return how far a job is, 0 to 1, when a stage of it is at `fraction`; stages count alike."""
    stages = _WHOLE[kind]
    if stage not in stages:
        return 0.0
    return (stages.index(stage) + min(max(fraction, 0.0), 1.0)) / len(stages)
