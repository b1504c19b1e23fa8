"""peers: a customer's number beside those of a group: everybody, or who shares a value of other tags.

- percentile: how many hundredths of the group have no greater number, rounded down, 0 to 100: the number of cuts not
  above it, of the hundred cuts that are the group's exact quantiles 0.01 … 1;
- ratio: the number by the group's median (or mean), unknown when that is 0;
- difference: the number less the group's median (or mean).

Only known numbers count. A group with fewer than `least` known numbers is compared with everybody; who has no group,
or no number, has no value. What the group says is kept in tag_thresholds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.model import Type
from huaxiang.sql.render import fill
from huaxiang.tag.kinds.base import Checking, Kind, Meaning, Naming, Peers, Planner
from huaxiang.tag.wording import say
from huaxiang.words import Words

_LEAST = 30
_SHOWS = {
    "percentile": Words("percentile", "百分位"),
    "ratio": Words("ratio", "比值"),
    "difference": Words("difference", "差值"),
}
_CENTRES = {"median": Words("median", "中位数"), "mean": Words("average", "均值")}


@dataclass(frozen=True)
class Compared:
    """A checked comparison with peers."""

    peers: Peers
    shows: str
    centre: str

    @property
    def type(self) -> Type:
        """A percentile is whole, a difference of money is money."""
        if self.shows == "difference" and self.peers.of.type is Type.MONEY:
            return Type.MONEY
        return Type.INTEGER if self.shows == "percentile" else Type.NUMBER

    @property
    def needs(self) -> frozenset[str]:
        """The tags of the number and of the group."""
        return self.peers.of.names | (self.peers.group.names if self.peers.group else frozenset())

    @property
    def formula(self) -> str:
        """What is shown, the number, the group and its least size."""
        group = f" within {self.peers.group.canonical} of {self.peers.least}" if self.peers.group else ""
        centre = f" to {self.centre}" if self.shows != "percentile" else ""
        return f"{self.shows}{centre} of {self.peers.of.canonical}{group}"

    def plan(self, planner: Planner) -> exp.Expression:
        """Return the comparison with what the group says."""
        value = planner.tags(self.peers.of)
        unknown: exp.Expression = fill("_1 IS NULL", [exp.paren(value)])
        if self.peers.group is not None:
            unknown = exp.Or(this=unknown, expression=fill("_1 IS NULL", [exp.paren(planner.tags(self.peers.group))]))
        if self.shows == "percentile":
            # No tag is called _cut.
            count = "len(list_filter(_2, lambda _cut: _cut <= CAST(_1 AS DOUBLE)))"
            shown = fill(count, [exp.paren(value), planner.group_cuts(self.peers)])
        else:
            centre = planner.group_centre(self.peers, mean=self.centre == "mean")
            ratio = self.shows == "ratio"
            shown = fill(
                "CAST(_1 AS DOUBLE) / nullif(_2, 0)" if ratio else "CAST(_1 AS DOUBLE) - _2", [exp.paren(value), centre]
            )
        return exp.Case(ifs=[exp.If(this=unknown, true=exp.null())], default=shown)

    def rests(self) -> None:
        """Rest on tags."""

    def words(self, naming: Naming) -> Words:
        """Return e.g. “近90天消费额在城市相同的客户中的百分位”."""
        of, shows, centre = say(self.peers.of.tree, naming.tags), _SHOWS[self.shows], _CENTRES[self.centre]
        group = Words("all customers", "全体客户")
        small = Words("", "")
        if self.peers.group:
            by, least = say(self.peers.group.tree, naming.tags), self.peers.least
            group = Words(f"customers with the same {by.en}", f"{by.zh}相同的客户")
            small = Words(
                f"; where fewer than {least} are known, all customers", f"；已知人数不足{least}人时与全体客户比较"
            )
        if self.shows == "percentile":
            en = f"{shows.en} of {of.en} among {group.en}: how many of every 100 have the same or less"
            zh = f"{of.zh}在{group.zh}中的{shows.zh}：每100人中有多少人不超过此值"
        else:
            en = f"{shows.en} of {of.en} to the {centre.en} of {group.en}"
            zh = f"{of.zh}与{group.zh}的{centre.zh}的{shows.zh}"
        return Words(en + small.en, zh + small.zh)


@dataclass(frozen=True)
class Body:
    """A comparison as written."""

    of: Text | None
    within: Text | None
    shows: str
    centre: str
    least: int

    def mentions(self) -> Iterator[Text]:
        """Yield the number and the group."""
        if self.of:
            yield self.of
        if self.within:
            yield self.within

    def check(self, checking: Checking) -> Meaning | None:
        """Check the number and the group; a function over everybody cannot be in what everybody is compared by."""
        alone = replace(checking, functions={})
        of = alone.over_tags(self.of) if self.of else None
        group = alone.over_tags(self.within) if self.within else None
        if self.within and group and group.type is Type.TEXTS:
            checking.faults.add(
                self.within.place,
                f"{self.within.text!r} is a list: peers share one value, such as item({self.within.text}, 1)",
                f"“{self.within.text}”是列表：同组客户应有同一个取值，例如 item({self.within.text}, 1)",
            )
            group = None
        if self.of and of is not None and not (of.type.numeric or of.type is Type.NULL):
            checking.faults.add(
                self.of.place,
                f"peers compare numbers, and {self.of.text!r} is {of.type}",
                f"peers 比较的是数字，“{self.of.text}”是 {of.type}",
            )
            return None
        if of is None or (self.within and group is None):
            return None
        return Compared(Peers(of, group, self.least), self.shows, self.centre)


def parse(fields: Fields, faults: Faults) -> Body:
    """Read peers: {of, within, as, to, least}."""
    node = fields.node_of("peers", required=True) or Node(None)
    inner = Fields(node, "peers", faults)
    of, within = inner.text("of", required=True), inner.text("within")
    shows, centre = inner.choice("as", _SHOWS, "percentile"), inner.choice("to", _CENTRES, "median")
    least = inner.integer("least", _LEAST)
    inner.finish()
    if least < 1:
        faults.add(node.place, "least is at least 1", "least 至少为 1")
    if shows == "percentile" and "to" in inner:
        faults.add(
            node.place,
            "a percentile is within the group; to goes with ratio and difference",
            "percentile 是组内百分位；to 只用于 ratio 与 difference",
        )
    return Body(of, within, shows, centre, least)


KIND = Kind("peers", "peers", Words("a number beside those of a group", "与同组客户相比"), parse)
