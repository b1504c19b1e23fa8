"""The applier as a program: follows a project until whoever started it is gone, or makes one base."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import time
from pathlib import Path

from huaxiang.errors import HuaxiangError
from huaxiang.live.ahead import LATE
from huaxiang.live.worker import Worker, make_base, parent_lives
from huaxiang.privacy.scrub import install_scrubber
from huaxiang.processes.priority import Priority, step_back

_AGAIN = 3.0
"""Seconds until it is tried again when nothing can be applied yet."""
_NICE = 10
"""Of the making of a base: readers and events come first."""
_log = logging.getLogger("huaxiang.live")


def _always() -> bool:
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
        except HuaxiangError as error:
            # No key yet, or definitions with faults: people mend that while the server runs.
            if error.words.en != told:
                told = error.words.en
                _log.warning("%s", told)
            time.sleep(_AGAIN)
