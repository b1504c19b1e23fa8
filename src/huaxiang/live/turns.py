"""Whose turn it is on the processors: who computes for a while lets those go first who wait for an answer."""

from __future__ import annotations

import ctypes
import os
import platform

_SETATTR = {"x86_64": 314, "aarch64": 274}
"""The number of the system call sched_setattr, by machine (Linux; other systems have none)."""
_NORMAL = 0


class _Attributes(ctypes.Structure):
    """struct sched_attr, as the first version of the call has it (sched_setattr(2))."""

    _fields_ = (
        ("size", ctypes.c_uint32), ("policy", ctypes.c_uint32), ("flags", ctypes.c_uint64), ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32), ("runtime", ctypes.c_uint64), ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )  # fmt: skip


def step_back(nice: int, turn: float) -> bool:
    """Ask for a smaller share of the processors, in turns of `turn` seconds; return whether the system takes turns.

    Since Linux 6.12 whoever wakes up with shorter turns (by default a few milliseconds) goes first, and the share of
    the one who steps back stays the same; elsewhere the smaller share is all that can be asked for.
    """
    number = _SETATTR.get(platform.machine()) if platform.system() == "Linux" else None
    if number is not None:
        wanted = _Attributes(ctypes.sizeof(_Attributes), _NORMAL, 0, nice, 0, int(turn * 1e9), 0, 0)
        if ctypes.CDLL(None).syscall(number, 0, ctypes.byref(wanted), 0) == 0:
            return True
    try:
        os.nice(nice)
    except OSError:
        return False
    return False
