"""bands: a number in bands, by fixed cuts or by quantiles of the population.

Quantile bands score 1 … n; the cuts are exact quantiles of the known values and are kept in tag_thresholds. Equal
values share a score: a value equal to a cut is below it, and of several equal cuts below the first. So where many are
equal, groups differ in size and some scores are nobody's. An unknown number has no band.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from sqlglot import exp

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.model import Type
from huaxiang.sql.check import Expression
from huaxiang.tag.kinds.base import Checking, Kind, Meaning, Naming, Planner
from huaxiang.tag.kinds.population import checked
from huaxiang.tag.wording import say
from huaxiang.words import Words

_CUT = re.compile(r"(<=|>=|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_COMPARES: Mapping[str, type[exp.Binary]] = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE, "=": exp.EQ}
_SHOWN: Mapping[str, str] = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "="}


@dataclass(frozen=True)
class Cut:
    """One band: its label, and the comparison a value in it satisfies."""

    label: str
    sign: str
    bound: str


@dataclass(frozen=True)
class Cuts:
    """Checked bands by fixed cuts."""

    of: Expression
    cuts: tuple[Cut, ...]
    otherwise: str | None
    type: Type = Type.TEXT

    @property
    def needs(self) -> frozenset[str]:
        """The tags the number is made of."""
        return self.of.names

    @property
    def formula(self) -> str:
        """The number and its cuts in order."""
        cuts = "; ".join(f"{cut.label} {cut.sign} {cut.bound}" for cut in self.cuts)
        return f"bands of {self.of.canonical}: {cuts}; else {self.otherwise}"

    def plan(self, planner: Planner) -> exp.Expression:
        """Return a CASE that leaves the unknown unknown."""
        value = exp.paren(planner.tags(self.of))
        ifs = [exp.If(this=exp.Is(this=value.copy(), expression=exp.null()), true=exp.null())]
        for cut in self.cuts:
            test = _COMPARES[cut.sign](this=value.copy(), expression=_number(cut.bound))
            ifs.append(exp.If(this=test, true=exp.Literal.string(cut.label)))
        default = exp.null() if self.otherwise is None else exp.Literal.string(self.otherwise)
        return exp.Case(ifs=ifs, default=default)

    def rests(self) -> None:
        """Rest on tags."""

    def words(self, naming: Naming) -> Words:
        """Return the bands in order."""
        of = say(self.of.tree, naming.tags)
        said = [(naming.value(cut.label), f" {_SHOWN[cut.sign]} {cut.bound}") for cut in self.cuts]
        said += [(naming.value(self.otherwise), "")] if self.otherwise is not None else []
        en, zh = "; ".join(label.en + cut for label, cut in said), "；".join(label.zh + cut for label, cut in said)
        return Words(f"{of.en} in bands: {en}", f"{of.zh}分段：{zh}")


@dataclass(frozen=True)
class Scores:
    """Checked bands by quantiles."""

    of: Expression
    scores: int
    reverse: bool
    labels: tuple[str, ...]

    @property
    def type(self) -> Type:
        """A whole number, or the label's text."""
        return Type.TEXT if self.labels else Type.INTEGER

    @property
    def needs(self) -> frozenset[str]:
        """The tags the number is made of."""
        return self.of.names

    @property
    def formula(self) -> str:
        """The number, how many scores, which way, labels."""
        way = " reverse" if self.reverse else ""
        return f"{self.scores} quantiles{way} of {self.of.canonical} {list(self.labels) or ''}".strip()

    def plan(self, planner: Planner) -> exp.Expression:
        """Return a CASE over the cuts: a value equal to a cut belongs below it."""
        value, names = exp.paren(planner.tags(self.of)), list(range(1, self.scores + 1))
        if self.reverse:
            names.reverse()
        ifs = [exp.If(this=exp.Is(this=value.copy(), expression=exp.null()), true=exp.null())]
        for name, cut in zip(names, planner.quantiles(self.of, self.scores), strict=False):
            ifs.append(exp.If(this=exp.LTE(this=value.copy(), expression=cut), true=self._shown(name)))
        return exp.Case(ifs=ifs, default=self._shown(names[-1]))

    def _shown(self, score: int) -> exp.Expression:
        return exp.Literal.string(self.labels[score - 1]) if self.labels else exp.Literal.number(score)

    def rests(self) -> None:
        """Rest on tags."""

    def words(self, naming: Naming) -> Words:
        """Return e.g. “按末单距今天数把全体客户分成5份，数值小者得分高”."""
        of = say(self.of.tree, naming.tags)
        return Words(
            f"all customers in {self.scores} groups of equal size by {of.en} (equal numbers share a score, so sizes "
            f"may differ); the {'lowest' if self.reverse else 'highest'} numbers score {self.scores}",
            f"按{of.zh}把客户等分为{self.scores}组（数值相同者同分，各组人数可能不等），"
            f"数值最{'小' if self.reverse else '大'}的一组得{self.scores}分",
        )

    @property
    def values(self) -> tuple[str, ...]:
        """Every score, or its label, as text."""
        return self.labels or tuple(str(score) for score in range(1, self.scores + 1))


