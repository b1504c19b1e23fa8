"""psychological: what somebody seems to be like, from survey answers or stated rules of behaviour.

Each piece of evidence says one answer. With a `from` every fact that meets `when` is a piece (at most `most` of them);
without it a condition over other tags is one piece where it holds. With

    W(a) = Σ weight × pieces that say a,    n = all pieces,

the value is the answer with the greatest W; unknown while n < `least`, and undecided (unknown) when two answers are
equal. Its confidence, always a tag of its own (CODE_confidence, 0 to 1), is

    W(value) / Σ W(a)  ×  (1 − 2^(−n / least)):

how much of the weight agrees, times how far n has gone from none towards plenty: 1/2 at `least`, 3/4 at twice that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.model import FactTable, Type
from huaxiang.sql.check import Expression, Scope, check
from huaxiang.sql.render import fill
from huaxiang.tag.kinds.base import Checking, Companion, Kind, Meaning, Naming, Planner, Rests, Selection, anded
from huaxiang.tag.kinds.population import checked
from huaxiang.tag.window import Span, span
from huaxiang.tag.wording import say, selected
from huaxiang.words import Words

METHODS = {
    "survey": Words("as stated in surveys", "依据问卷自述"),
    "behaviour": Words("inferred from behaviour", "依据行为推断"),
}


@dataclass(frozen=True)
class Piece:
    """A checked piece of evidence: facts of `selection`, or a condition over tags when it has none."""

    says: str
    when: Expression
    weight: Decimal
    selection: Selection | None
    count: Expression | None
    most: int

    @property
    def text(self) -> str:
        """The piece as one text, for hashes and formulas."""
        base = self.selection.text() if self.selection else f"when {self.when.canonical}"
        most = f" at most {self.most}" if self.most else ""
        return f"{self.says} weighs {self.weight:f} {base}{most}"

    def plan(self, planner: Planner) -> exp.Expression:
        """Return how many pieces there are."""
        if self.selection is None or self.count is None:
            return fill("CASE WHEN _1 THEN 1 ELSE 0 END", [planner.tags(self.when)])
        count = planner.statistic(self.count, self.selection)
        return fill(f"least(_1, {self.most})", [count]) if self.most else count


@dataclass(frozen=True)
class Read:
    """What is read from the evidence."""

    trait: Words
    method: str
    pieces: tuple[Piece, ...]
    least: int

    @property
    def needs(self) -> frozenset[str]:
        """The tags that conditions without facts name."""
        return frozenset[str]().union(*(piece.when.names for piece in self.pieces if piece.selection is None))

    @property
    def text(self) -> str:
        """Everything that decides, as one text."""
        return f"{self.method}: {'; '.join(piece.text for piece in self.pieces)}; least {self.least}"

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers in the order in which they were written."""
        return tuple(dict.fromkeys(piece.says for piece in self.pieces))

    def weights(self, planner: Planner) -> list[exp.Expression]:
        """Return W(a) for each answer."""
        found: list[exp.Expression] = []
        for answer in self.answers:
            terms = [
                fill(f"_1 * {piece.weight:f}", [piece.plan(planner)]) for piece in self.pieces if piece.says == answer
            ]
            found.append(exp.paren(_sum(terms)))
        return found

    def winner(self, planner: Planner) -> exp.Expression:
        """Return the answer with more weight than every other."""
        weights = self.weights(planner)
        ifs = []
        for place, answer in enumerate(self.answers):
            others = [weight for other, weight in enumerate(weights) if other != place]
            more = fill("_1 > greatest(0, _2)" if others else "_1 > 0", [weights[place], _greatest(others)])
            ifs.append(exp.If(this=more, true=exp.Literal.string(answer)))
        enough = fill(f"_1 >= {self.least}", [self.pieces_known(planner)])
        return exp.Case(ifs=[exp.If(this=enough, true=exp.Case(ifs=ifs))])

    def pieces_known(self, planner: Planner) -> exp.Expression:
        """Return n, the number of pieces."""
        return exp.paren(_sum([piece.plan(planner) for piece in self.pieces]))

    def rests(self) -> Rests | None:
        """Return the facts that are evidence, by table and window."""
        groups: dict[tuple[str, Span | None], list[Expression]] = {}
        for piece in self.pieces:
            if piece.selection:
                groups.setdefault((piece.selection.table, piece.selection.window), []).append(piece.when)
        found = [
            Rests(anded(Selection(table, None, window), *whens), tuple(sorted(set().union(*(w.names for w in whens)))))
            for (table, window), whens in groups.items()
        ]
        return Rests(found[0].selection, found[0].columns, more=tuple(found[1:])) if found else None

    def words(self, naming: Naming) -> Words:
        """Return which evidence says what."""
        said = [_said(piece, naming) for piece in self.pieces]
        return Words("; ".join(each.en for each in said), "；".join(each.zh for each in said))


