"""Loading a program fast: what its modules make lives as long as the process, and is not searched for garbage."""

from __future__ import annotations

import gc
from importlib import import_module
from types import ModuleType


def load_module(module: str) -> ModuleType:
    """Import a module and all it needs, and return it.

    Importing makes hundreds of thousands of objects that never die. Looking for circles among them, again and again
    while they are made and once more when the process ends, takes as long as making them.
    """
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()
