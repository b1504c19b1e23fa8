"""A refresh: the current build brought to a later moment, touching only what can have changed.

Enters: a project with a current build. Leaves: a new current build, made from a copy of the last one's warehouse, that
says what a full build would say at that moment. Where the definitions themselves changed, the full build is what is
asked for, and is what is done.
"""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from huaxiang.engine.duckdb import GIB, Engine
from huaxiang.errors import StepError
from huaxiang.facts.compile import Cleaned, compile_inputs, identifier_steps
from huaxiang.facts.refresh import (
    ChangedParts,
    Did,
    changed_parts,
    nobody_changed,
    refresh_doubled,
    refresh_facts,
    whose_changed,
)
from huaxiang.identify.again import LINKS, NEWCOMERS, NODES, says_nothing_new, seen_again_steps
from huaxiang.identify.compile import compile_identity
from huaxiang.inputs.stage import context_of, stage_inputs
from huaxiang.model import HOLDS, LATER, REPEATED
from huaxiang.pipeline.build import full_build
from huaxiang.pipeline.copying import Copying
from huaxiang.pipeline.gather import Gathering
from huaxiang.pipeline.run import Outcome, Run, Settings, Watch, definitions, utc_now
from huaxiang.pipeline.summary import carry_on, later_of, previous_ids, stamp, summary_of
from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keyed_hash import load_compiled
from huaxiang.privacy.keys import load_master_key
from huaxiang.privacy.vault import Vault
from huaxiang.project import Project
from huaxiang.quality import quality_rows
from huaxiang.registry import Build, Registry
from huaxiang.seal.settle import Sealed, settle
from huaxiang.segment.compile import Place, compile_segments
from huaxiang.serving.born import born
from huaxiang.steps import run_steps
from huaxiang.tag.changes import changes_step
from huaxiang.tag.compile import Target
from huaxiang.tag.gaps import GAPS, ORDERS, renewing_steps
from huaxiang.tag.refresh import Before, Moved, Refreshed, refresh_tags
from huaxiang.words import Words

_NEEDED = frozenset({"tags", "tag_cuts", "segment_members", "parts", "build", HOLDS, REPEATED})
_MEMORY = GIB
"""Most of what a refresh reads it reads once: with more, the engine only takes fresh memory for each block of it."""
_GAPS = 0.5
"""Where for each row of a table more than so many were taken out, a refresh gives their room back; others leave it."""
_SEALED = (
    f"SELECT i.node, i.kind FROM (SELECT DISTINCT node FROM {NODES}) JOIN identifiers i USING (node) "
    "JOIN previous.identifiers p USING (node) WHERE i.subject = p.subject"
)
"""The identifiers of parts that came which were the same person's in the last build: that one sealed them."""


def refresh(
    project: Project, *, as_of: datetime | None = None, watch: Watch | None = None, settings: Settings | None = None
) -> Build:
    """Bring the current build to `as_of` and make the result current; return the new build.

    Its summary says under "refresh" from which build it came, how many subjects were touched and why; or under
    "rebuilt" why a full build was done instead. Raises what `build` raises.
    """
    run = Run(project, as_of or utc_now(), watch or (lambda *_: None), settings or Settings())
    with run.locked() as registry:
        run.rebuilt = run.rebuilt or _why_full(run, registry)
        if run.rebuilt is None:
            run.reads_all = False
            try:
                return _Refresh(run).whole(registry)
            except StepError as error:
                # A full build finds out which tag it is, and lets the others go on.
                run.rebuilt, run.reads_all = error.words, True
        return full_build(run, registry)


