"""A session: a sequence that comes step by step, with its state in the service between them."""

from __future__ import annotations

from typing import Any

from .._predictions import SequencePrediction, prediction_of
from .._types import Session
from .._uploads import plain
from .connection import AsyncConnection, part


class AsyncLiveSession:
    """Ends with its `async with`, or some time after its last step."""

    def __init__(self, connection: AsyncConnection, session: Session) -> None:
        self._connection = connection
        self.id = session["id"]
        self.job = session["job"]
        #: Steps so far.
        self.length = session["steps"]

    async def __aenter__(self) -> AsyncLiveSession:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    async def steps(self, steps: Any) -> list[SequencePrediction]:
        """A prediction after each of the steps: the same, to the last bit, as one sequence of all of them gets.

        steps: array [T] or [T, I], or a list. A call whose answer was lost is repeated without counting twice."""
        body = {"steps": [plain(step) for step in steps], "after": self.length}
        path = f"/v1/sessions/{part(self.id)}/steps"
        answer = await self._connection.json("POST", path, json=body)
        self.length = answer["steps"]
        return [prediction_of(one) for one in answer["predictions"]]

    async def end(self) -> None:
        await self._connection.request("DELETE", f"/v1/sessions/{part(self.id)}")
