"""The search: everything tried in one plan on a sample, ranked, held against what there is, written as definitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.errors import DefinitionError
from huaxiang.read.current import CurrentBuild
from huaxiang.read.subject_ids import encode_subject
from huaxiang.suggest.bands import banded, free_of, to_band
from huaxiang.suggest.candidates import Candidate, candidates, free
from huaxiang.suggest.columns import Columns, columns_of
from huaxiang.suggest.definition import Plain, yaml_of
from huaxiang.suggest.information import Binned, Numbers, binned, sameness
from huaxiang.suggest.outcome import CODE, DEFAULT_HORIZON, Outcome, default_outcome, parse_outcome
from huaxiang.suggest.preferences import preferences
from huaxiang.suggest.sample import STATED, Sample, sample_of
from huaxiang.suggest.statistics import (
    SAME,
    best_place,
    bin_of,
    different,
    evidence,
    number,
    ranges,
    ranked,
    scored,
)  # fmt: skip
from huaxiang.suggest.suggestion import FILE, Evidence, Example, Kind, Suggestion, Suggestions
from huaxiang.suggest.trial import Trial, on_facts, with_definitions
from huaxiang.tag.definition import parse_tags
from huaxiang.tag.tagset import TagSet, definition_hashes
from huaxiang.words import Words

SAMPLE = 50_000
"""So many customers are enough to see a gain of a thousandth of a bit."""
_INSTANT = timedelta(microseconds=1)


def suggest(
    current: CurrentBuild,
    *,
    outcome: str | None = None,
    horizon: str = DEFAULT_HORIZON,
    top: int = 20,
    sample: int = SAMPLE,
) -> Suggestions:
    """Return new tags that the build's data proposes, for an outcome within `horizon` before the build's moment.

    Tags are tried as of the beginning of the horizon, over customers known by then (at most `sample`, always the
    same); the outcome is looked for after it. At most `top` statistics come back, and a quarter as many bands and
    preferences; each definition has passed the project's own checker. The same build gives the same answer. Raises
    DefinitionError for a wrong outcome or horizon.
    """
    faults, text = Faults(), outcome or default_outcome(current)
    wanted = parse_outcome(text, horizon, current.project, faults)
    if wanted is None or faults.found:
        raise DefinitionError(faults.found)
    as_of, zone = current.build.as_of, current.project.zone
    # What happens at the first moment of the horizon is outcome, and must not be known before.
    since = wanted.horizon.before(as_of, zone) - _INSTANT
    with sample_of(current, since, sample) as drawn:
        search = _Search(current, drawn, wanted, since)
        found = tuple(search.found(top)) if drawn.customers else ()
        return Suggestions(
            wanted.text, wanted.words, wanted.horizon.words, since, as_of, current.build.id, drawn.customers,
            drawn.eligible, search.base_rate, search.tried, found,
        )  # fmt: skip


@dataclass(frozen=True)
class _Draft:
    """A suggestion before its definition is written and checked."""

    kind: Kind
    name: Words
    definition: Mapping[str, Plain]
    evidence: Evidence
    example: Example | None


class _Search:
    def __init__(self, current: CurrentBuild, drawn: Sample, outcome: Outcome, since: datetime) -> None:
        self.project, self.drawn, self.since = current.project, drawn, since
        self.tried, self.base_rate = 0, 0.0
        if not drawn.customers:
            return
        result = Trial(drawn, outcome.tagset, [[CODE]], current.build.as_of, self.project.zone, "outcome")
        ((_, values),) = result.numbers([CODE])
        self.happened = np.nan_to_num(values) > 0
        self.outcome = binned(self.happened.astype(np.float64))
        self.base_rate = float(self.happened.mean())
        self.subjects = drawn.subjects()

    def found(self, top: int) -> Iterator[Suggestion]:
        """Yield the suggestions, those that tell most first of each kind."""
        if not 0 < self.base_rate < 1:
            return
        existing = on_facts(self.project.tags, self.drawn)
        tables = list(self._tables())
        tried = candidates(tables, self.project.tags.tags)
        self.tried = len(tried)
        together = with_definitions(existing, [each.definition for each in tried])
        new = self._new(together, existing, tried)
        groups = [[each.code for each in new if each.table == table] for table in self.drawn.tables]
        groups = [list(existing.tags), *(group for group in groups if group)]
        trial = Trial(self.drawn, together, groups, self.since, self.project.zone, "trial")
        known = dict(trial.bins(list(existing.tags)))
        drafts = list(self._statistics(trial, new, known, top))
        few = max(top // 4, 1)
        drafts += self._bands(trial, known, few)
        drafts += self._preferences(tables, few)
        yield from self._checked(drafts)

    def _tables(self) -> Iterator[Columns]:
        for name in self.drawn.tables:
            if name != STATED:
                table = self.project.model.facts[name]
                columns = columns_of(self.drawn.engine, self.project, table, self.since, self.drawn.customers)
                if columns is not None:
                    yield columns

    def _new(self, together: TagSet, existing: TagSet, tried: list[Candidate]) -> list[Candidate]:
        """Return the candidates that do not compute what a tag of the project computes."""
        hashes = definition_hashes(together)
        there = {hashes[code] for code in existing.tags}
        return [each for each in tried if hashes[each.code] not in there]

    def _statistics(
        self, trial: Trial, tried: list[Candidate], known: Mapping[str, Binned], top: int
    ) -> Iterator[_Draft]:
        by_code = {each.code: each for each in tried}
        told = ranked(scored(code, bins, self.outcome, len(tried)) for code, bins in trial.bins(list(by_code)))
        chosen = list(different(told, known, self.outcome, top, lambda code: by_code[code].about))
        values = dict(trial.numbers([each.code for each in chosen]))
        for each in chosen:
            candidate, mine = by_code[each.code], values[each.code]
            why = evidence(each, mine, ranges(each, mine))
            shown = self._example(best_place(each), mine, trial.tagset.tags[each.code].unit)
            yield _Draft("statistic", candidate.name, candidate.definition, why, shown)

    def _example(self, place: int | None, values: Numbers, unit: Words) -> Example | None:
        if place is None:
            return None
        text = number(values[place])
        return Example(encode_subject(self.subjects[place]), Words(f"{text} {unit.en}".strip(), f"{text}{unit.zh}"))

    def _bands(self, trial: Trial, known: Mapping[str, Binned], most: int) -> Iterator[_Draft]:
        codes = to_band(self.project.tags, [code for code in known if code in self.project.tags.tags])
        found = {}
        for code, values in trial.numbers(codes):
            mine = banded(self.project.tags.tags[code], values, self.happened)
            told = scored(code, mine.bins, self.outcome, len(codes)) if mine else None
            if mine and told and all(sameness(mine.bins, each) <= SAME for each in free_of(known, code).values()):
                found[code] = (mine, told, values)
        for told in ranked(told for _, told, _ in found.values())[:most]:
            mine, _, values = found[told.code]
            bins = [
                bin_of(told, place, Words(label or "unknown", label or "未知")) for place, label in enumerate(mine.used)
            ]
            place = best_place(told)
            label = mine.labels[told.bins.codes[place]] if place is not None else ""
            secret = self.project.tags.tags[told.code].sensitive
            shown = (
                None if place is None or secret else Example(encode_subject(self.subjects[place]), Words(label, label))
            )
            definition = mine.definition(f"{told.code[:52]}_bands")
            yield _Draft("bands", mine.name, definition, evidence(told, values, bins), shown)

    def _preferences(self, tables: Iterable[Columns], most: int) -> Iterator[_Draft]:
        found = preferences(self.drawn.engine, tables, self.project.tags, self.since, self.drawn.customers)
        for liked in found[:most]:
            definition = liked.definition(f"{liked.columns.table.name}_{liked.item}_liked"[:60])
            yield _Draft("preference", liked.name, definition, liked.evidence(self.drawn.customers), liked.example)

    def _checked(self, drafts: Iterable[_Draft]) -> Iterator[Suggestion]:
        """Write every definition, read them back as a file is read, and check them beside the project's tags."""
        written: dict[str, tuple[_Draft, str]] = {}
        used = set(self.project.tags.tags)
        for draft in drafts:
            code = free(str(draft.definition["tag"]), used)
            used.add(code)
            written[code] = (draft, yaml_of({**draft.definition, "tag": code}))
        faults = Faults()
        node = parse_yaml("".join(text for _, text in written.values()), FILE, faults)
        new = parse_tags(node.items if node else (), faults)
        tagset = TagSet.check([*self.project.tags.tags.values(), *new], self.project.model, faults)
        if faults.found:
            raise DefinitionError(faults.found)
        for code, (draft, text) in written.items():
            meaning = tagset.words(code)
            yield Suggestion(code, draft.kind, draft.name, meaning, text, draft.evidence, draft.example)
