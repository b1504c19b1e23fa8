"""A disk that is full or read-only is told as that, and changes nothing of what was there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from huaxiang.damage import named
from huaxiang.jobs.child import _told
from huaxiang.privacy.keys import KEY_VARIABLE
from tests.damage.test_holdings import STORE, again, current, customers
from tests.full_disk import full_disk
from tests.read.sample import KEY


@pytest.mark.parametrize("size", [4_000, 300_000])
def test_a_full_disk_is_told_and_the_last_build_stays(shop: Path, size: int) -> None:
    before = customers(shop)
    with full_disk(size), pytest.raises(Exception) as caught:
        again(shop)
    fault = named(caught.value)
    assert fault is not None
    assert "the disk is full" in fault.words.en
    assert "磁盘已满" in fault.words.zh
    assert "fault of ours" not in _told(caught.value).en
    assert (current(shop), customers(shop)) == (2, before)
    again(shop)


@pytest.mark.skipif(shutil.which("unshare") is None, reason="a read-only disk is made by unshare(1)")
def test_a_read_only_disk_is_told(shop: Path) -> None:
    command = f"mount --bind {shop} {shop} && mount -o remount,ro,bind {shop} && exec {sys.executable} -m huaxiang "
    env = {**os.environ, KEY_VARIABLE: KEY}

    def run(arguments: str) -> subprocess.CompletedProcess[str]:
        asked = ["unshare", "-rm", "sh", "-c", command + arguments]
        return subprocess.run(asked, capture_output=True, text=True, env=env, check=False)

    if run("--version").returncode:
        pytest.skip("this system lets nobody mount")
    for arguments in ("build", "--lang zh build"):
        done = run(f"{arguments} --project {shop}")
        said = " ".join((done.stdout + done.stderr).split())
        assert done.returncode == 1
        assert ("read-only" in said) or ("只读" in said), said
        assert "Traceback" not in said
    assert (shop / STORE / "registry.db").exists()
