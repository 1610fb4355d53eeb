# Written by generate.py from session.py of _async: not to be edited.
"""A session: a sequence that comes step by step, with its state in the service between them."""

from __future__ import annotations

from typing import Any

from .._predictions import SequencePrediction, prediction_of
from .._types import Session
from .._uploads import plain
from .connection import Connection, part


class LiveSession:
    """Ends with its `async with`, or some time after its last step."""

    def __init__(self, connection: Connection, session: Session) -> None:
        self._connection = connection
        self.id = session["id"]
        self.job = session["job"]
        #: Steps so far.
        self.length = session["steps"]

    def __enter__(self) -> LiveSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def steps(self, steps: Any) -> list[SequencePrediction]:
        """A prediction after each of the steps: the same, to the last bit, as one sequence of all of them gets.

        steps: array [T] or [T, I], or a list. A call whose answer was lost is repeated without counting twice."""
        body = {"steps": [plain(step) for step in steps], "after": self.length}
        path = f"/v1/sessions/{part(self.id)}/steps"
        answer = self._connection.json("POST", path, json=body)
        self.length = answer["steps"]
        return [prediction_of(one) for one in answer["predictions"]]

    def end(self) -> None:
        self._connection.request("DELETE", f"/v1/sessions/{part(self.id)}")
