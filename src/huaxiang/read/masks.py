"""Personal values as they may be shown to anybody who may see profiles: masked by kind, never the values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huaxiang.clean.normalise.base import masked as mask
from huaxiang.clean.normalise.registry import NORMALISERS
from huaxiang.errors import MasterKeyError
from huaxiang.privacy.vault import Values
from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild

_MASKABLE = frozenset(each.kind for each in NORMALISERS)
_ABSORBED = """
WITH RECURSIVE absorbed(top, subject) AS (
  SELECT DISTINCT into_subject, from_subject FROM merges WHERE into_subject IN (SELECT unnest($1))
  UNION
  SELECT absorbed.top, merges.from_subject FROM merges JOIN absorbed ON merges.into_subject = absorbed.subject
)
SELECT top, subject FROM absorbed
"""


@dataclass(frozen=True)
class Masked:
    """Values of one kind, masked; `sealed` counts those of a kind with no mask (free text): there, and never shown."""

    kind: str
    values: tuple[str, ...]
    sealed: int = 0


def personal_values(current: CurrentBuild, subjects: Sequence[int]) -> dict[int, Values]:
    """Return each subject's values, with those of everyone who was merged into it. Raises MasterKeyError."""
    parts = {subject: [subject] for subject in subjects}
    if "merges" in current.tables and subjects:
        for top, part in current.engine.rows(_ABSORBED, [list(subjects)]):
            parts[top].append(part)
    wanted = [part for group in parts.values() for part in group]
    known = current.secrets.values(wanted)
    return {subject: _together([known.get(part, {}) for part in group]) for subject, group in parts.items()}


def masked(current: CurrentBuild, kind: str, values: Sequence[str]) -> Masked:
    """Return values of one kind, masked."""
    return masked_in(current.project, kind, values)


def masked_in(project: Project, kind: str, values: Sequence[str]) -> Masked:
    """Return values of one kind, masked as a project has it; for readers that have no build open.

    Each value has its mask, also where two look the same: how many there are is to be seen.
    """
    if kind in _MASKABLE or kind in project.identity.by_kind:
        return Masked(kind, tuple(mask(value) for value in values))
    return Masked(kind, (), len(values))


def masked_names(current: CurrentBuild, subjects: Sequence[int]) -> dict[int, str]:
    """Return each subject's first name, masked; "" where none is known or the key is missing."""
    try:
        values = personal_values(current, subjects)
    except MasterKeyError:
        return dict.fromkeys(subjects, "")
    return {subject: mask(known["name"][0]) if known.get("name") else "" for subject, known in values.items()}


def _together(parts: Sequence[Values]) -> Values:
    found: Values = {}
    for part in parts:
        for kind, values in part.items():
            found[kind] = list(dict.fromkeys([*found.get(kind, []), *values]))
    return found
