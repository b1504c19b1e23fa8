"""Suggest: new tags that the data itself proposes, each with its definition, its evidence and an example.

Enters: a build, an outcome in words of the model, a horizon. Leaves: suggestions whose definitions have been checked as
a person's would be; accepted ones are written to tags/suggested.yaml.
"""

from huaxiang.suggest.accept import accept
from huaxiang.suggest.outcome import DEFAULT_HORIZON, Outcome, default_outcome, parse_outcome
from huaxiang.suggest.suggest import SAMPLE, suggest
from huaxiang.suggest.suggestion import FILE, Bin, Evidence, Example, Suggestion, Suggestions

__all__ = [
    "DEFAULT_HORIZON", "FILE", "SAMPLE", "Bin", "Evidence", "Example", "Outcome", "Suggestion", "Suggestions", "accept",
    "default_outcome", "parse_outcome", "suggest",
]  # fmt: skip
