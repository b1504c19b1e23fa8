"""A process of a pool ends when the process that started it is gone, however that died.

Its pipes do not tell: every worker of a pool holds both ends of them, and waits for work for ever.
"""

from __future__ import annotations

import os
import threading
from multiprocessing import parent_process


def end_with_parent() -> None:
    """Watch, in a thread, the process that started this one; end this one at once when that has ended.

    To be called in a process that `multiprocessing` started, first thing; elsewhere it does nothing.
    """
    if parent_process() is not None:
        threading.Thread(target=_watch, name="parent", daemon=True).start()


def _watch() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
