"""model: what a model predicted: the value, how sure it was, or which version said so.

Predictions are stored apart (inputs/predictions.py); the version whose predictions are the newest at as_of counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.model import COLUMN_TYPES, Column, Type
from huaxiang.tag.kinds.base import Checking, Kind, Meaning, Naming, Planner
from huaxiang.words import Words

_GIVES = {
    "value": Words("what model {} predicts", "模型 {} 的预测值"),
    "confidence": Words("confidence of model {} in its prediction", "模型 {} 对预测的置信度"),
    "version": Words("the version of model {} that made the prediction", "作出预测的模型 {} 的版本"),
}


@dataclass(frozen=True)
class Predicted:
    """A checked model tag: of which model, and what of its prediction is given."""

    model: str
    give: str
    type: Type

    @property
    def needs(self) -> frozenset[str]:
        """It rests on predictions."""
        return frozenset()

    @property
    def formula(self) -> str:
        """The model, what it gives, and its type."""
        return f"{self.give} of model {self.model} as {self.type.value}"

    def plan(self, planner: Planner) -> exp.Expression:
        """Return the staged value; a new version may change anybody's."""
        planner.restless()
        return planner.stored()

    def rests(self) -> None:
        """Rest on no facts."""

    def words(self, naming: Naming) -> Words:
        """Return e.g. “模型 churn_90d 的预测值（最新版本）”."""
        words = _GIVES[self.give]
        return Words(f"{words.en.format(self.model)}, newest version", f"{words.zh.format(self.model)}（最新版本）")


@dataclass(frozen=True)
class Body:
    """A model tag as written; nothing of it needs the model of facts."""

    meaning: Predicted

    def mentions(self) -> Iterator[Text]:
        """Name no tags."""
        return iter(())

    def check(self, checking: Checking) -> Meaning:
        """Return the meaning."""
        return self.meaning


def parse(fields: Fields, faults: Faults) -> Body | None:
    """Read model: {name, give, type}."""
    node = fields.node_of("model", required=True) or Node(None)
    inner = Fields(node, "model", faults)
    name, give = inner.code("name"), inner.choice("give", _GIVES, "value")
    own = {"confidence": Type.NUMBER, "version": Type.TEXT}.get(give)
    type_ = Type(inner.choice("type", [each.value for each in COLUMN_TYPES], (own or Type.NUMBER).value))
    inner.finish()
    if own and type_ is not own:
        faults.add(node.place, f"the {give} of a prediction is {own.value}", f"预测的 {give} 类型是 {own.value}")
    return Body(Predicted(name, give, type_)) if name else None


KIND = Kind(
    "model",
    "model",
    Words("what a model predicted", "模型的预测"),
    parse,
    (
        Column("model", Type.TEXT, Words("model", "模型")),
        Column("version", Type.TEXT, Words("version", "版本")),
        Column("confidence", Type.NUMBER, Words("confidence", "置信度")),
        Column("made_at", Type.TIME, Words("predicted at", "预测时间")),
    ),
)
