"""What a project's schedule asks for, and when: given a moment, it asks for the jobs that are due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from huaxiang.definitions.schedule import Rule
from huaxiang.errors import HuaxiangError
from huaxiang.project import Project
from huaxiang.registry import Build, Registry
from huaxiang.registry.jobs import OPEN, SCHEDULE, Job, Kind, State, ask_for_job, jobs
from huaxiang.sources import reader_of

ATTEMPTS = 3
"""How often a job of the schedule is begun when its process is lost; then it waits for its next time."""
_FRESH = (Kind.BUILD, Kind.REFRESH)


class Scheduler:
    """Asks for what is due. `started` (UTC): times before it that were missed are made up for once."""

    def __init__(self, registry: Registry, started: datetime) -> None:
        self.registry, self.started = registry, started
        self._known: tuple[int, dict[Kind, list[datetime]]] = (0, {})

    def begin(self, project: Project, now: datetime) -> list[Job]:
        """Ask for what a start of the server asks for: the first build, and what was lost and is wanted still."""
        asked = self.again(now)
        nothing = self.registry.current() is None and not self._under_way(_FRESH)
        if nothing and (project.doors or _data(project)):
            asked.append(self._ask(Kind.BUILD, now))
        return asked

    def again(self, now: datetime) -> list[Job]:
        """Ask again for the newest job of each kind that the schedule asked for, where its process was lost."""
        asked = []
        for kind in Kind:
            last = next(iter(jobs(self.registry, kinds=(kind,), limit=1)), None)
            if last and last.state is State.LOST and last.asked_by == SCHEDULE and last.attempt < ATTEMPTS:
                asked.append(self._ask(kind, now, last.attempt + 1))
        return asked

    def tick(self, project: Project, now: datetime) -> list[Job]:
        """Ask for every job that is due at `now` (UTC) and not under way; return those asked for."""
        asked = []
        for kind, rule in _rules(project):
            exclusive = _FRESH if kind in _FRESH else (kind,)
            if rule.after(self._last(kind, now), project.zone) <= now and not self._under_way(exclusive):
                asked.append(self._ask(kind, now))
        return asked

    def _last(self, kind: Kind, now: datetime) -> datetime:
        """Return when a kind of job was done last, or what serves as that; never later than now."""
        # After a full build a refresh has nothing to do; after a refresh a full build has.
        kinds = _FRESH if kind is Kind.REFRESH else (kind,)
        moments = [each.asked_at for each in jobs(self.registry, kinds=kinds, limit=1)]
        moments += self._built(kind)
        known = [each for each in moments if each <= now]
        return max(known) if known else min(self.started, now)

    def _under_way(self, kinds: tuple[Kind, ...]) -> bool:
        return bool(jobs(self.registry, states=OPEN, kinds=kinds, limit=1))

    def _built(self, kind: Kind) -> list[datetime]:
        """Return when the newest build was begun that is what such a job makes, as a list of it or nothing."""
        current = self.registry.current()
        if current is None:
            return []
        if self._known[0] != current.id:
            begun = {each: [one.begun for one in self.registry.builds() if _stands_for(one, each)][:1] for each in Kind}
            self._known = (current.id, begun)
        return self._known[1][kind]

    def _ask(self, kind: Kind, now: datetime, attempt: int = 1) -> Job:
        return ask_for_job(self.registry, kind, SCHEDULE, attempt=attempt, at=now)[0]


def _rules(project: Project) -> Iterator[tuple[Kind, Rule]]:
    """Yield what is scheduled, a full build before the refresh that it makes needless."""
    plan = project.schedule
    for kind, rule in ((Kind.BUILD, plan.rebuild), (Kind.REFRESH, plan.refresh), (Kind.HEALTH, plan.health)):
        if rule is not None:
            yield kind, rule


def _stands_for(build: Build, kind: Kind) -> bool:
    """Tell whether a build, perhaps made without the server, is what a job of that kind would have done."""
    return kind is Kind.REFRESH or (kind is Kind.BUILD and "refresh" not in build.summary)


def _data(project: Project) -> bool:
    """Tell whether there is anything to build from; a source that cannot be read is for the build to tell of."""
    try:
        return any(reader_of(source.read).parts(source.read, project.root, None) for source in project.sources)
    except HuaxiangError:
        return True
