"""A sample shop of 300 customers, built twice a month apart, once for all tests of a run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from unittest.mock import patch

import pytest

import huaxiang
from huaxiang.pipeline import Settings, build
from huaxiang.privacy.keys import KEY_VARIABLE, MasterKey
from huaxiang.project import load_project
from huaxiang.simulate.retailer import simulate
from tests.dealing import made_once

KEY = MasterKey(bytes(range(32))).as_text()
CUSTOMERS = 300
MOMENTS = (datetime(2026, 10, 20, 16), datetime(2026, 11, 20, 16))
_MADE: dict[str, Path] = {}


@contextmanager
def with_key() -> Iterator[None]:
    """Let the block use the sample's master key."""
    with patch.dict(os.environ, {KEY_VARIABLE: KEY}):
        yield


def template(root: Path) -> Path:
    """Copy the retailer's definitions to `root`."""
    shutil.copytree(Path(huaxiang.__file__).parent / "templates" / "retailer", root)
    return root


def sample_project(factory: pytest.TempPathFactory) -> Path:
    """Return the root of the built sample: made once in a run, copied for each worker the first time."""
    if "root" not in _MADE:
        made = made_once(factory, "sample", _make)
        _MADE["root"] = Path(shutil.copytree(made / "sample", factory.mktemp("sample") / "sample"))
    return _MADE["root"]


def _make(folder: Path) -> None:
    root = template(folder / "sample")
    simulate(root, customers=CUSTOMERS, seed=7, until=date(2026, 11, 20), months=6)
    with with_key():
        for moment in MOMENTS:
            build(load_project(root), as_of=moment, settings=Settings(workers=1))
