"""Personal values and identifiers: text as it came enters; a canonical form, harmless derivatives and a mask leave.

One file per kind; registry.py lists them. Nothing here touches an engine or a file of the project.
"""

from __future__ import annotations

from huaxiang.clean.normalise.base import Normaliser
from huaxiang.clean.normalise.fillers import FILLERS, Filler, filler, is_filler
from huaxiang.clean.normalise.registry import NORMALISERS, normaliser

__all__ = ["FILLERS", "NORMALISERS", "Filler", "Normaliser", "filler", "is_filler", "normaliser"]
