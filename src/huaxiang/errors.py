"""Everything that can go wrong, as one tree. Nothing here may carry personal data.

HuaxiangError                 what a person is shown; never a traceback
├── DefinitionError           the project's files are wrong: all faults together, with file, line and nearest word
├── ProjectError              there is no project here, or it has no build yet
├── ReadError                 a source cannot be read at all (missing, locked, refused)
├── MasterKeyError            the vault's master key is missing
├── WrongKeyError             … or is not the one the data was sealed with (a MasterKeyError)
├── DamagedError              a store of ours is damaged: which, and what to do
├── LossError                 a build would lose more than it may: what, and how to say yes to it
├── DiskError                 the disk is full, read-only or failing, or a store is held by another program
├── SealError                 a sealed value or row was altered (privacy/seal.py)
├── NotFound                  no tag, segment, customer … of that name
├── NotAllowed             the rules forbid it: a state that cannot follow, an author who approves, a tag still in use
├── Conflict               somebody else changed it in between, or files and registry both changed
├── ServiceError           the project's server does not answer, or refuses what was asked of it
├── JobError               a job did not come to its end: it failed, was cancelled or lost
├── StepError                 an engine refused a step: the step's name and its SQL
├── ServerError               a server of huaxiang was not reached, or refused what the client asked for
└── CountError                rows in ≠ facts + duplicates + quarantined: a fault of ours, never hidden
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from huaxiang.secret import hidden
from huaxiang.words import Language, Words


class HuaxiangError(Exception):
    """Base of all: `words` says in both languages what went wrong and what to do."""

    def __init__(self, words: Words) -> None:
        # Whatever a library said in between: what was read out of the environment is not repeated.
        self.words = Words(hidden(words.en), hidden(words.zh))
        super().__init__(self.words.en)

    def say(self, language: Language) -> str:
        """Return what went wrong, in `language`."""
        return self.words.say(language)


@dataclass(frozen=True)
class Fault:
    """One thing wrong in one place: `file` (relative to the project) and `line` (from 1; 0 = it stands in no file)."""

    file: str
    line: int
    what: Words
    hint: str | None = None

    def say(self, language: Language) -> str:
        """Return "file:line: what (did you mean …?)" in `language`; no place that is none."""
        ask = (
            {"en": " (did you mean {}?)", "zh": "（是不是想写 {}？）"}[language].format(self.hint) if self.hint else ""
        )
        places = [self.file, str(self.line) if self.line else ""]
        place = ":".join(each for each in places if each)
        return f"{place}: {self.what.say(language)}{ask}" if place else f"{self.what.say(language)}{ask}"


class DefinitionError(HuaxiangError):
    """The project's definitions have faults: `faults`, sorted by file and line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: (fault.file, fault.line, fault.what.en))
        super().__init__(
            Words(
                en="\n".join(fault.say("en") for fault in self.faults),
                zh="\n".join(fault.say("zh") for fault in self.faults),
            )
        )


class ProjectError(HuaxiangError):
    """There is no project here, or it has no build yet."""


class ReadError(HuaxiangError):
    """A source cannot be read at all."""


class MasterKeyError(HuaxiangError):
    """The vault's master key is missing or is not the one the vault was sealed with."""


class WrongKeyError(MasterKeyError):
    """There is a master key, well formed, but the data was sealed with another."""


class DamagedError(HuaxiangError):
    """A store of ours is not what was written; `path` is its file, if it is known which."""

    def __init__(self, words: Words, path: Path | None = None) -> None:
        super().__init__(words)
        self.path = path


class LossError(HuaxiangError):
    """A build would lose more than it may, or a store holds less than it should: somebody has to say yes to it."""


class DiskError(HuaxiangError):
    """The disk is full, read-only or failing, or another program holds what is to be written."""


class NotFound(HuaxiangError):
    """No tag, segment, customer … of that name."""


class NotAllowed(HuaxiangError):
    """The rules forbid it: a state that cannot follow, an author who approves, a tag that is still in use."""


class Conflict(HuaxiangError):
    """Somebody else changed it in between, or files and registry both changed."""


class ServiceError(HuaxiangError):
    """The project's server does not answer, or refuses what was asked of it."""


class JobError(HuaxiangError):
    """A job did not come to its end: it failed, was cancelled or lost."""


class StepError(HuaxiangError):
    """An engine refused a step. `step` is its name, `sql` what was run (no values of rows)."""

    def __init__(self, step: str, sql: str, cause: str) -> None:
        self.step, self.sql = step, sql
        super().__init__(Words(en=f"step {step} failed: {cause}", zh=f"步骤 {step} 失败：{cause}"))


class CountError(HuaxiangError):
    """Rows in do not equal facts + duplicates + quarantined."""


class ServerError(HuaxiangError):
    """A server of huaxiang was not reached (`status` 0) or refused: its HTTP status, and its `code` for programs."""

    def __init__(self, status: int, code: str, words: Words) -> None:
        self.status, self.code = status, code
        super().__init__(words)
