"""What a tag compares with, in words: thresholds are kept under the formula that computes them, which few can read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sqlglot import exp

from huaxiang.model import Type
from huaxiang.sql.check import Expression
from huaxiang.tag.held import held
from huaxiang.tag.kinds.base import Meaning
from huaxiang.tag.kinds.population import GAP, POPULATION
from huaxiang.tag.planner import Planning
from huaxiang.tag.wording import say
from huaxiang.words import Words

_CENTRES = {"mean": Words("average", "均值"), "median": Words("median", "中位数")}
_CUT = re.compile(r"q(0?\.\d+)")


class Thresholds:
    """The words of one tag's thresholds, by the names they are kept under."""

    def __init__(self, meaning: Meaning, planning: Planning, names: Mapping[str, Words]) -> None:
        self._names, self._calls = names, dict[str, exp.Anonymous]()
        for expression, call in _calls(meaning):
            # A plan of this call alone: it shows the threshold under the very name that the build gave it.
            alone = replace(planning, shown=[], thresholds={})
            alone.tags(Expression(call, Type.NUMBER, expression.names, expression.source))
            self._calls |= {shown.name: call for shown in alone.shown}

    def words(self, name: str, text: str | None) -> Words:
        """Return what a threshold is; `text` is the category or group it is of, if any."""
        kept = name.removesuffix(f" {text}") if text is not None else name
        call = self._calls.get(kept)
        if call is not None and str(call.this) == GAP:
            of = [exp.Literal.string(text)] if text is not None else []
            return say(exp.Anonymous(this=GAP, expressions=[call.expressions[0], *of]), self._names)
        said = say(call, self._names) if call is not None else _plain(kept)
        return said if text is None else Words(f"{said.en}, {text}", f"{said.zh}（{text}）")


def _calls(meaning: Meaning) -> Iterator[tuple[Expression, exp.Anonymous]]:
    for expression in held(meaning, Expression):
        for call in expression.tree.find_all(exp.Anonymous):
            if str(call.this) in POPULATION:
                yield expression, call


def _plain(name: str) -> Words:
    """Return the words of what bands and peers compare with; of anything else its name."""
    cut = _CUT.fullmatch(name)
    if cut:
        share = f"{float(cut[1]) * 100:.4g}%"
        return Words(f"{share} quantile", f"{share}分位")
    return _CENTRES.get(name, Words(name, name))
