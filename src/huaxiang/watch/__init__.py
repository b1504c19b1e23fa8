"""Watching tags: every tag measured at every build, rules and alerts, a health score that explains itself.

Enters: a build opened for reading, the project's watch.yaml. Leaves: rows of the registry, and what to do.
"""

from huaxiang.watch.definition import check_watching, load_watching, outcome_of
from huaxiang.watch.health import is_measured, summary, tag_detail, tag_healths
from huaxiang.watch.lift import measure_lift
from huaxiang.watch.measure import measure

__all__ = [
    "check_watching",
    "is_measured",
    "load_watching",
    "measure",
    "measure_lift",
    "outcome_of",
    "summary",
    "tag_detail",
    "tag_healths",
]
