"""The commands of the command line, with their arguments and options, as they are declared."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, get_type_hints

from huaxiang.cli.main import app
from huaxiang.words import Words


@dataclass(frozen=True)
class Parameter:
    """One argument ("WHO") or option ("--events"), its default ("" when there is none) and what it is for."""

    names: tuple[str, ...]
    is_argument: bool
    required: bool
    default: str
    words: Words


@dataclass(frozen=True)
class Command:
    """One command as it is typed after `huaxiang`, "" for the options of all commands."""

    name: str
    words: Words
    example: str
    parameters: tuple[Parameter, ...]


EVERYWHERE = Words("Options of every command: they stand before it.", "所有命令通用的选项，写在命令名之前。")


def commands() -> list[Command]:
    """Return the options of all commands, then every command in order, those of groups after the single ones."""
    found = [_command("", app.registered_callback.callback, "")] if app.registered_callback else []
    found += [_command(str(each.name), each.callback, str(each.epilog or "")) for each in app.registered_commands]
    for group in app.registered_groups:
        inner = group.typer_instance
        for each in inner.registered_commands if inner else ():
            found.append(_command(f"{group.name} {each.name}", each.callback, str(each.epilog or "")))
    return found


def _command(name: str, callback: Callable[..., Any] | None, epilog: str) -> Command:
    if callback is None:
        raise LookupError(f"command {name!r} runs nothing")
    words = both(inspect.getdoc(callback) or "") if name else EVERYWHERE
    return Command(name, words, epilog.partition(": ")[2], tuple(_parameters(callback)))


def _parameters(callback: Callable[..., Any]) -> Iterator[Parameter]:
    hints = get_type_hints(callback, include_extras=True)
    for name, parameter in inspect.signature(callback).parameters.items():
        # Typer's own records: recognised by what they hold, so that typer stays at home in cli/.
        declared = next(each for each in hints[name].__metadata__ if hasattr(each, "param_decls"))
        is_argument = type(declared).__name__.startswith("Argument")
        # In Annotated[…, Option("--project", "-p")] the first name lands in `default`.
        written = (declared.default, *(declared.param_decls or ()))
        names = tuple(each for each in written if isinstance(each, str) and each.startswith("-"))
        fallback = name.upper() if is_argument else "--" + name.replace("_", "-")
        words = _ONE_LANGUAGE.get(str(declared.help)) or both(str(declared.help or ""))
        required = parameter.default is inspect.Parameter.empty
        yield Parameter(names or (fallback,), is_argument, required, _default(parameter.default), words)


def _default(value: object) -> str:
    if value is inspect.Parameter.empty or value is None or value is False:
        return ""
    return str(value)


_ONE_LANGUAGE = {"版本": Words("Print the version and stop.", "显示版本号。")}
"""Help texts that are in one language only."""


_CHINESE = re.compile(r"[\u3400-\u9fff]")


def both(text: str) -> Words:
    """Return the two halves of a help text: English first, then Chinese from its first Chinese sentence on."""
    text = " ".join(text.split())
    found = _CHINESE.search(text)
    if found is None:
        return Words(text, text)
    # The Chinese half begins after the last full stop (or blank) before its first character: "… YYYY-MM-DD. 截止日。"
    cut = text.rfind(". ", 0, found.start())
    start = cut + 2 if cut >= 0 else text.rfind(" ", 0, found.start()) + 1
    return Words(text[:start].strip() or text, text[start:].strip())
