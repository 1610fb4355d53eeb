"""What goes wrong, as exceptions: each has the stable `code` that programs look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong with a request."""

    path: str
    message: str
    #: Where the field by itself is as its schema says: `between-fields` or `unknown-id`.
    rule: str | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class ApiError(Exception):
    """The service refused a request (RFC 9457 problem details)."""

    def __init__(self, status: int, problem: dict[str, Any], retry_after: float | None = None) -> None:
        self.status = status
        self.code: str = str(problem.get("code", "unknown"))
        self.detail: str = str(problem.get("detail") or problem.get("title") or f"The service answered {status}.")
        self.errors = [
            Mistake(str(one.get("path", "")), str(one.get("message", "")), one.get("rule"))
            for one in problem.get("errors", [])
        ]
        #: Seconds after which the service asks to be tried again.
        self.retry_after = retry_after
        super().__init__("\n  ".join([f"{self.detail} ({self.code})", *map(str, self.errors[1:])]))


class InvalidInput(ApiError):
    """A field, a parameter or an upload is not valid: `errors` names what."""


class Unavailable(ApiError):
    """The service is busy, or lacks something for the moment: the same request may succeed later."""


class JobFailed(Exception):
    """A job that was waited for ended otherwise than well; `job` is its record."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        error = job.get("error") or {}
        self.code: str = str(error.get("code", job["status"]))
        super().__init__(f"The job {job['id']} {_ending(job['status'])}: {error.get('message', 'no reason was given')}")


def _ending(status: str) -> str:
    return "failed" if status == "failed" else f"was {status}"


def error_of(response: httpx.Response) -> ApiError:
    """The exception that a refusal stands for; its body has been read."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    kind = {400: InvalidInput, 429: Unavailable, 503: Unavailable}.get(response.status_code, ApiError)
    return kind(response.status_code, problem, seconds_to_wait(response))


def seconds_to_wait(response: httpx.Response) -> float | None:
    """`Retry-After` where it is a number of seconds."""
    try:
        return max(0.0, float(response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None
