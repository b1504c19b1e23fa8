"""What is loaded is not searched for garbage, and what comes after is."""

from __future__ import annotations

import subprocess
import sys

import pytest

_LOADS = """
import gc, weakref
from huaxiang.loading import load_module
print(load_module("huaxiang.words").__name__, gc.isenabled(), gc.get_freeze_count() > 1000)
class Circle: pass
one = Circle(); one.itself = one
gone = weakref.ref(one)
del one
gc.collect()
print(gone())
"""


def test_what_is_loaded_is_left_alone() -> None:
    done = subprocess.run([sys.executable, "-c", _LOADS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["huaxiang.words", "True", "True", "None"]


def test_a_module_that_is_not_there_leaves_garbage_to_be_found() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import gc\nfrom huaxiang.loading import load_module\n"
         "try: load_module('huaxiang.no_such')\nexcept ModuleNotFoundError: print(gc.isenabled())"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "True"


@pytest.mark.parametrize("module", ["huaxiang", "huaxiang.live", "huaxiang.jobs"])
def test_programs_load_what_they_run_at_once(module: str) -> None:
    """What a program names in its own file would be loaded before the search rests."""
    asked = (
        f"import sys, {module}.__main__; print([name for name in sys.modules if name.startswith(('duckdb', 'numpy'))])"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
