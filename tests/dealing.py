"""Who runs what when several workers run the tests: nobody idles at the end, nobody makes again what another made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from filelock import FileLock
from xdist.scheduler import LoadScopeScheduling

LONG = (
    "tests/console/test_console_tag_pages.py",
    "tests/server/test_serving.py",
    "tests/jobs/test_runner.py",
    "tests/console/test_console_govern.py",
    "tests/identify/test_properties.py",
    "tests/test_docs.py",
    "tests/pipeline/test_refresh.py",
    "tests/tag/test_contract.py",
    "tests/live/test_kill.py",
    "tests/server/test_live.py",
    "tests/tag/test_refresh.py",
    "tests/e2e/test_building.py",
    "tests/e2e/test_cli.py",
    "tests/tag/test_kernel.py",
    "tests/clean/test_part.py",
    "tests/console/test_console_pages.py",
    "tests/console/test_console_live.py",
    "tests/server/test_applier.py",
    "tests/facts/test_compile.py",
    "tests/e2e/test_real_data.py",
    "tests/live/test_applying.py",
    "tests/deliver/test_deliverer.py",
)
"""Files that take long, the longest first: begun at the end, one of them would run alone."""
APART = frozenset(
    {
        "tests/identify/test_properties.py",
        "tests/jobs/test_runner.py",
        "tests/live/test_kill.py",
        "tests/server/test_live.py",
        "tests/server/test_serving.py",
        "tests/tag/test_refresh.py",
        "tests/test_docs.py",
    }
)
"""Long files whose tests share nothing that costs: each test goes to whoever is free."""


class Dealing(LoadScopeScheduling):
    """Deals whole files, in the order of the collection; of some files each test apart."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return nodeid if file in APART else file


def put_in_order(items: list[pytest.Item]) -> None:
    """Put the tests of long files first."""
    ranks = {file: rank for rank, file in enumerate(LONG)}
    items.sort(key=lambda item: ranks.get(item.nodeid.split("::", 1)[0], len(LONG)))


def missing(root: Path, files: Sequence[str] = (*LONG, *APART)) -> list[str]:
    """Return which of the files named here are not there."""
    return [file for file in files if not (root / file).is_file()]


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that the first worker of a run to ask for it makes and fills; no test may write into it."""
    run = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    folder = run / f"once-{name}"
    with FileLock(run / f"once-{name}.lock"):
        if not folder.exists():
            unfinished = run / f"unfinished-{name}"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    return folder