@dataclass(frozen=True)
class Trait:
    """A checked psychological tag: the answer with the greatest weight."""

    read: Read
    type: Type = Type.TEXT

    @property
    def needs(self) -> frozenset[str]:
        """The tags that conditions name."""
        return self.read.needs

    @property
    def formula(self) -> str:
        """The method, the evidence, how much is needed."""
        return f"weightiest answer by {self.read.text}"

    def plan(self, planner: Planner) -> exp.Expression:
        """Return the answer."""
        return self.read.winner(planner)

    def rests(self) -> Rests | None:
        """Return the facts that are evidence."""
        return self.read.rests()

    def words(self, naming: Naming) -> Words:
        """Return e.g. “价格敏感，依据问卷自述：…，权重最大者为准，至少2条依据”."""
        said, method, trait = self.read.words(naming), METHODS[self.read.method], self.read.trait
        least = self.read.least
        return Words(
            f"{trait.en}, {method.en}: {said.en}. The answer with the greatest weight is taken,"
            f" from at least {least} {'piece' if least == 1 else 'pieces'} of evidence",
            f"{trait.zh}，{method.zh}：{said.zh}。取权重合计最大的答案，至少要有{least}条依据",
        )


@dataclass(frozen=True)
class Confidence:
    """How sure a psychological tag is."""

    read: Read
    type: Type = Type.NUMBER

    @property
    def needs(self) -> frozenset[str]:
        """The tags that conditions name."""
        return self.read.needs

    @property
    def formula(self) -> str:
        """The method, the evidence, how much is needed."""
        return f"share of the winning weight × (1 − 2^(−pieces / {self.read.least})) by {self.read.text}"

    def plan(self, planner: Planner) -> exp.Expression:
        """Return the confidence where there is an answer."""
        weights, count = self.read.weights(planner), self.read.pieces_known(planner)
        share, least = "CAST(_2 AS DOUBLE) / CAST(_3 AS DOUBLE)", f"CAST({self.read.least} AS DOUBLE)"
        return fill(
            f"CASE WHEN _1 IS NOT NULL THEN {share} * (1 - pow(CAST(2 AS DOUBLE), -_4 / {least})) END",
            [self.read.winner(planner), _greatest(weights), exp.paren(_sum(weights)), count],
        )

    def rests(self) -> Rests | None:
        """Return the facts that are evidence."""
        return self.read.rests()

    def words(self, naming: Naming) -> Words:
        """Return how it comes about."""
        trait, method, least = self.read.trait, METHODS[self.read.method], self.read.least
        return Words(
            f"confidence in {trait.en}, {method.en}, 0 to 1: the winning answer's share of the weight"
            f" × (1 − 2^(−pieces of evidence / {least}))",
            f"{trait.zh}的把握程度，{method.zh}，0 到 1：胜出答案的权重占比 ×（1 − 2^(−依据条数 / {least})）",
        )


@dataclass(frozen=True)
class Evidence:
    """A piece of evidence as written."""

    when: Text
    table: Text | None
    window: Span | None
    weight: Decimal
    says: Text
    most: int


@dataclass(frozen=True)
class Body:
    """A psychological tag as written."""

    trait: Words
    method: str
    evidence: tuple[Evidence, ...]
    least: int

    def mentions(self) -> Iterator[Text]:
        """Yield the conditions over tags."""
        yield from (each.when for each in self.evidence if each.table is None)

    def read(self, checking: Checking) -> Read | None:
        """Check every piece of evidence."""
        pieces = [_piece(each, checking) for each in self.evidence]
        good = tuple(piece for piece in pieces if piece)
        return Read(self.trait, self.method, good, self.least) if len(good) == len(pieces) else None

    def check(self, checking: Checking) -> Meaning | None:
        """Check every piece of evidence."""
        read = self.read(checking)
        return Trait(read) if read else None


@dataclass(frozen=True)
class ConfidenceBody:
    """The confidence that goes with a psychological tag."""

    of: Body

    def mentions(self) -> Iterator[Text]:
        """Yield the conditions over tags."""
        return self.of.mentions()

    def check(self, checking: Checking) -> Meaning | None:
        """Check as the tag itself is checked."""
        read = self.of.read(checking)
        return Confidence(read) if read else None