@dataclass(frozen=True)
class Body:
    """Bands as written."""

    of: Text | None
    cuts: tuple[Cut, ...]
    otherwise: str | None
    quantiles: int
    reverse: bool
    labels: tuple[str, ...]

    def mentions(self) -> Iterator[Text]:
        """Yield the number's expression."""
        if self.of:
            yield self.of

    def check(self, checking: Checking) -> Meaning | None:
        """Check that it is a number."""
        of = checked(checking, self.of, Type.NUMBER) if self.of else None
        if of is None:
            return None
        if self.cuts:
            return Cuts(of, self.cuts, self.otherwise)
        return Scores(of, self.quantiles, self.reverse, self.labels)


def parse(fields: Fields, faults: Faults) -> Body:
    """Read bands: {of, cuts} or {of, quantiles, reverse, labels}."""
    node = fields.node_of("bands", required=True) or Node(None)
    inner = Fields(node, "bands", faults)
    of, cuts = inner.text("of", required=True), inner.text_map("cuts")
    otherwise = cuts.pop("else", None)
    quantiles, reverse = inner.integer("quantiles", 0), inner.flag("reverse")
    labels = tuple(label.text for label in inner.texts("labels"))
    inner.finish()
    if not cuts and not 2 <= quantiles <= 100:
        faults.add(
            node.place,
            "bands need cuts, or quantiles between 2 and 100",
            "bands 需要 cuts，或 2 到 100 之间的 quantiles",
        )
    if cuts and quantiles:
        faults.add(node.place, "bands take cuts or quantiles, not both", "bands 的 cuts 与 quantiles 只能选一个")
    if labels and len(labels) != quantiles:
        faults.add(
            node.place,
            f"{quantiles} quantiles need {quantiles} labels, not {len(labels)}",
            f"{quantiles} 个分位组需要 {quantiles} 个 labels，这里有 {len(labels)} 个",
        )
    found = _cuts(cuts, faults)
    rest = otherwise.text if otherwise else None
    return Body(of, found, rest, quantiles, reverse, labels)


def _cuts(written: Mapping[str, Text], faults: Faults) -> tuple[Cut, ...]:
    found = []
    for label, text in written.items():
        parts = _CUT.fullmatch(text.text.strip())
        if parts is None:
            faults.add(
                text.place,
                f'{text.text!r} is not a cut such as "< 100"',
                f'“{text.text}”不是分段条件，应形如 "< 100"',
            )
        else:
            found.append(Cut(label, parts[1], parts[2]))
    for before, after in pairwise(found):
        below = before.sign in ("<", "<=") and after.sign in ("<", "<=")
        if below and float(after.bound) <= float(before.bound) and before.sign == after.sign:
            faults.add(
                written[after.label].place,
                f"band {after.label!r} can never be: the one before takes everything {before.sign} {before.bound}",
                f"分段“{after.label}”不可能命中：前一段已包含 {before.sign} {before.bound}",
            )
    return tuple(found)


def _number(text: str) -> exp.Expression:
    return exp.Neg(this=exp.Literal.number(text[1:])) if text.startswith("-") else exp.Literal.number(text)


KIND = Kind("bands", "bands", Words("a number in bands", "数值分段"), parse)
