"""Predictions: the newest version at as_of counts, and nothing there is said plainly."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from huaxiang.errors import ProjectError
from huaxiang.inputs.predictions import write_predictions
from tests.inputs.shop import desk, merge, staged
from tests.tag.tag_shop import ago

CHURN = "- {tag: x, model: {name: churn}}"


def predict(root: Path, version: str, at: datetime, scores: dict[int, Any], confidence: float = 0.5) -> Path:
    table = pa.table(
        {"subject": list(scores), "value": list(scores.values()), "confidence": [confidence] * len(scores)}
    )
    return write_predictions(root, "churn", version, at, table)


def test_the_newest_version_at_as_of_counts_for_everybody(tmp_path: Path) -> None:
    predict(tmp_path, "v1", ago(30), {1: 0.1, 2: 0.2})
    predict(tmp_path, "v2", ago(10), {1: 1 / 3})
    predict(tmp_path, "v3", ago(-1), {1: 0.9, 2: 0.9, 3: 0.9})
    with desk(tmp_path) as context:
        values, found = staged(context, CHURN)
    assert values == {1: 1 / 3}
    assert (found["rows"], found["used"], found["idle"]) == (3, 1, 2)
    with desk(tmp_path, as_of=ago(20)) as context:
        assert staged(context, CHURN)[0] == {1: 0.1, 2: 0.2}


def test_a_version_may_score_again(tmp_path: Path) -> None:
    predict(tmp_path, "v1", ago(30), {1: 0.1, 2: 0.2})
    predict(tmp_path, "v1", ago(10), {1: 0.4})
    with desk(tmp_path) as context:
        assert staged(context, CHURN)[0] == {1: 0.4, 2: 0.2}


def test_written_twice_is_written_once(tmp_path: Path) -> None:
    first, second = predict(tmp_path, "v/1", ago(3), {1: 0.1}), predict(tmp_path, "v/1", ago(3), {1: 0.7})
    assert first == second
    with desk(tmp_path) as context:
        assert staged(context, CHURN)[0] == {1: 0.7}


def test_confidence_and_version_can_be_given(tmp_path: Path) -> None:
    predict(tmp_path, "v1", ago(3), {1: "stays"}, confidence=0.8)
    with desk(tmp_path) as context:
        assert staged(context, "- {tag: x, model: {name: churn, give: confidence}}")[0] == {1: 0.8}
        assert staged(context, "- {tag: x, model: {name: churn, give: version}}")[0] == {1: "v1"}
        assert staged(context, "- {tag: x, model: {name: churn, type: text}}")[0] == {1: "stays"}
        values, found = staged(context, CHURN)
    assert values == {} and found["stopped"]["invalid:value"]["rows"] == 1


def test_predictions_follow_merges_the_surer_of_two_counts(tmp_path: Path) -> None:
    predict(tmp_path, "v1", ago(3), {1: 0.1, 99: 0.5}, confidence=0.9)
    table = pa.table({"subject": [1, 2, 99], "value": [0.1, 0.2, 0.3], "confidence": [0.9, 0.6, 0.5]})
    write_predictions(tmp_path, "churn", "v1", ago(3), table)
    with desk(tmp_path) as context:
        merge(context.engine, (1, 3, 2), (2, 3, 2))
        values, found = staged(context, CHURN)
    assert values == {3: 0.1}
    assert (found["rows"], found["used"], found["idle"]) == (3, 1, 1)
    assert found["stopped"]["unknown:subject"]["rows"] == 1


def test_a_model_that_predicted_nothing_says_so(tmp_path: Path) -> None:
    with desk(tmp_path) as context:
        values, found = staged(context, CHURN)
    assert values == {}
    assert found["note"]["en"] == "model churn has predicted nothing yet: everybody is unknown"
    assert found["note"]["zh"] == "模型 churn 还没有任何预测，所有客户未知"


def test_a_model_has_a_code_and_predictions_three_columns(tmp_path: Path) -> None:
    table = pa.table({"subject": [1], "value": [0.1], "confidence": [0.9]})
    with pytest.raises(ProjectError):
        write_predictions(tmp_path, "../churn", "v1", ago(1), table)
    with pytest.raises(ProjectError):
        write_predictions(tmp_path, "churn", "v1", ago(1), table.drop(["confidence"]))
    assert not (tmp_path / "predictions").exists()
