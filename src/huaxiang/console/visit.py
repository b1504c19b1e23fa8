"""One visit to a page: its language, and reading from the current build in a thread of its own."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Request
from nicegui import run

from huaxiang.api.profiles.refusals import preferred_language
from huaxiang.read.current import CurrentBuild, Warehouse
from huaxiang.read.live.look import LiveView
from huaxiang.read.overview import overview
from huaxiang.read.segments import segment_list
from huaxiang.read.showing import local
from huaxiang.read.tags import tag_tree
from huaxiang.serving.current import Serving
from huaxiang.words import Language, Words, language_of

COOKIE = "huaxiang_language"
SESSION = "huaxiang_session"
_MOST_NAMES = 10_000
T = TypeVar("T")


class Console:
    """What all visits share: the project's warehouse, opened when it is first read."""

    def __init__(self, root: Path) -> None:
        self.warehouse = Warehouse(root)
        self.live = LiveView()
        self.serving = Serving(root, self.warehouse.project)
        self._warm: int | None = None
        self.names: dict[str, str] = {}
        """Who sits at which browser: the session in its cookie → the name given there. It ends with the server."""

    @property
    def name(self) -> Words:
        """The project's name."""
        return self.warehouse.project.words

    def close(self) -> None:
        """Close what was opened to be read."""
        self.serving.close()
        self.warehouse.close()

    def warm(self) -> None:
        """Ask, beside everything else, what every page of a new build will ask: the first visitor need not wait."""
        threading.Thread(target=self._warm_up, name="warm", daemon=True).start()

    def _warm_up(self) -> None:
        with suppress(Exception), self.warehouse.current() as current:
            if self._warm != current.build.id:
                self._warm = current.build.id
                overview(current)
                tag_tree(current)
                segment_list(current)

    def seen(self, build: int) -> None:
        """Warm up when a page came upon a build that nobody has seen yet."""
        if build != self._warm:
            self.warm()

    def remember(self, session: str, name: str) -> None:
        """Remember the name given at a browser; the oldest are forgotten first."""
        self.names.pop(session, None)
        self.names[session] = name
        while len(self.names) > _MOST_NAMES:
            self.names.pop(next(iter(self.names)))

    def language(self, request: Request) -> Language:
        """Return the language of a visit: what was chosen there, or what the browser asks for, or the project's."""
        chosen = request.cookies.get(COOKIE, "")
        if chosen in ("zh", "en"):
            return language_of(chosen)
        asked = request.headers.get("accept-language", "")
        return preferred_language(asked, otherwise=self.warehouse.project.language)


@dataclass(frozen=True)
class Stamp:
    """The build that everything on a page was read from."""

    build: int
    as_of: datetime


@dataclass(frozen=True)
class Read(Generic[T]):
    """What was read, and from which build."""

    stamp: Stamp
    value: T


@dataclass(frozen=True)
class Visit:
    """One page shown to one browser."""

    console: Console
    language: Language
    path: str
    query: tuple[tuple[str, str], ...]
    session: str = ""

    @staticmethod
    def of(console: Console, request: Request) -> Visit:
        """Return the visit of a request."""
        query = tuple((name, value) for name, value in request.query_params.multi_items())
        session = request.cookies.get(SESSION, "")
        return Visit(console, console.language(request), request.url.path, query, session)

    def say(self, words: Words, **parts: object) -> str:
        """Return a text in this visit's language, with {parts} filled in."""
        text = words.say(self.language)
        return text.format(**parts) if parts else text

    def sentence(self, words: Words) -> str:
        """Return a text that stands by itself in this visit's language: English begins with a capital."""
        text = words.say(self.language)
        return text[:1].upper() + text[1:] if self.language == "en" else text

    def number(self, name: str, default: int, most: int = 1_000_000_000) -> int:
        """Return a number of the address's query, at least 1; `default` when there is none."""
        text = next((value for key, value in self.query if key == name), "")
        return min(max(int(text), 1), most) if text.isdigit() else default

    def text(self, name: str) -> str:
        """Return a text of the address's query, or ""."""
        return next((value for key, value in self.query if key == name), "")

    async def read(self, question: Callable[[CurrentBuild], T]) -> Read[T]:
        """Ask the current build, without holding up other visits."""
        answer = await run.io_bound(self._read, question)
        if answer is None:
            raise RuntimeError("the server is shutting down")
        return answer

    def _read(self, question: Callable[[CurrentBuild], T]) -> Read[T]:
        with self.console.warehouse.current() as current:
            self.console.seen(current.build.id)
            as_of = local(current.build.as_of, current.project.zone)
            return Read(Stamp(current.build.id, as_of), question(current))


def address(path: str, *pairs: tuple[str, object]) -> str:
    """Return an address with a query; it may hold public ids, codes and values of tags, and nothing personal."""
    return f"{path}?{urlencode(pairs)}" if pairs else path


def own_path(to: str) -> str:
    """Return where to go after a choice: only a path of our own, as "//elsewhere" would lead away."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/"


def new_session() -> str:
    """Return what names a browser in its cookie: random, it says nothing."""
    return secrets.token_urlsafe(18)
