"""A definition tried on a sample of a build: how many customers would have a value, and how the values are spread.

Nothing is written: everything lives in temporary tables of a connection of its own. The sample is a few runs of
consecutive ids, spread evenly over all: ids are keyed hashes (but customers with many identifiers tend to small ones,
so one run would not be fair), and facts are stored in the order of the ids, so that only a small part of them is read.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.errors import NotAllowed, ProjectError
from huaxiang.inputs.stage import context_of, stage_inputs
from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild
from huaxiang.read.distribution import Distribution, distribution
from huaxiang.steps import run_steps
from huaxiang.tag.compile import Target, plan_tags
from huaxiang.tag.kinds.base import input_table
from huaxiang.tag.kinds.imported import Imported
from huaxiang.tag.plan import known_hashes
from huaxiang.tag.tagset import TagSet, definition_hashes
from huaxiang.words import Words

SAMPLE = 20_000
"""So many customers tell a share to within 0.7 percentage points, 19 times in 20."""
RUNS = 8
FEW = 3
"""A value read from elsewhere is shown when so many have it."""
_SURE = 1.96
_AMONG = "preview_among"
# Named as the build's own table is, so that whatever reads a build's tags reads these instead.
_TARGET = Target(prefix="preview", temporary=True, among=_AMONG, pass_from=None)


@dataclass(frozen=True)
class Preview:
    """What a definition gives on a sample of `sample` of all `customers`.

    `spread` counts the sample alone. `estimate` is how many of all would have a value, give or take `margin` (19 times
    in 20); with everybody in the sample it is exact and `margin` is 0. What compares with everybody (quantiles, groups)
    compares within the sample.
    """

    code: str
    build: int
    sample: int
    customers: int
    spread: Distribution
    estimate: int
    margin: int
    seconds: float

    @property
    def whole(self) -> bool:
        """Whether nobody was left out."""
        return self.sample == self.customers


def preview(current: CurrentBuild, project: Project, code: str, *, most: int = SAMPLE) -> Preview:
    """Compute one tag of `project` (the build's project with a draft in it, checked) for a sample of the build.

    Raises StepError when the engine refuses it, NotAllowed when that would have a database or a place outside the
    project read, ProjectError when the values of a tag that come from elsewhere cannot be had.
    """
    begun = time.perf_counter()
    tagset = project.tags.closure([code])
    with current.engine.cursor() as engine:
        sample = _draw(current, engine, most)
        missing = list(_not_staged(engine, tagset))
        if missing:
            _only_within(tagset, missing)
            context = context_of(project, current.registry, engine, current.build.as_of, temporary=True)
            for told in stage_inputs(context, tagset, missing).values():
                if told["failed"]:
                    raise ProjectError(Words(**told["failed"]))
        plan = plan_tags(tagset, as_of=current.build.as_of, zone=project.zone, engine=engine, target=_TARGET)
        run_steps(engine, plan.steps)
        tried = replace(current, project=project, engine=engine, answers={"customers": sample})
        spread = _of_many(distribution(tried, code)) if code in missing else distribution(tried, code)
    everybody = current.customers
    estimate, margin = _estimate(spread.known, sample, everybody)
    return Preview(code, current.build.id, sample, everybody, spread, estimate, margin, time.perf_counter() - begun)


def _draw(current: CurrentBuild, engine: Engine, most: int) -> int:
    """Make the table of the sample, and let each fact table's name show the sample's facts alone; return its size."""
    runs = current.once(("preview", most), lambda: _runs(engine, most))
    mine = " OR ".join(f"subject BETWEEN {low} AND {high}" for low, high in runs) or "true"
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE {_AMONG} AS SELECT subject FROM subjects WHERE {mine}", step="preview: sample"
    )
    if runs:
        database = quoted(str(engine.one("SELECT current_database()")))
        for table in current.project.model.facts:
            if table in current.tables:
                sql = f"SELECT * FROM {database}.main.{quoted(table)} WHERE {mine}"
                engine.run(f"CREATE OR REPLACE TEMP VIEW {quoted(table)} AS {sql}", step="preview: facts")
    return int(engine.one(f"SELECT count(*) FROM {_AMONG}"))


def _runs(engine: Engine, most: int) -> list[tuple[int, int]]:
    """Return the first and last id of each run, one in the middle of each part of all; none: everybody is wanted."""
    everybody = int(engine.one("SELECT count(*) FROM subjects"))
    if everybody <= most:
        return []
    count = max(most // RUNS, 1)
    starts = [(2 * run + 1) * everybody // (2 * RUNS) - count // 2 for run in range(RUNS)]
    ends = ", ".join(f"({start + 1}, {start + count})" for start in starts)
    sql = (
        f"WITH placed AS (SELECT subject, row_number() OVER (ORDER BY subject) AS place FROM subjects) "
        f"SELECT min(subject), max(subject) FROM placed JOIN (VALUES {ends}) AS runs(low, high) "
        "ON place BETWEEN low AND high GROUP BY low ORDER BY low"
    )
    return [(int(low), int(high)) for low, high in engine.rows(sql)]


def _not_staged(engine: Engine, tagset: TagSet) -> Iterable[str]:
    """Return the tags whose values come from elsewhere and are not in the build as they are defined now."""
    before, tables, hashes = known_hashes(engine) or {}, engine.tables(), definition_hashes(tagset)
    return [
        code
        for code, tag in tagset.tags.items()
        if tag.kind.stored is not None and (before.get(code) != hashes[code] or input_table(code) not in tables)
    ]


def _of_many(spread: Distribution) -> Distribution:
    """Return a spread without the values that few have: in a column nobody has looked at, they may name somebody."""
    if spread.shape != "values":
        return spread
    bars = tuple(bar for bar in spread.bars if bar.count >= FEW)
    return replace(spread, bars=bars, others=spread.others + sum(bar.count for bar in spread.bars if bar not in bars))


def _only_within(tagset: TagSet, codes: Iterable[str]) -> None:
    """Raise NotAllowed for a tag that would have a database or a folder outside the project read."""
    for code in codes:
        meaning = tagset.meanings[code]
        if isinstance(meaning, Imported) and not meaning.within:
            name = tagset.tags[code].name
            raise NotAllowed(
                Words(
                    f"{name.en} reads a database or a folder outside the project: only a build does that",
                    f"“{name.zh}”要读取数据库或项目外的文件夹：只有构建时才会读取",
                )
            )


def _estimate(known: int, sample: int, everybody: int) -> tuple[int, int]:
    if not sample or sample == everybody:
        return known, 0
    share = known / sample
    # Of everybody, so many were not looked at.
    unseen = math.sqrt(1 - sample / everybody)
    return round(share * everybody), round(_SURE * math.sqrt(share * (1 - share) / sample) * unseen * everybody)
