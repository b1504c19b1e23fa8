"""What of a customer is shown to nobody by itself: values of sensitive tags, and what looks personal in a text.

One place decides for console, command line, API, exports and the stream of changes: values of one customer pass
through here. How values are spread over many is no secret.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from huaxiang.codes import OF_COLUMNS
from huaxiang.errors import NotAllowed
from huaxiang.model import Column, FactTable, Type
from huaxiang.privacy.scrub import looks_personal, scrub
from huaxiang.project import Project
from huaxiang.read.showing import UNKNOWN, show, worded
from huaxiang.secret import HIDDEN
from huaxiang.tag.definition import Tag
from huaxiang.tag.inherit import stated_columns
from huaxiang.tag.tagset import TagSet
from huaxiang.words import Words

WITHHELD = Words("not shown (sensitive)", "不显示（敏感）")
_IDS = ("_id", "_key")
"""Endings of columns that only name a thing: a number of eleven digits there is an order's, not a mobile's."""


def withheld_tags(tags: Mapping[str, Tag]) -> frozenset[str]:
    """Return the codes of the tags whose values are not shown."""
    return frozenset(code for code, tag in tags.items() if tag.sensitive)


def withheld_columns(tagset: TagSet) -> frozenset[tuple[str, str]]:
    """Return (fact table, column) of what sensitive tags say as it was stated."""
    return stated_columns(tagset.tags, tagset.meanings)


def show_tag(value: Any, tag: Tag, type_: Type, project: Project) -> Words:
    """Return a customer's value of a tag as text: WITHHELD of a sensitive one, unknown where there is none."""
    if tag.sensitive:
        return UNKNOWN if value is None or value == [] else WITHHELD
    return scrubbed(worded(value, tag, type_, project))


def show_fact(value: Any, table: FactTable, column: Column, project: Project, hidden: Collection[Any]) -> Words:
    """Return a column of a customer's fact as text; `hidden` is withheld_columns of the project's tags."""
    if (table.name, column.name) in hidden:
        return UNKNOWN if value is None else WITHHELD
    shown = OF_COLUMNS.get((table.name, column.name), {}).get(str(value)) or show(value, column.type, project)
    return shown if column.name.endswith(_IDS) else scrubbed(shown)


def raw_tag(value: Any, tag: Tag) -> Any:
    """Return a customer's value of a tag for what draws by it; None of a sensitive one."""
    return None if tag.sensitive else value


def plain_tags(values: Mapping[str, Any], hidden: Collection[str], times: Collection[str]) -> dict[str, Any]:
    """Return tag → value as programs are told it, without those of `hidden`; times of `times` say that they are UTC."""
    found = {}
    for code, value in values.items():
        if code not in hidden:
            told = plain_value(value)
            found[code] = f"{told}Z" if code in times and isinstance(told, str) else told
    return found


def plain_fact(row: Mapping[str, Any], table: str, hidden: Collection[tuple[str, str]]) -> dict[str, Any]:
    """Return the columns of a customer's fact as programs are told them, without the withheld ones."""
    return {
        name: value if name.endswith(_IDS) else plain_value(value)
        for name, value in row.items()
        if (table, name) not in hidden
    }


def plain_value(value: Any) -> Any:
    """Return a value as programs are told it: a text that looks personal is hidden."""
    if isinstance(value, str):
        return HIDDEN if looks_personal(value) else value
    if isinstance(value, list):
        return [plain_value(each) for each in value]
    return value


def scrubbed(words: Words) -> Words:
    """Return a text without what looks personal in it."""
    if not looks_personal(words.en) and not looks_personal(words.zh):
        return words
    return Words(scrub(words.en), scrub(words.zh))


def refuse_sensitive(tags: Mapping[str, Tag], codes: Iterable[str], en: str, zh: str) -> None:
    """Raise NotAllowed when one of the tags is sensitive; `en` and `zh` say what is not done with such tags."""
    found = [tags[code].name for code in dict.fromkeys(codes) if code in tags and tags[code].sensitive]
    if found:
        names = Words(", ".join(each.en for each in found), "、".join(each.zh for each in found))
        verb = "is" if len(found) == 1 else "are"
        raise NotAllowed(Words(f"{names.en} {verb} sensitive: {en}", f"{names.zh}属于敏感标签：{zh}"))
