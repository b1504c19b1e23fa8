"""One sample shop, made and built through the real command line, for all end-to-end tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from huaxiang.cli.main import main
from tests.dealing import made_once

AS_OF = "2026-11-21"
UNTIL = "2026-11-20"
CUSTOMERS = 1500
OVERALL = """
- tag: lifecycle_overall
  name: {zh: 生命周期（全体间隔）, en: Lifecycle by everybody's gap}
  category: 生命周期
  rule:
    潜在: "orders_total = 0"
    流失: "days_since_order > repurchase_gap(0.9)"
    初次: "orders_total = 1"
    else: 重复
"""
"""The sample's truth knows one gap for all; the ready tag has one per category."""


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit code."""

    stdout: str
    stderr: str
    code: int


@dataclass(frozen=True)
class Cli:
    """The command line of one project folder."""

    root: Path
    env: dict[str, str]

    def spawn(self, *arguments: str, code: int = 0) -> Done:
        """Run `huaxiang …` as a process of its own, as a shell does."""
        done = subprocess.run(
            [sys.executable, "-m", "huaxiang", *arguments],
            cwd=self.root, env=self.env, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        return self._sound(arguments, Done(done.stdout, done.stderr, done.returncode), code)

    def run(self, *arguments: str, code: int = 0) -> Done:
        """Run the same in this process, which saves starting an interpreter for each of a hundred commands."""
        out, err = StringIO(), StringIO()
        before = Path.cwd()
        with patch.dict(os.environ, self.env, clear=True), patch.object(sys, "argv", ["huaxiang", *arguments]):
            os.chdir(self.root)
            try:
                with redirect_stdout(out), redirect_stderr(err):
                    main()
                exit_code = 0
            except SystemExit as stop:
                exit_code = int(stop.code or 0)
            finally:
                os.chdir(before)
        return self._sound(arguments, Done(out.getvalue(), err.getvalue(), exit_code), code)

    def json(self, *arguments: str) -> Any:
        """Run with --json and return the answer."""
        return json.loads(self.run("--json", *arguments).stdout)

    def _sound(self, arguments: tuple[str, ...], done: Done, code: int) -> Done:
        assert "Traceback" not in done.stdout + done.stderr
        assert done.code == code, (arguments, done)
        return done


def cli_env(home: Path) -> dict[str, str]:
    """Return an environment with a home of its own, so that keys stay in the test's folder."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("HUAXIANG")}
    return env | {"XDG_CONFIG_HOME": str(home), "HUAXIANG_LANG": "en", "COLUMNS": "160"}


@pytest.fixture(scope="session")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Cli]:
    """Return a function that makes a project from a template and returns its command line."""

    def make(name: str, template: str = "retailer") -> Cli:
        return made_in(tmp_path_factory.mktemp(f"home-{name}"), name, template)

    return make


def made_in(home: Path, name: str, template: str = "retailer") -> Cli:
    """Make a project from a template in a home of its own; return its command line."""
    outside = Cli(home, cli_env(home / "config"))
    outside.run("init", name, "--template", template)
    return Cli(home / name, outside.env)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Return the sample shop, built once; tests may only read it."""
    made = made_once(tmp_path_factory, "e2e-shop", _make_shop)
    home = Path(shutil.copytree(made, tmp_path_factory.mktemp("e2e") / "home"))
    return Cli(home / "shop", cli_env(home / "config"))


def _make_shop(home: Path) -> None:
    cli = made_in(home, "shop")
    (cli.root / "tags/overall.yaml").write_text(OVERALL, encoding="utf-8")
    cli.spawn("simulate", "--customers", str(CUSTOMERS), "--until", UNTIL)
    cli.spawn("build", "--as-of", AS_OF)
