"""Accepting: the definitions of suggestions, written to a file of the project as a person would write them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from huaxiang.errors import DefinitionError, NotFound
from huaxiang.project import Project, load_project
from huaxiang.suggest.suggestion import FILE, Suggestion, Suggestions
from huaxiang.words import Words, nearest


def accept(project: Project, suggestions: Suggestions, codes: Sequence[str]) -> Path:
    """Write the definitions of these suggestions to the end of tags/suggested.yaml; return the file.

    Raises NotFound for a code that was not suggested, DefinitionError (and leaves the file as it was) when the project
    would have a fault with them.
    """
    by_code = {each.code: each for each in suggestions.found}
    wanted = [_known(code, by_code) for code in dict.fromkeys(codes)]
    path = project.root / FILE
    before = path.read_text(encoding="utf-8") if path.is_file() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    head = before if before is None or before.endswith("\n") or not before else before + "\n"
    text = "".join(
        f"# {suggestion.evidence.words.say(project.language)}\n{suggestion.definition}" for suggestion in wanted
    )
    path.write_text((head or "") + text, encoding="utf-8")
    try:
        load_project(project.root)
    except DefinitionError:
        if before is None:
            path.unlink()
        else:
            path.write_text(before, encoding="utf-8")
        raise
    return path


def _known(code: str, suggested: dict[str, Suggestion]) -> Suggestion:
    if code in suggested:
        return suggested[code]
    near = nearest(code, suggested)
    raise NotFound(
        Words(
            f"{code!r} is not among the suggestions" + (f" (did you mean {near}?)" if near else ""),
            f"“{code}”不在建议之中" + (f"（是不是想写 {near}？）" if near else ""),
        )
    )
