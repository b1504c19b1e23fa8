"""One job in its own process: begun, watched and ended in the registry; nothing is said anywhere else."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from types import FrameType

from filelock import Timeout

from huaxiang.damage import named
from huaxiang.jobs.lock import living
from huaxiang.jobs.stages import STAGE_WORDS, progress_of
from huaxiang.jobs.work import WORK
from huaxiang.pipeline import Watch
from huaxiang.privacy.scrub import install_scrubber, scrub
from huaxiang.processes.priority import step_back
from huaxiang.project import REGISTRY, STORE
from huaxiang.registry import Registry
from huaxiang.registry.jobs import Job, State, begin_job, finish_job, report_job
from huaxiang.words import Words

_OFTEN = 0.25
"""Seconds between two reports of the same stage: every report is a commit."""
_NICE = 10
"""Readers and events come first."""


def run_child(root: Path, number: int) -> int:
    """Do a job that was taken, and write what became of it; return 0 when it was done, 1 when not."""
    install_scrubber()
    step_back(_NICE)
    registry = Registry(root / STORE / REGISTRY)
    try:
        with living(root, number):
            job = begin_job(registry, number, os.getpid())
            return 1 if job is None else _run(root, registry, job)
    except (Timeout, KeyboardInterrupt):
        return 1
    finally:
        registry.close()


class _Stopper:
    """Remembers that the job was interrupted: what interrupted it may have been taken for a failing step."""

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGINT, self._heard)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        raise KeyboardInterrupt


def _run(root: Path, registry: Registry, job: Job) -> int:
    stopper = _Stopper()
    try:
        result = WORK[job.kind](root, job.settings, _watch(registry, job, stopper))
    except (Exception, KeyboardInterrupt) as error:
        # Why it was interrupted, whoever did it knows: it says what became of the job.
        if not stopper.asked:
            finish_job(registry, job.id, State.FAILED, fault=_told(error))
            if os.environ.get("HUAXIANG_DEBUG"):
                raise
        return 1
    finish_job(registry, job.id, State.DONE, result=result)
    return 0


def _watch(registry: Registry, job: Job, stopper: _Stopper) -> Watch:
    """Return what tells the registry how far the job is: at once when a stage begins, then now and then."""
    last, far, before = "", 0.0, 0.0

    def watch(stage: str, fraction: float, detail: str) -> None:
        nonlocal last, far, before
        if stopper.asked:
            raise KeyboardInterrupt
        now = time.monotonic()
        if stage == last and now - before < _OFTEN:
            return
        last, before = stage, now
        far = max(far, progress_of(job.kind, stage, fraction))
        words = STAGE_WORDS.get(stage, Words(stage, stage))
        report_job(registry, job.id, stage, words, fraction=max(fraction, 0.0), progress=far, detail=scrub(detail))

    return watch


def _told(error: BaseException) -> Words:
    fault = named(error)
    if fault is not None:
        return Words(scrub(fault.words.en), scrub(fault.words.zh))
    return _of_system(error) if isinstance(error, OSError) and error.errno else _ours(error)


def _of_system(error: OSError) -> Words:
    name = Path(str(error.filename)).name if error.filename else ""
    text = f"{error.strerror or type(error).__name__} {name}".strip()
    return Words(text, text)


def _ours(error: BaseException) -> Words:
    kind = type(error).__name__
    return Words(
        f"huaxiang failed ({kind}); this is a fault of ours: please report it, with HUAXIANG_DEBUG=1 set",
        f"huaxiang 出错（{kind}），这是程序的问题：请设置 HUAXIANG_DEBUG=1 重试并反馈",
    )
