"""What all routes share: the reader, the guard, the counts of use; personal values are shown only once audited."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from huaxiang.api.profiles.guard import Guard
from huaxiang.api.profiles.reader import Person, Reader
from huaxiang.api.profiles.refusals import Refused, forbidden
from huaxiang.api.profiles.uses import Uses
from huaxiang.errors import NotAllowed
from huaxiang.project import REGISTRY
from huaxiang.read.secrets import Secrets
from huaxiang.registry import Registry
from huaxiang.registry.audit import record_personal_reads
from huaxiang.registry.tokens import Right, Token
from huaxiang.serving.current import ServedProfile, Serving


class Desk:
    """Everything of one project that routes need. Close it to write down what was counted."""

    def __init__(self, root: Path, serving: Serving | None = None) -> None:
        """Open the project at `root`; `serving` is closed by whom it was given by.

        Raises DefinitionError when its files are wrong. Needs no build yet.
        """
        self._own = None if serving else Serving(root)
        self.serving = serving or self._own or Serving(root)
        project = self.serving.project
        self.registry = Registry(project.store / REGISTRY)
        self._secrets = Secrets(project)
        self.reader = Reader(self.serving, self._secrets, self.registry)
        self.guard, self.uses = Guard(self.registry), Uses(self.registry)

    async def known(self, request: Request) -> None:
        """Let only a request with a valid token through. Raises Refused (401)."""
        request.state.token = self.guard.token(request.headers.get("authorization", ""))

    async def counted(self, request: Request) -> None:
        """Let a request for one profile through. Raises Refused (401, 429)."""
        await self.known(request)
        self.guard.spend(request.state.token, 1)

    async def person(
        self, request: Request, who: str, *, personal: bool, purpose: str
    ) -> tuple[ServedProfile, Person]:  # fmt: skip
        """Return a customer, and the personal values, as of one moment: masked, or real ones once that is audited.

        Raises NotFound when there is none, Refused when the token may not see the values (403) or the audit cannot be
        written (503).
        """
        with self.serving.at_once():
            served = self.reader.served(who)
            self.check(request, personal=personal)
            found = self.reader.person(served, real=personal)
        if personal:
            await self.audit(request, {served.subject: found}, purpose)
        return served, found

    def check(self, request: Request, *, personal: bool) -> None:
        """Raise Refused (403) when personal values are asked for and the token may not see them."""
        token: Token = request.state.token
        if personal and Right.PERSONAL not in token.may:
            raise forbidden()

    async def audit(self, request: Request, shown: Mapping[int, Person], purpose: str) -> None:
        """Note whose real values are about to be shown. Raises Refused (503) when that cannot be written."""
        token: Token = request.state.token
        kinds = {subject: [*person.values, *person.sensitive] for subject, person in shown.items()}
        kinds = {subject: known for subject, known in kinds.items() if known}
        try:
            await run_in_threadpool(
                record_personal_reads, self.registry, kinds, via="api", by=token.name, purpose=purpose
            )
        except NotAllowed as error:
            raise Refused("not_audited", error.words, {"Retry-After": "5"}) from None

    def close(self) -> None:
        """Write down what was counted and close everything."""
        self.uses.close()
        self.guard.close()
        self._secrets.close()
        if self._own is not None:
            self._own.close()
        self.registry.close()
