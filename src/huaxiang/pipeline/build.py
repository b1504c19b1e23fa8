"""A build: the stages in order, from raw files to one explained profile per customer.

Enters: a project and a moment. Leaves: a warehouse file that is complete and current, or nothing at all: a build is
written to a file of its own, and becomes the current one in a single commit of the registry (docs/decisions/0002).
"""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from huaxiang.engine.duckdb import Engine
from huaxiang.errors import StepError
from huaxiang.facts.compile import Cleaned, coded_facts, compile_inputs, doubled_facts, sort_facts
from huaxiang.identify.compile import decided_steps
from huaxiang.identify.edges import collected_steps
from huaxiang.inputs.stage import context_of, stage_inputs
from huaxiang.pipeline.gather import Gathering
from huaxiang.pipeline.run import Outcome, Run, Settings, Watch, utc_now
from huaxiang.pipeline.summary import carry_on, later_of, previous_ids, stamp, summary_of
from huaxiang.privacy.keys import load_master_key
from huaxiang.privacy.vault import Vault
from huaxiang.project import Project
from huaxiang.quality import quality_rows
from huaxiang.registry import Build, Registry
from huaxiang.seal.settle import settle
from huaxiang.segment.compile import compile_segments
from huaxiang.serving.born import born
from huaxiang.tag.compile import compile_tags
from huaxiang.tag.failing import failing_tags, kept_steps
from huaxiang.tag.tagset import TagSet


def build(
    project: Project, *, as_of: datetime | None = None, watch: Watch | None = None, settings: Settings | None = None
) -> Build:
    """Run every stage and make the result current; return the build.

    Raises DefinitionError for faults found only when the files' headers are seen, ProjectError when another build is
    running, CountError when rows do not add up. Whatever ends it early, the last build stays as it was.
    """
    run = Run(project, as_of or utc_now(), watch or (lambda *_: None), settings or Settings())
    with run.locked() as registry:
        return full_build(run, registry)


def full_build(run: Run, registry: Registry) -> Build:
    """Run every stage within a run that holds the lock."""
    return _Build(run).whole(registry)


class _Build:
    def __init__(self, run: Run) -> None:
        self.run, self.project, self.as_of = run, run.project, run.as_of

    def whole(self, registry: Registry) -> Build:
        plans = self.run.plans()
        master = load_master_key(self.project.id, self.project.root)

        def stages(registry: Registry, path: Path, number: int, previous: Build | None) -> Outcome:
            with Vault(self.run.paths["vault"], master) as vault:
                vault.check()
                parts = Gathering(self.run, registry).parts(plans, vault)
                with self.run.engine(path) as engine:
                    summary = self._warehouse(engine, vault, parts, registry, number, previous)
                    return summary, quality_rows(engine, self.project, parts, summary["sources"])

        return self.run.numbered(registry, stages)

    def _warehouse(
        self,
        engine: Engine,
        vault: Vault,
        parts: list[Cleaned],
        registry: Registry,
        number: int,
        previous: Build | None,
    ) -> dict[str, Any]:
        run, project, at = self.run, self.project, self.as_of
        before = run.file_of(previous)
        if before is not None:
            engine.attach(before, "previous")
        has_previous = before is not None
        run.steps(engine, "identify", compile_inputs(parts, project.model, at))
        with run.beside(engine, "facts", doubled_facts(parts, project.model)):
            run.steps(engine, "identify", collected_steps(project.identity))
        with run.beside(engine, "facts", coded_facts(parts, project.model)):
            run.steps(engine, "identify", [
                *previous_ids(engine, has_previous, born(project.store)),
                *decided_steps(project.identity, build=number, at=at, has_previous=has_previous),
            ])  # fmt: skip
        nodes = engine.arrow("SELECT node, subject FROM identifiers WHERE subject IS NOT NULL")
        # Sealing needs the identifiers alone: it goes on beside the stages that only run SQL.
        with ThreadPoolExecutor(1) as beside:
            sealing = beside.submit(settle, vault, nodes)
            del nodes
            run.steps(engine, "facts", sort_facts(parts, project.model))
            with run.clock.of("tag"):
                run.watch("tag", 0.0, "")
                inputs = stage_inputs(context_of(project, registry, engine, at), project.tags)
            stale = self._tags(engine, number, previous if has_previous else None)
            lists = run.lists(engine)
            run.steps(engine, "segment", compile_segments(
                project.segments, engine=engine, as_of=at, zone=project.zone, build=number, has_previous=has_previous
            ))  # fmt: skip
            with run.clock.of("seal"):
                run.watch("seal", 0.0, "")
                sealed = sealing.result()
        with run.clock.of("publish"):
            run.watch("publish", 0.0, "")
            carry_on(engine, has_previous)
            summary = summary_of(engine, parts, project) | {"sealed": sealed, "lists": lists, "inputs": inputs}
            summary |= {"stale": stale, "later": later_of(engine)}
            stamp(engine, number, at)
        return summary

    def _tags(self, engine: Engine, number: int, previous: Build | None) -> dict[str, Any]:
        """Compute the tags; those that fail keep the values of the build before. Return them, with the reasons."""
        project, at = self.project, self.as_of
        hashes = previous.definitions.get("tags", {}) if previous else None

        def compute(tagset: TagSet) -> None:
            self.run.steps(engine, "tag", compile_tags(
                tagset, as_of=at, zone=project.zone, engine=engine, previous=hashes, build=number
            ))  # fmt: skip

        try:
            compute(project.tags)
        except StepError:
            failed = failing_tags(engine, project.tags, as_of=at, zone=project.zone)
            if not failed:
                raise
        else:
            return {}
        compute(project.tags.only(project.tags.tags.keys() - failed.keys()))
        before = engine.columns_of("previous", "tags") if previous else {}
        self.run.steps(engine, "tag", list(kept_steps(project.tags, failed, before)))
        return {
            code: {"en": words.en, "zh": words.zh, "since": _last_good(code, previous, before)}
            for code, words in failed.items()
        }


def _last_good(code: str, previous: Build | None, before: Collection[str]) -> int | None:
    """Return the build whose values a failed tag keeps; None when there are none."""
    if previous is None or code not in before:
        return None
    known = previous.summary.get("stale", {}).get(code)
    since: int | None = known["since"] if known else previous.id
    return since
