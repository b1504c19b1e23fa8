"""Who does things in the console: a name that the server remembers for one browser, put beside every change."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from huaxiang.console import words_tags as w
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el
from huaxiang.console.visit import SESSION, Console, Visit, address, new_session, own_path

NOBODY = "console"
"""Who it is when nobody said a name."""
_LONGEST = 60
_BODY = 64_000
Form = dict[str, list[str]]


def who(visit: Visit) -> str:
    """Return the name of who sits at this browser; "console" when none was given. It goes into `by=` of a change."""
    return visit.console.names.get(visit.session, "") or NOBODY


def who_here(visit: Visit) -> str:
    """Return who sits at this browser, and that it is the console: of what was done where."""
    name = who(visit)
    return NOBODY if name == NOBODY else f"{NOBODY}:{name}"


async def form_of(request: Request) -> Form:
    """Return the fields of a form that was sent. Raises HTTPException (413) when it is longer than any of ours."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY:
            raise HTTPException(413)
    return parse_qs(body.decode("utf-8", "replace"))


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
        said = await form_of(request)
        session = request.cookies.get(SESSION, "")
        if session not in console.names:
            session = new_session()
        name = " ".join(said.get("name", [""])[0].split())[:_LONGEST]
        console.remember(session, "".join(letter for letter in name if letter.isprintable()))
        answer = RedirectResponse(own_path(said.get("to", ["/"])[0]), status_code=303)
        answer.set_cookie(SESSION, session, httponly=True, samesite="strict")
        return answer
