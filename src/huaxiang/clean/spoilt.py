"""Single values that cannot be used though their row can: each becomes null, with the reason beside it."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.clean.normalise.figures import SUSPECT, written_out
from huaxiang.clean.plan import CleanPlan
from huaxiang.connectors.marks import MERGED, NO_RESULT, ODD, may_be_marked, unmarked
from huaxiang.words import Words

SPOILT_REASONS = {
    "undecodable": Words("bytes that are no text in this encoding", "含有编码无法识别的字节"),
    "no_result": Words("formula without a result", "公式没有计算结果"),
    "merged": Words(
        "one amount in a cell merged over several rows; it counts in the first of them",
        "合并单元格中的一个数值跨多行，只计入第一行",
    ),
    "shortened": Words("a number of which a spreadsheet has left out digits", "数字被电子表格缩短，已丢失部分位数"),
}
"""Why a value is spoilt, as rules say it before the column's name: "shortened:phone"."""


@dataclass(frozen=True)
class Spoilt:
    """Rows without what is spoilt in them; `columns` are those in which something is, each with its reasons beside."""

    rows: pa.Table
    columns: frozenset[str] = frozenset()


def reason_column(column: str) -> str:
    """Return what the column is called that says why the values of another are spoilt: null where they are not."""
    return f":why {column}"


def without_spoilt(rows: pa.Table, plan: CleanPlan) -> Spoilt:
    """Return the rows without the spoilt values of the columns that the plan uses."""
    found: dict[str, pa.ChunkedArray] = {}
    for name in plan.used:
        texts, reasons = rows[name], []
        if may_be_marked(texts):
            reasons += _marks(texts, name in plan.measures)
            texts = unmarked(texts)
        if name in plan.exact:
            suspect = pc.fill_null(pc.match_substring_regex(texts, SUSPECT), False)
            if pc.any(suspect).as_py():
                texts = _written_out(texts, suspect)
                reasons.append((pc.and_(suspect, pc.is_null(texts)), "shortened"))
        if texts is not rows[name]:
            why = _first(reasons, len(texts))
            texts = pc.if_else(pc.is_null(why), texts, pa.scalar(None, pa.string()))
            rows = rows.set_column(rows.column_names.index(name), name, texts)
            if why.null_count < len(why):
                found[name] = why
    for name, why in found.items():
        rows = rows.append_column(reason_column(name), why)
    return Spoilt(rows, frozenset(found))


Reasons = list[tuple[pa.ChunkedArray, str]]
"""Where a reason holds, and what it is called."""


def _marks(texts: pa.ChunkedArray, measure: bool) -> Reasons:
    found = [
        (pc.starts_with(texts, NO_RESULT), "no_result"),
        (pc.match_substring_regex(texts, ODD), "undecodable"),
    ]
    return [*found, (pc.starts_with(texts, MERGED), "merged")] if measure else found


def _first(reasons: Reasons, rows: int) -> pa.ChunkedArray:
    why: pa.ChunkedArray = pa.chunked_array([pa.nulls(rows, pa.string())])
    for where, reason in reasons:
        why = pc.coalesce(why, pc.if_else(where, pa.scalar(reason), pa.scalar(None, pa.string())))
    return why


def _written_out(texts: pa.ChunkedArray, suspect: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column with its suspect texts written out in full, null for those of which digits are gone."""
    full = [written_out(text) for text in texts.filter(suspect).to_pylist()]
    where = suspect.combine_chunks()
    return pa.chunked_array([pc.replace_with_mask(texts.combine_chunks(), where, pa.array(full, pa.string()))])
