"""Definitions changed at random: every one is sound, or its faults are told in both languages with file and line."""

from __future__ import annotations

from pathlib import Path

from huaxiang.definitions.nodes import Faults
from huaxiang.errors import HuaxiangError
from huaxiang.inputs.stage import check_inputs
from huaxiang.pipeline import utc_now
from huaxiang.project import compile_sources, read_project
from huaxiang.watch import check_watching
from tests.fuzz.counts import Counts
from tests.fuzz.mutate import Chance, text
from tests.fuzz.project import DEFINITIONS, FILES


def try_definitions(root: Path, count: int, seed: int) -> Counts:
    """Check `count` projects, each with one definition file changed."""
    counts = Counts("definitions")
    lay(root)
    for number in range(count):
        chance = Chance(f"{seed} {number}")
        name = chance.choice(list(DEFINITIONS))
        changed = text(chance, DEFINITIONS[name])
        (root / name).write_text(changed, encoding="utf-8", errors="replace", newline="")
        with counts.trying(f"{name}, number {number}", changed):
            counts.note(_judged(root))
        (root / name).write_text(DEFINITIONS[name], encoding="utf-8")
    return counts


def lay(root: Path) -> None:
    """Write the project as it is when nothing is wrong with it."""
    for name, content in {**DEFINITIONS, **FILES}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def _judged(root: Path) -> str:
    faults = Faults()
    try:
        project = read_project(root, faults)
        if project is not None and not faults.found:
            compile_sources(project, utc_now(), faults)
            check_watching(project, faults)
            check_inputs(project, faults)
    except HuaxiangError as error:
        assert error.words.en and error.words.zh
        return "refused"
    for fault in faults.found:
        assert fault.what.en and fault.what.zh and fault.file, fault
        fault.say("en").encode(), fault.say("zh").encode()
    return "faults told" if faults.found else "sound"
