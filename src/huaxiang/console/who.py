"""Who does things in the console: a name that the server remembers for one browser, put beside every change."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from huaxiang.console import words_tags as w
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el
from huaxiang.console.visit import SESSION, Console, Visit, address, new_session, own_path

NOBODY = "console"
"""Who it is when nobody said a name."""
_LONGEST = 60
_BODY = 4_000


def who(visit: Visit) -> str:
    """Return the name of who sits at this browser; "console" when none was given. It goes into `by=` of a change."""
    return visit.console.names.get(visit.session, "") or NOBODY


def who_control(visit: Visit) -> Html:
    """Return the name, which opens a small form to change it."""
    name = who(visit)
    shown = visit.say(w.NO_NAME) if name == NOBODY else name
    field = el(
        "input",
        type="text",
        name="name",
        value="" if name == NOBODY else name,
        maxlength=_LONGEST,
        autocomplete="off",
        aria_label=visit.say(w.YOUR_NAME),
        placeholder=visit.say(w.YOUR_NAME),
    )
    form = el(
        "form",
        el("p", visit.say(w.NAME_NOTE), cls="hx-note"),
        field,
        el("input", type="hidden", name="to", value=address(visit.path, *visit.query)),
        el("button", visit.say(w.KEEP_NAME), cls="hx-button main", type="submit"),
        action="/who",
        method="post",
        cls="hx-name",
    )
    summary = el("summary", icon("person", 15), el("span", shown), title=visit.say(w.YOUR_NAME))
    return el("details", summary, el("div", form), cls="hx-pick hx-who")


def who_routes(app: FastAPI, console: Console) -> None:
    """Add the address the form is sent to."""

    @app.post("/who")
    async def remember(request: Request) -> Response:
        if not _from_here(request):
            return PlainTextResponse("?", status_code=403)
        body = await request.body()
        if len(body) > _BODY:
            return PlainTextResponse("?", status_code=413)
        said = parse_qs(body.decode("utf-8", "replace"))
        session = request.cookies.get(SESSION, "")
        if session not in console.names:
            session = new_session()
        name = " ".join(said.get("name", [""])[0].split())[:_LONGEST]
        console.remember(session, "".join(letter for letter in name if letter.isprintable()))
        answer = RedirectResponse(own_path(said.get("to", ["/"])[0]), status_code=303)
        answer.set_cookie(SESSION, session, httponly=True, samesite="strict")
        return answer


def _from_here(request: Request) -> bool:
    """Return whether a form was sent by a page of ours: somebody else's must not say who we are."""
    site = request.headers.get("sec-fetch-site")
    if site:
        return site == "same-origin"
    # Our own pages send no address of theirs ("null"), as they tell nobody where they are.
    origin = request.headers.get("origin", "null")
    return origin == "null" or urlsplit(origin).netloc == request.headers.get("host")