def _why_full(run: Run, registry: Registry) -> Words | None:
    last = registry.current()
    path = run.file_of(last)
    if last is None or path is None:
        return Words("there is no build to go on from", "还没有可以接续的构建")
    was, now = last.definitions, definitions(run.project)
    parts = {
        "tags": Words("tags changed", "标签定义有变化"),
        "segments": Words("segments changed", "人群定义有变化"),
        "identity": Words("this version identifies by newer rules", "本版本的身份识别规则已更新"),
        "ground": Words("identity.yaml or the fact tables changed", "identity.yaml 或事实表定义有变化"),
    }
    for name, words in parts.items():
        if was.get(name) != now[name]:
            return words
    if run.as_of < last.as_of:
        return Words("the moment lies before the last build's", "基准时刻早于上次构建")
    if last.summary.get("stale"):
        codes = ", ".join(last.summary["stale"])
        return Words(f"tags failed in the last build: {codes}", f"上次构建有标签失败：{codes}")
    with Engine(path, read_only=True) as engine:
        if not engine.tables() >= _NEEDED or "folder" not in engine.columns("parts"):
            return Words("the last build was made by an older version", "上次构建来自旧版本")
    return None


class _Refresh:
    def __init__(self, run: Run) -> None:
        self.run, self.project, self.as_of = run, run.project, run.as_of
        self.in_order, self.compacts = True, False
        self.later: dict[str, Any] = {}
        self.facts = dict.fromkeys(self.project.model.facts, Did.NOTHING)
        self.master = load_master_key(self.project.id, self.project.root)
        self.blind = BlindIndex(self.master)

    def whole(self, registry: Registry) -> Build:
        plans = self.run.plans()

        def stages(registry: Registry, path: Path, number: int, previous: Build | None) -> Outcome:
            before = self.run.file_of(previous)
            assert previous is not None
            assert before is not None
            keyed = {source.code for source in self.project.sources}
            keyed -= {code for code, plan in plans.items() if not plan.key and not plan.stamp}
            with (
                Copying(before, path) as copying,
                ThreadPoolExecutor(1) as beside,
                Vault(self.run.paths["vault"], self.master) as vault,
            ):
                beside.submit(load_compiled)
                vault.check()
                parts = Gathering(self.run, registry).parts(plans, vault)
                with self.run.clock.of("copy"):
                    self.run.watch("copy", 0.0, before.name)
                    copying.wait()
                with self.run.engine(path, at_most=_MEMORY) as engine:
                    self.compacts = engine.gaps() > _GAPS
                    if not self.compacts:
                        engine.leave_gaps()
                    engine.attach(before, "previous")
                    summary = self._warehouse(engine, vault, parts, registry, number, previous, keyed)
                    quality = quality_rows(engine, self.project, parts, summary["sources"])
            return summary, quality

        return self.run.numbered(registry, stages)

    def _warehouse(
        self,
        engine: Engine,
        vault: Vault,
        parts: list[Cleaned],
        registry: Registry,
        number: int,
        previous: Build,
        keyed: Collection[str],
    ) -> dict[str, Any]:
        run, project = self.run, self.project
        self.later = previous.summary["later"]
        changed = changed_parts(engine, parts)
        came = self._time_came(previous)
        self.in_order = not changed and not came and previous.summary.get("refresh", {}).get("in_order", True)
        sealed = 0
        with ThreadPoolExecutor(1) as beside:
            if changed or came:
                same = self._identity(engine, parts, changed, keyed, number, came=came)
                nodes = engine.arrow("SELECT node, subject FROM identifiers WHERE subject IS NOT NULL")
                sealing = beside.submit(settle, vault, nodes, Sealed(engine.arrow(_SEALED), self.blind))
                del nodes
                with run.clock.of("facts"):
                    run.watch("facts", 0.0, "")
                    if same:
                        nobody_changed(engine, but=NEWCOMERS)
                    else:
                        whose_changed(engine)
                    self.facts = refresh_facts(engine, parts, changed, project.model, keyed)
            else:
                nobody_changed(engine)
            told = self._tags(engine, registry, number, previous)
            told |= self._segments(engine, number, previous)
            if changed or came:
                with run.clock.of("seal"):
                    run.watch("seal", 0.0, "")
                    sealed = sealing.result()
        with run.clock.of("publish"):
            run.watch("publish", 0.0, "")
            carry_on(engine, True)
            summary = summary_of(engine, parts, project) | {"sealed": sealed, "later": self.later} | told
            summary["refresh"] |= {"from": previous.id, "parts": len(changed.added | changed.removed)}
            summary["refresh"] |= {"in_order": self.in_order, "compacted": self.compacts}
            stamp(engine, number, self.as_of)
        return summary

    def _time_came(self, previous: Build) -> bool:
        """Tell whether a fact that lay after the last build's moment does not lie after this one's."""
        first = previous.summary["later"]["first"]
        return first is not None and datetime.fromisoformat(first) <= self.as_of

    def _identity(
        self, engine: Engine, parts: list[Cleaned], changed: ChangedParts, keyed: Collection[str], number: int, *,
        came: bool,
    ) -> bool:  # fmt: skip
        """Find who is who, and return whether nobody but newcomers changed: then nothing had to be found."""
        met, added = born(self.project.store), [part for part in parts if part.part.id in changed.added]
        model = self.project.model
        self.run.steps(engine, "identify", [
            *compile_inputs(parts, model, self.as_of), *identifier_steps(added, NODES, LINKS)
        ])  # fmt: skip
        self.later = later_of(engine)
        refresh_doubled(engine, parts, changed, model, keyed)
        all_count = not came and not self._later_among(engine, changed.added)
        if all_count and not changed.removed and not met.num_rows and says_nothing_new(engine, self.project.identity):
            self.run.steps(engine, "identify", seen_again_steps(self.project.identity, number))
            return True
        self.run.steps(engine, "identify", [
            *previous_ids(engine, True, met),
            *compile_identity(self.project.identity, build=number, at=self.as_of, has_previous=True),
        ])  # fmt: skip
        return False

    def _later_among(self, engine: Engine, added: Collection[int]) -> bool:
        listed = ", ".join(map(str, sorted(added))) or "NULL"
        return bool(engine.one(f"SELECT count(*) FROM (SELECT 1 FROM {LATER} WHERE part IN ({listed}) LIMIT 1)"))

    def _tags(self, engine: Engine, registry: Registry, number: int, previous: Build) -> dict[str, Any]:
        run, project = self.run, self.project
        with run.clock.of("tag"):
            run.watch("tag", 0.0, "")
            inputs = stage_inputs(context_of(project, registry, engine, self.as_of), project.tags)
            if GAPS in engine.tables():
                run_steps(engine, renewing_steps(engine, f"previous.{ORDERS}", previous.as_of, self.as_of))
            done = self._refreshed(engine, previous, Target(), "tag")
        run.steps(engine, "tag", [changes_step(done.restless, self.as_of, number, done.moves)])
        refreshed = {
            "touched": done.touched, "why": done.why, "windows": done.windows, "restless": list(done.restless)
        }  # fmt: skip
        return {"inputs": inputs, "refresh": refreshed}

    def _segments(self, engine: Engine, number: int, previous: Build) -> dict[str, Any]:
        run, project = self.run, self.project
        lists = run.lists(engine)
        if project.segments.hidden.tags:
            with run.clock.of("segment"):
                self._refreshed(engine, previous, Place().own, "segment")
        run.steps(engine, "segment", compile_segments(
            project.segments, engine=engine, as_of=self.as_of, zone=project.zone, build=number, has_previous=True,
            kept=True,
        ))  # fmt: skip
        return {"lists": lists}

    def _refreshed(self, engine: Engine, previous: Build, target: Target, stage: str) -> Refreshed:
        tagset = self.project.tags if stage == "tag" else self.project.segments.hidden
        moved = Moved(previous.as_of, self.as_of, self.project.zone)

        def progress(name: str, fraction: float) -> None:
            self.run.watch(stage, fraction, name)

        same, longer = (
            frozenset(table for table, done in self.facts.items() if done is each) for each in (Did.NOTHING, Did.ADDED)
        )
        before = Before("previous", same, longer)
        done = refresh_tags(engine, tagset, moved, target=target, before=before, progress=progress)
        self.run.clock.steps |= {f"{stage}: {name}": each for name, each in done.seconds.items()}
        return done
