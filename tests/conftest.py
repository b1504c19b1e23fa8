"""What all tests share: how they are dealt out, and that no test sees, or writes into, the real key folder."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from huaxiang.privacy.keys import FILE_VARIABLE, KEY_VARIABLE
from tests.dealing import Dealing, put_in_order

# Read once, when the first command line of a process is loaded: tables must be as wide for every test.
os.environ["COLUMNS"] = "160"
# How fast examples are made says more of the machine than of what is tested.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("untimed"), max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "untimed"))


# Optional: it is asked only where several workers run.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    config.option.loadscopereorder = False
    return Dealing(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    # One more than there are cores: tests of servers and browsers spend much of their time waiting.
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    put_in_order(items)


def pytest_collection_finish() -> None:
    # What was loaded lives to the end: a fifth of the time would go into looking for garbage in it.
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_keys_of_ours(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    return home


@pytest.fixture(autouse=True)
def _no_secrets_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test begin with no secret read: what one test hides stands in the words of another."""
    monkeypatch.setattr("huaxiang.secret._known", set())