def _piece(each: Evidence, checking: Checking) -> Piece | None:
    if each.table is None:
        when = checked(checking, each.when, Type.BOOL)
        return Piece(each.says.text, when, each.weight, None, None, 0) if when else None
    facts = checking.facts(each.table)
    found = _of_facts(each, facts, checking)
    if facts is None or found is None:
        return None
    when, count = found
    return Piece(each.says.text, when, each.weight, Selection(facts.name, when, each.window), count, each.most)


def _of_facts(each: Evidence, facts: FactTable | None, checking: Checking) -> tuple[Expression, Expression] | None:
    when = checking.over_facts(each.when, facts, want=Type.BOOL)
    count = check(Text("count(*)"), Scope({}, aggregates=True), checking.faults)
    return (when, count) if when and count else None


def _said(piece: Piece, naming: Naming) -> Words:
    weight = Words(f" (weight {piece.weight:f})", f"（权重 {piece.weight:f}）") if piece.weight != 1 else Words("", "")
    says = naming.value(piece.says)
    if piece.selection is None:
        when = say(piece.when.tree, naming.tags)
        return Words(f"{when.en} says {says.en}{weight.en}", f"{when.zh}说明{says.zh}{weight.zh}")
    base = selected(piece.selection, naming, naming.columns(piece.selection.table))
    en = f"each of these says {says.en}{weight.en}: {base.en}"
    zh = f"每条{base.zh}说明{says.zh}{weight.zh}"
    return Words(f"{en} (at most {piece.most})", f"{zh}（最多{piece.most}条）") if piece.most else Words(en, zh)


def _sum(terms: list[exp.Expression]) -> exp.Expression:
    total = terms[0]
    for term in terms[1:]:
        total = exp.Add(this=total, expression=term)
    return total


def _greatest(terms: list[exp.Expression]) -> exp.Expression:
    return exp.Anonymous(this="greatest", expressions=[term.copy() for term in terms] or [exp.Literal.number(0)])


def parse(fields: Fields, faults: Faults) -> Body:
    """Read psychological: {trait, method, evidence, least}."""
    node = fields.node_of("psychological", required=True) or Node(None)
    inner = Fields(node, "psychological", faults)
    trait, least = inner.words("trait", ""), inner.integer("least", 1)
    method = inner.text("method", required=True)
    evidence = inner.node_of("evidence", required=True)
    inner.finish()
    if method and method.text not in METHODS:
        faults.add(
            method.place,
            f"method is {' or '.join(METHODS)}, not {method.text!r}",
            f"method 只能是 {'、'.join(METHODS)}，不能是“{method.text}”",
            word=method.text,
            known=METHODS,
        )
    if least < 1:
        faults.add(node.place, "least is at least 1", "least 至少为 1")
    if not trait.zh and node.mapping:
        faults.add(node.place, "psychological lacks 'trait'", "psychological 缺少“trait”")
    pieces = tuple(
        piece for piece in (_evidence(item, faults) for item in (evidence.items if evidence else ())) if piece
    )
    if evidence and not evidence.items:
        faults.add(evidence.place, "evidence is empty", "evidence 为空")
    return Body(trait, method.text if method else "", pieces, least)


def _evidence(node: Node, faults: Faults) -> Evidence | None:
    inner = Fields(node, "evidence", faults)
    when, says = inner.text("when", required=True), inner.text("says", required=True)
    table, window = inner.text("from"), span(inner.text("window"), faults)
    weight, most = _weight(inner.text("weight"), faults), inner.integer("most", 0)
    inner.finish()
    if table is None and ("window" in inner or "most" in inner):
        faults.add(
            node.place,
            "window and most go with from: a condition over tags is one piece",
            "window 与 most 须与 from 同用：对标签的条件只算一条依据",
        )
    if most < 0 or ("most" in inner and most == 0):
        faults.add(node.place, "most is at least 1", "most 至少为 1")
    return Evidence(when, table, window, weight, says, most) if when and says else None


def _weight(text: Text | None, faults: Faults) -> Decimal:
    if text is None:
        return Decimal(1)
    try:
        found = Decimal(text.text)
    except InvalidOperation:
        found = Decimal(0)
    if not Decimal("0.001") <= found <= 1000 or found != round(found, 3):
        faults.add(
            text.place,
            f"weight is a number from 0.001 to 1000 with at most three decimals, not {text.text!r}",
            f"weight 应为 0.001 到 1000、最多三位小数的数字，不能是“{text.text}”",
        )
        return Decimal(1)
    return found


KIND = Kind(
    "psychological",
    "psychological",
    Words("what somebody seems to be like, with method and confidence", "心理特征，注明方法与置信度"),
    parse,
    dimension="psychological",
    companion=Companion("_confidence", Words("Confidence: {}", "{}（置信度）"), "percent", ConfidenceBody),
)
