"""Asking the running server of a project for jobs, from another process of this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any

from huaxiang.errors import HuaxiangError, ServiceError
from huaxiang.server.presence import Presence
from huaxiang.words import Words

_PATIENCE = 30.0


class Talk:
    """Speaks to one server. Every method raises ServiceError when it does not answer or refuses."""

    def __init__(self, presence: Presence) -> None:
        self.presence = presence

    def ask(self, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
        """Ask for a job (kind, as_of, workers, memory, by); return it, and whether it is new."""
        answer = self._speak("POST", "/v1/jobs", wanted)
        return answer["job"], answer["new"]

    def job(self, number: int) -> dict[str, Any]:
        """Return a job as it is now."""
        job: dict[str, Any] = self._speak("GET", f"/v1/jobs/{number}")["job"]
        return job

    def stop(self, number: int) -> dict[str, Any]:
        """Ask a job to stop; return it."""
        job: dict[str, Any] = self._speak("DELETE", f"/v1/jobs/{number}")["job"]
        return job

    def _speak(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        connection = HTTPConnection(self.presence.reached_at, self.presence.port, timeout=_PATIENCE)
        headers = {"Authorization": f"Bearer {self.presence.token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = connection.getresponse()
            answer = json.loads(response.read() or b"{}")
        except (OSError, HTTPException, ValueError):
            raise _silent(self.presence) from None
        finally:
            connection.close()
        if response.status >= 400:
            message = str(answer.get("message", response.status)) if isinstance(answer, dict) else str(response.status)
            raise ServiceError(Words(f"the server refused: {message}", f"服务拒绝了请求：{message}"))
        return answer


def _silent(presence: Presence) -> HuaxiangError:
    where = f"http://{presence.reached_at}:{presence.port}"
    return ServiceError(
        Words(
            f"the server of this project ({where}, process {presence.pid}) does not answer",
            f"这个项目的服务（{where}，进程 {presence.pid}）没有响应",
        )
    )
