"""The progress of a job as a bar: on a terminal, or in a notebook."""

from __future__ import annotations

from typing import Any

from tqdm.auto import tqdm

from ._types import JobEvent


class ProgressBar:
    """Follows the events of one job; it draws nothing until the first progress event."""

    def __init__(self, job: str) -> None:
        self._job = job
        self._bar: Any = None

    def show(self, event: JobEvent) -> None:
        if event["type"] != "progress":
            return
        data = event["data"]
        if self._bar is None:
            self._bar = tqdm(total=data["steps"], unit="step", desc=self._job)
        self._bar.n = data["step"]
        self._bar.set_postfix(loss=f"{data['loss']:.4f}", accuracy=f"{data['accuracy']:.3f}")

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
