"""The console of the sample shop, served as people serve it, and a real browser to look at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Page, expect, sync_playwright

from huaxiang.pipeline import LOCK
from huaxiang.privacy.keys import KEY_VARIABLE
from tests.read.sample import KEY, sample_project, template

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 60_000
"""Milliseconds a page has for anything: as long as it takes beside other work, and no test waits for them in vain."""
expect.set_options(timeout=PATIENCE)
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
_SERVE = (
    "import sys; from pathlib import Path; from huaxiang.loading import load_module; "
    "run_server = load_module('huaxiang.server.run').run_server; "
    "run_server(Path(sys.argv[1]), port=int(sys.argv[2]), ready=lambda address: print(address, flush=True))"
)
_ALONE = (
    "import sys, uvicorn; from pathlib import Path; from huaxiang.loading import load_module; "
    "app = load_module('huaxiang.console.app').create_app(Path(sys.argv[1])); "
    "uvicorn.run(app, port=int(sys.argv[2]), log_level='warning')"
)
"""The console with nothing beside it: no applier that would change what a test has seeded."""


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A copy: the server leaves a live store in what it serves, and others look at the sample too.
    sample = sample_project(tmp_path_factory)
    return Path(shutil.copytree(sample, tmp_path_factory.mktemp("console") / "shop"))


@contextmanager
def served(root: Path, log: Path, *, alone: bool = False) -> Iterator[str]:
    """Serve a project on a free port, or its console `alone`; give the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, KEY_VARIABLE: KEY}
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-c", _ALONE if alone else _SERVE, str(root), str(port)],
            env=env,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            yield _answering(port) if alone else process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(120)


def _answering(port: int) -> str:
    ends = time.monotonic() + 180
    while time.monotonic() < ends:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return f"http://127.0.0.1:{port}"
        time.sleep(0.05)
    raise AssertionError("the console does not start")


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "console.log"


@pytest.fixture(scope="session")
def address(root: Path, log: Path) -> Iterator[str]:
    with served(root, log) as address:
        yield address


@pytest.fixture(scope="session")
def address_without_build(tmp_path_factory: pytest.TempPathFactory, log: Path) -> Iterator[str]:
    root = template(tmp_path_factory.mktemp("new") / "shop")
    (root / ".huaxiang").mkdir()
    # The server builds what has a door; while another build holds the lock, it waits.
    with FileLock(root / ".huaxiang" / LOCK), served(root, log.with_name("new.log")) as address:
        yield address


# Of one file: Playwright keeps an event loop running, in which no other test could run one of its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no chromium on this machine: the console is tested in a real browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Return a function that opens a page in a language and size; what the browser complained about is in `.said`."""
    contexts = []

    def opened(path: str, language: str = "zh", size: str = "wide", at: str = address) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, is_mobile=size == "narrow", has_touch=size == "narrow"
        )
        context.add_cookies([{"name": "huaxiang_language", "value": language, "url": at}])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.said = said  # type: ignore[attr-defined]
        page.goto(at + path)
        page.wait_for_selector(".hx-page h1")
        return page

    yield opened
    for context in contexts:
        context.close()
