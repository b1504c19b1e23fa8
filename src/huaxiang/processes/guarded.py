"""python -m huaxiang.processes.guarded MODULE …: run a module, and end when whoever started it is gone.

The starter holds the other end of standard input and never writes: it ends when the starter does, however that died.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading

_PATIENCE = 10.0
"""Seconds it has to end when it is told to."""


def guarded(module: str, *arguments: str) -> list[str]:
    """Return the command that runs `python -m MODULE …` so: to be started with a pipe as its standard input."""
    # -P: nothing that lies in the folder we happen to be in is imported.
    return [sys.executable, "-P", "-m", "huaxiang.processes.guarded", module, *arguments]


def main() -> None:
    """Run the module named by the first argument as if it had been started by its name."""
    threading.Thread(target=_end_with_starter, args=(os.dup(0),), daemon=True).start()
    # The module may read standard input itself, and must not eat the sign.
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    module, sys.argv = sys.argv[1], sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with_starter(sign: int) -> None:
    while os.read(sign, 1):
        pass
    if os.getpgrp() == os.getpid():
        # What it started itself ends with it.
        os.killpg(0, signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_PATIENCE)
    os._exit(1)


if __name__ == "__main__":
    main()
