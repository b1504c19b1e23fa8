"""The applier as a program: follows a project until whoever started it is gone, or makes one base."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sqlite3
import time
from pathlib import Path

from huaxiang.damage import named, set_aside
from huaxiang.errors import DamagedError, HuaxiangError
from huaxiang.live.ahead import LATE
from huaxiang.live.worker import Worker, make_base, parent_lives
from huaxiang.privacy.scrub import install_scrubber
from huaxiang.processes.priority import Priority, step_back
from huaxiang.serving.store import STORE_FILE
from huaxiang.stores import STORE

_AGAIN = 3.0
"""Seconds until it is tried again when nothing can be applied yet."""
_NICE = 10
"""Of the making of a base: readers and events come first."""
_log = logging.getLogger("huaxiang.live")


def _always() -> bool:
    return True


def mended(store: Path, fault: HuaxiangError) -> bool:
    """Set the live store aside if that is what is damaged; return whether it can be made again now."""
    if not isinstance(fault, DamagedError) or fault.path != store:
        return False
    if store.exists():
        _log.warning("%s is now %s, and is made again", store.name, set_aside(store).name)
    return True


def main() -> None:
    """Run the applier until the process that started it is gone."""
    parser = argparse.ArgumentParser(prog="python -m huaxiang.live", description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--base", type=int)
    parser.add_argument("--alone", action="store_true", help="do not look for a parent")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    _log.setLevel(logging.INFO)
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    install_scrubber()
    if arguments.base is not None:
        step_back(_NICE)
        make_base(arguments.root, arguments.base)
        return
    alive = _always if arguments.alone else parent_lives(os.getppid())
    gc.set_threshold(*LATE)
    priority = Priority()
    told = ""
    while alive():
        try:
            Worker(arguments.root, alive, beside=True, priority=priority).run()
            return
        except (HuaxiangError, sqlite3.Error, OSError) as error:
            store = arguments.root / STORE / STORE_FILE
            # Of the files it has open, only the live store is not named by what opens it.
            fault = named(error, store)
            if fault is None:
                raise
            # No key yet, or definitions with faults, or a full disk: people mend that while the server runs.
            if fault.words.en != told:
                told = fault.words.en
                _log.warning("%s", told)
            if not mended(store, fault):
                time.sleep(_AGAIN)
