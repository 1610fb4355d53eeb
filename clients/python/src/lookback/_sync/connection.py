# Written by generate.py from connection.py of _async: not to be edited.
"""How requests are sent: repeated where they may be, page by page, refusals as exceptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from .._errors import error_of, seconds_to_wait
from .._settings import address_of, headers_of, timeout_of
from .._sleep import sleep
from .._uploads import Upload

#: Tries of a request that may be repeated, and the pause before each but the first unless the service names one.
_TRIES = 4
PAUSE_SECONDS = 0.5

#: The service may ask for more patience than a caller has.
LONGEST_PAUSE_SECONDS = 30.0


class Connection:
    """An HTTP client with the service's address and key; `http` is for what is read as it comes."""

    def __init__(
        self, url: str | None, key: str | None, timeout: float, transport: httpx.BaseTransport | None
    ) -> None:
        self.http = httpx.Client(
            base_url=address_of(url), headers=headers_of(key), timeout=timeout_of(timeout), transport=transport
        )

    def close(self) -> None:
        self.http.close()

    def json(self, method: str, path: str, **rest: Any) -> Any:
        return (self.request(method, path, **rest)).json()

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str | None] | None = None,
        headers: Mapping[str, str] | None = None,
        repeat: bool = False,
    ) -> httpx.Response:
        """Sends a request, again where it may be repeated (`repeat`, every GET) and did not get through.

        Raises ApiError for a refusal, httpx.TransportError where the service cannot be reached."""
        tries = _TRIES if repeat or method == "GET" else 1
        query = given(params or {})
        for left in reversed(range(tries)):
            pause = PAUSE_SECONDS * 2 ** (tries - left - 1)
            try:
                response = self.http.request(method, path, json=json, params=query, headers=headers)
                if not response.is_error:
                    return response
                if left == 0 or response.status_code not in (429, 503):
                    raise error_of(response)
                pause = pause_of(response, pause)
            except httpx.TransportError:
                if left == 0:
                    raise
            sleep(pause)
        raise AssertionError("the last try returns or raises")

    def pages(self, method: str, path: str, query: Mapping[str, str | None]) -> Iterator[Any]:
        """What a list holds, page by page; a list of changes is gone through the same way."""
        cursor: str | None = None
        while True:
            page = self.json(method, path, params={**query, "cursor": cursor})
            for one in page["data"]:
                yield one
            cursor = page["nextCursor"]
            if cursor is None:
                return

    def upload(self, upload: Upload, path: str = "/v1/datasets") -> Any:
        response = self.http.post(
            path,
            params=upload.query,
            content=iter(upload.pieces),
            headers={"content-type": "application/octet-stream"},
        )
        if response.is_error:
            raise error_of(response)
        return response.json()

    def download(self, path: str, query: Mapping[str, str | None], folder: Path, otherwise: str) -> Path:
        """Downloads a file under the name that the service gives it; it appears whole, or not at all."""
        with self.http.stream("GET", path, params=given(query)) as response:
            if response.is_error:
                response.read()
                raise error_of(response)
            target = folder / _file_name(response, otherwise)
            partial = target.with_name(f"{target.name}.part")
            try:
                with partial.open("wb") as file:
                    for piece in response.iter_bytes():
                        file.write(piece)
                partial.replace(target)
            finally:
                partial.unlink(missing_ok=True)
        return target


def part(id: str) -> str:
    """An id as a part of a path, with nothing in it that would make it another path.

    Raises ValueError for what cannot be an id."""
    if not re.fullmatch(r"[\w.-]+", id, re.ASCII) or set(id) == {"."}:
        raise ValueError(f"{id!r} is no id.")
    return id


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def pause_of(response: httpx.Response, otherwise: float) -> float:
    asked = seconds_to_wait(response)
    return otherwise if asked is None else min(asked, LONGEST_PAUSE_SECONDS)


def _file_name(response: httpx.Response, otherwise: str) -> str:
    """The name that the service gives the file, without a folder."""
    found = re.search(r'filename="?([\w.-]+)"?', response.headers.get("content-disposition", ""))
    return found[1] if found else otherwise
