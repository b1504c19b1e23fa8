"""Measuring a build: every tag in a few passes, kept in the registry, held against the project's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.read.current import CurrentBuild
from huaxiang.registry import Build, Registry
from huaxiang.registry.health import Alert, health_rows, put_alerts, put_health
from huaxiang.tag.closed import idle_scores
from huaxiang.tag.kinds import manual
from huaxiang.tag.kinds.bands import Scores
from huaxiang.tag.plan import known_hashes
from huaxiang.watch.alerts import raised
from huaxiang.watch.bins import Clock, Counted, Cut, count_bins, cut_as, fresh_cuts
from huaxiang.watch.carried import carried
from huaxiang.watch.definition import Watching, load_watching
from huaxiang.watch.formulas import psi, psi_noise
from huaxiang.watch.history import Past, Pasts, pasts
from huaxiang.watch.measured import VANISHED_SHARE, Measured
from huaxiang.watch.twins import Twins, find_twins, without_kin
from huaxiang.watch.use import Use, uses_of

TABLE = "tags"
Progress = Callable[[float, str], None]
"""Told the fraction that is done, and a word on what is being done."""


@dataclass(frozen=True)
class Result:
    """What was measured of a build, by tag, and the alerts that were raised."""

    build: int
    measured: Mapping[str, Measured]
    alerts: tuple[Alert, ...]


def measure(current: CurrentBuild, *, watching: Watching | None = None, progress: Progress | None = None) -> Result:
    """Measure every tag of a build, keep it in the registry, and raise the alerts of the project's rules.

    `watching` are the rules (without it: those of the project's files, or the ready ones). Measuring a build again
    replaces what was measured before; acknowledged alerts stay. Raises DefinitionError when watch.yaml is wrong.
    """
    told = progress or (lambda *_: None)
    rules = watching or load_watching(current.project)
    measured = _Measuring(current, told).all()
    put_health(current.registry, current.build.id, {code: each.record() for code, each in measured.items()})
    told(0.95, "alerts")
    found = put_alerts(current.registry, current.build.id, raised(current.engine, rules.rules, measured))
    told(1.0, "")
    return Result(current.build.id, measured, tuple(found))


class _Measuring:
    def __init__(self, current: CurrentBuild, told: Progress) -> None:
        self.current, self.engine, self.told = current, current.engine, told
        self.build = current.build
        self.types = {code: current.type_of(code) for code in current.tags}
        self.clock = Clock(current.build.as_of, current.project.zone)
        self.customers = current.customers
        self.definitions = known_hashes(self.engine) or {}
        tags = current.project.tags.tags.items()
        self.by_hand = {code for code, tag in tags if tag.kind is manual.KIND}

    def all(self) -> dict[str, Measured]:
        wanted = {code: self.definitions.get(code, "") for code in self.types}
        past = pasts(self.current.registry, self.build.id, wanted)
        self.told(0.05, "bins")
        cuts = self._cuts(past)
        self.told(0.3, "distributions")
        # Whoever measures a build again wants it counted.
        again = bool(health_rows(self.current.registry, build=self.build.id))
        known = {} if again else carried(self.engine, self.build, cuts, self.clock, past.before)
        counted = count_bins(self.engine, cuts, self.clock, self._kept(past), TABLE, known)
        self.told(0.6, "changes")
        flips = flipped(self.engine, self.build, self.current.registry, wanted)
        self.told(0.65, "twins")
        alike = find_twins(self.engine, cuts, self.clock, self.customers, TABLE)
        twins = without_kin(alike, self.current.project.tags)
        used = uses_of(self.current.project, self.current.registry)
        stale = stale_tags(self.build)
        return {
            cut.code: self._one(
                cut, counted[cut.code], past, used.get(cut.code, Use()), flips.get(cut.code),
                cut.code in stale, twins.get(cut.code, ()),
            )
            for cut in cuts
        }  # fmt: skip

    def _cuts(self, past: Pasts) -> list[Cut]:
        found: dict[str, Cut] = {}
        for code, type_ in self.types.items():
            known = past.baselines.get(code)
            cut = cut_as(known.measured if known else None, code, type_)
            if cut is not None:
                found[code] = cut
        new = {code: type_ for code, type_ in self.types.items() if code not in found}
        found |= fresh_cuts(self.engine, new, self.clock, self.customers, TABLE)
        return [found[code] for code in self.types]

    def _kept(self, past: Pasts) -> dict[str, list[str]]:
        return {
            code: list(dict.fromkeys(value for each in _both(past, code) for value in _values(each)))
            for code in self.types
        }

    def _one(
        self, cut: Cut, counted: Counted, past: Pasts, use: Use, flips: float | None, is_stale: bool, twins: Twins
    ) -> Measured:
        code, at = cut.code, self.build.as_of.isoformat()
        baseline, before = past.baselines.get(code), past.before.get(code)
        bare = Measured(
            code, self.definitions.get(code, ""), cut.type.value, at, at, is_stale, self.customers, counted.known,
            cut.shape, counted.bins, counted.others,
        )  # fmt: skip
        drift = compared(bare, baseline)
        return Measured(
            **{name: getattr(bare, name) for name in _OWN},
            # A value kept from before is as old as what computed it.
            computed_as_of=before.measured.computed_as_of if is_stale and before else at,
            baseline=baseline.build if baseline else None,
            before=before.build if before else None,
            psi=drift[0], psi_noise=drift[1],
            coverage_baseline=baseline.measured.coverage if baseline else None,
            coverage_before=before.measured.coverage if before else None,
            vanished=tuple(vanished(bare, before)),
            flipped=flips, segments=use.segments, tags=use.tags, used=use.counts, twins=twins,
            by_hand=code in self.by_hand,
            idle=self._idle(code, counted),
        )  # fmt: skip

    def _idle(self, code: str, counted: Counted) -> tuple[str, ...]:
        meaning = self.current.project.tags.meanings.get(code)
        if not isinstance(meaning, Scores):
            return ()
        if meaning.labels:
            return idle_scores(meaning, {each.value for each in counted.bins if each.count})
        rows = self.engine.rows(f"SELECT DISTINCT {quoted(code)} FROM {TABLE} WHERE {quoted(code)} IS NOT NULL")
        return idle_scores(meaning, {str(score) for (score,) in rows})


_OWN = (
    "tag", "definition", "type", "as_of", "stale", "customers", "known", "shape", "bins", "others",
)  # fmt: skip


def compared(now: Measured, baseline: Past | None) -> tuple[float | None, float | None]:
    """Return PSI and its noise of a tag against a baseline: bins of the baseline, any other value, no value."""
    if baseline is None or baseline.measured.shape != now.shape:
        return None, None
    values = _values(baseline.measured)
    expected, actual = baseline.measured.counts(values), now.counts(values)
    return psi(expected, actual), psi_noise(expected, actual)


def vanished(now: Measured, before: Past | None) -> Iterable[str]:
    """Yield values that VANISHED_SHARE of customers with a value had before, and nobody has now."""
    if before is None or before.measured.shape != "values" or not before.measured.known:
        return
    there = {each.value for each in now.bins if each.count}
    for each in before.measured.bins:
        if each.value not in there and each.count / before.measured.known >= VANISHED_SHARE:
            yield each.value


def flipped(engine: Engine, build: Build, registry: Registry, definitions: Mapping[str, str]) -> dict[str, float]:
    """Return the share of customers whose value changed in a build, for tags whose definition did not.

    Customers that the build before did not know are left out: a new customer has changed nothing.
    """
    earlier = next((each for each in registry.builds() if each.id < build.id), None)
    if earlier is None or "tag_changes" not in engine.tables():
        return {}
    were = earlier.definitions.get("tags", {})
    same = [code for code, hash_ in definitions.items() if were.get(code) == hash_]
    known = int(engine.one("SELECT count(*) FROM subjects WHERE since < ?", [build.id]) or 0)
    moves: dict[str, int] = dict(
        engine.rows(
            "SELECT c.tag, count(*) FROM tag_changes c JOIN subjects s USING (subject) "
            "WHERE c.build = ? AND s.since < ? GROUP BY c.tag",
            [build.id, build.id],
            step="health: changes",
        )
    )
    return {code: moves.get(code, 0) / known for code in same} if known else {}


def stale_tags(build: Build) -> set[str]:
    """Return the tags that a build could not compute and whose older values it kept; builds need not say.

    A build's summary says it under `stale` (a list of codes) or, of tags with values that do not come from facts, under
    `inputs` (code → {stale: true}).
    """
    inputs = build.summary.get("inputs") or {}
    return {str(code) for code in build.summary.get("stale") or ()} | {
        code for code, each in inputs.items() if isinstance(each, Mapping) and each.get("stale")
    }


def _both(past: Pasts, code: str) -> list[Measured]:
    return [each.measured for each in (past.baselines.get(code), past.before.get(code)) if each is not None]


def _values(measured: Measured) -> list[str]:
    return [each.value for each in measured.bins]
