"""Jobs over HTTP: ask for one, see how far it is, stop it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from huaxiang.errors import ProjectError
from huaxiang.jobs.asking import asked_settings
from huaxiang.registry import Registry
from huaxiang.registry.jobs import Job, Kind, State, ask_for_job, job_of, jobs, stop_job
from huaxiang.words import Language, Words, language_of

_MOST = 200
Allowed = Callable[[str], str | None]
"""Told a bearer token; says in whose name it speaks, None when it may not see to jobs."""


Number = Annotated[int, Path(ge=1, le=2**53)]


class JobWanted(BaseModel):
    """A job to ask for."""

    model_config = ConfigDict(extra="forbid")
    kind: Kind
    as_of: Annotated[datetime | None, Field(description="The moment a build sees; now if not given.")] = None
    workers: Annotated[int | None, Field(ge=1, le=256, description="Cores that clean files; all by default.")] = None
    memory: Annotated[float | None, Field(ge=0.5, le=4096, description="GiB the warehouse may use; 3.")] = None
    accept_loss: Annotated[bool, Field(description="Go on though much, or what a store held, is missing.")] = False
    by: Annotated[str, Field(max_length=80, description="Who asks, where the token is this machine's own.")] = ""


class Texts(BaseModel):
    """One text in both languages."""

    en: str
    zh: str


class JobSeen(BaseModel):
    """A job as it is now. Moments are UTC."""

    id: int
    kind: Kind
    state: State
    settings: dict[str, Any]
    asked_by: str
    asked_at: datetime
    attempt: int
    begun: datetime | None
    finished: datetime | None
    stop_asked: datetime | None
    stage: str
    words: Texts
    fraction: Annotated[float, Field(description="How far the stage is, 0 to 1.")]
    progress: Annotated[float, Field(description="How far the whole is, 0 to 1.")]
    detail: str
    result: dict[str, Any] | None
    fault: Texts | None


class JobAnswer(BaseModel):
    """A job; `new` is false when it was asked for already and has not begun."""

    job: JobSeen
    new: bool = False


class JobsAnswer(BaseModel):
    """Jobs, newest first; `before` is where the next page begins."""

    jobs: list[JobSeen]
    before: int | None


class Refusal(BaseModel):
    """Why something was not done."""

    code: str
    message: str


class JobRefused(Exception):
    """An answer that is not the one asked for."""

    def __init__(self, status: int, code: str, words: Words) -> None:
        super().__init__(words.en)
        self.status, self.code, self.words = status, code, words


_UNKNOWN = Words("there is no such job", "没有这个任务")
_NO_TOKEN = Words(
    "a token that may see to jobs is needed: Authorization: Bearer …", "需要有任务权限的令牌：Authorization: Bearer …"
)
_REFUSALS: dict[int | str, dict[str, Any]] = {401: {"model": Refusal}, 422: {"model": Refusal}}
_ONE = _REFUSALS | {404: {"model": Refusal}}


def jobs_router(registry: Registry, allowed: Allowed) -> APIRouter:
    """Return the routes under /v1/jobs over a project's registry; `allowed` says who speaks.

    They raise `JobRefused`, which `answer_refusal` answers.
    """

    def speaks(request: Request) -> None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        name = allowed(token.strip()) if kind.lower() == "bearer" else None
        if name is None:
            raise JobRefused(401, "unauthorized", _NO_TOKEN)
        request.state.speaker = name

    router = APIRouter(prefix="/v1/jobs", tags=["jobs"], dependencies=[Depends(speaks)])

    @router.get("", responses=_REFUSALS)
    def list_jobs(
        state: Annotated[list[State] | None, Query()] = None,
        kind: Annotated[list[Kind] | None, Query()] = None,
        before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
    ) -> JobsAnswer:
        """List jobs, the newest first."""
        found = jobs(registry, states=state or (), kinds=kind or (), before=before, limit=limit)
        return JobsAnswer(jobs=[seen(each) for each in found], before=found[-1].id if len(found) == limit else None)

    @router.post("", status_code=202, responses=_REFUSALS)
    def ask(wanted: JobWanted, request: Request) -> JobAnswer:
        """Ask for a job. The same one, asked for and not yet begun, is not asked for twice."""
        name = request.state.speaker
        try:
            settings = asked_settings(wanted.as_of, wanted.workers, wanted.memory, accept_loss=wanted.accept_loss)
        except ProjectError as error:
            raise JobRefused(422, "invalid", error.words) from None
        job, new = ask_for_job(registry, wanted.kind, f"{name}:{wanted.by}" if wanted.by else name, settings)
        return JobAnswer(job=seen(job), new=new)

    @router.get("/{number}", responses=_ONE)
    def show(number: Number) -> JobAnswer:
        """Show one job."""
        return JobAnswer(job=seen(_there(job_of(registry, number))))

    @router.delete("/{number}", status_code=202, responses=_ONE)
    def cancel(number: Number) -> JobAnswer:
        """Stop a job: at once when it waits, soon when it runs; a job that is over stays as it is."""
        return JobAnswer(job=seen(_there(stop_job(registry, number))))

    return router


def create_jobs_api(registry: Registry, allowed: Allowed) -> FastAPI:
    """Return an application of the job routes alone."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(jobs_router(registry, allowed))
    app.add_exception_handler(JobRefused, answer_refusal)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    return app


def answer_refusal(request: Request, error: Exception) -> JSONResponse:
    """Answer a `JobRefused` as {code, message}, in the language the request asks for."""
    assert isinstance(error, JobRefused)
    return _refusal(error.status, error.code, error.words.say(_language(request)))


def seen(job: Job) -> JobSeen:
    """Return a job as the API shows it."""
    values = asdict(job)
    for name in ("asked_at", "begun", "finished", "stop_asked"):
        values[name] = values[name].replace(tzinfo=UTC) if values[name] else None
    return JobSeen.model_validate(values)


def _there(job: Job | None) -> Job:
    if job is None:
        raise JobRefused(404, "not_found", _UNKNOWN)
    return job


def _answer_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # What was sent is not said back: only where it is wrong, and why.
    where = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    words = Words(f"the request is not understood: {where}", f"请求有误：{where}")
    return _refusal(422, "invalid", words.say(_language(request)))


def _refusal(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse(Refusal(code=code, message=message).model_dump(), status_code=status)


def _language(request: Request) -> Language:
    return language_of(request.headers.get("accept-language", "en").strip())
