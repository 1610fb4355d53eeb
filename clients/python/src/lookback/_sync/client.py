# Written by generate.py from client.py of _async: not to be edited.
"""The client: one method for each operation of the service, and the few that people want on top of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast

import httpx
from httpx_sse import EventSource

from .._errors import JobFailed, error_of
from .._predictions import Predictions
from .._progress import ProgressBar
from .._report import Report
from .._settings import STREAM_TIMEOUT
from .._sleep import sleep
from .._types import Alias, ChangedJob, Checkpoint, DatasetSheet, DoctorReport, Evaluated, Explanations, Job, JobEvent
from .._types import Preset, PreviewSequence, Session, Task, Validation, Worker
from .._uploads import plain, upload_of_file, upload_of_frame, upload_of_model, upload_of_sequences
from .connection import LONGEST_PAUSE_SECONDS, PAUSE_SECONDS, Connection, given, part, pause_of
from .session import LiveSession

if TYPE_CHECKING:
    import pandas as pd

CheckpointChoice = int | Literal["latest", "best"]
DownloadFormat = Literal["tfjs", "keras", "onnx", "safetensors"]
GraphInputs = Literal["encoded", "raw"]

#: Statuses that a job does not leave by itself.
TERMINAL = frozenset({"succeeded", "failed", "cancelled"})


class Lookback:
    """A connection to a service.

    url: its address; `LOOKBACK_URL` of the environment, or http://127.0.0.1:3000.
    key: what opens it, where it asks for one; `LOOKBACK_KEY` of the environment.
    timeout: seconds without an answer after which a request fails.

    Requests that change nothing when repeated are tried again where the connection breaks or the service is busy; a
    submission carries a key for that (`Idempotency-Key`), so that it makes one job. Refusals are raised as `ApiError`.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        key: str | None = None,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._connection = Connection(url, key, timeout, transport)

    def __enter__(self) -> Lookback:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    # Jobs

    def submit(self, spec: Mapping[str, Any] | None = None, *, idempotency_key: str | None = None, **fields: Any) -> Job:
        """Submits a job: a spec, or its fields as arguments (`submit(preset="lookback")`)."""
        headers = {"idempotency-key": idempotency_key or uuid.uuid4().hex}
        return cast(Job, self._connection.json("POST", "/v1/jobs", json={**(spec or {}), **fields}, headers=headers, repeat=True))

    def validate(self, spec: Mapping[str, Any] | None = None, **fields: Any) -> Validation:
        """A dry run: the spec as it would run, its cost, and what the doctor says of its data."""
        return cast(Validation, self._connection.json("POST", "/v1/jobs/validate", json={**(spec or {}), **fields}, repeat=True))

    def job(self, id: str) -> Job:
        return cast(Job, self._connection.json("GET", f"/v1/jobs/{part(id)}"))

    def jobs(
        self, *, status: str | None = None, name: str | None = None, created_before: str | None = None
    ) -> Iterator[Job]:
        """All jobs, or those that fit the filter, newest first, page by page."""
        query = {"status": status, "name": name, "createdBefore": created_before}
        for one in self._connection.pages("GET", "/v1/jobs", query):
            yield cast(Job, one)

    def cancel(self, id: str, *, checkpoint: bool = True) -> Job:
        """Cancels a job; its work is kept as a checkpoint unless `checkpoint` is False."""
        return self._steer(id, "cancel", {} if checkpoint else {"checkpoint": "false"})

    def pause(self, id: str) -> Job:
        return self._steer(id, "pause")

    def resume(self, id: str) -> Job:
        return self._steer(id, "resume")

    def retry(self, id: str, *, start: Literal["checkpoint", "beginning"] = "checkpoint") -> Job:
        return cast(Job, self._connection.json("POST", f"/v1/jobs/{part(id)}/retry", json={"from": start}))

    def remove(self, id: str) -> None:
        """Removes a job with its events and checkpoints; cancels it first where it runs."""
        self._connection.request("DELETE", f"/v1/jobs/{part(id)}")

    def cancel_jobs(
        self, *, status: str | None = None, name: str | None = None, created_before: str | None = None, checkpoint: bool = True
    ) -> list[ChangedJob]:
        """Cancels all jobs that fit the filter, at least one part of which must be given."""
        query = {"status": status, "name": name, "createdBefore": created_before}
        query["checkpoint"] = None if checkpoint else "false"
        return [cast(ChangedJob, one) for one in self._connection.pages("POST", "/v1/jobs/cancel", query)]

    def remove_jobs(
        self, *, status: str | None = None, name: str | None = None, created_before: str | None = None
    ) -> list[ChangedJob]:
        """Removes all jobs that fit the filter, at least one part of which must be given."""
        query = {"status": status, "name": name, "createdBefore": created_before}
        return [cast(ChangedJob, one) for one in self._connection.pages("DELETE", "/v1/jobs", query)]

    def events(self, id: str, *, after: int = 0) -> Iterator[JobEvent]:
        """The events of a job, from the first behind `after` to the terminal status.

        A stream that breaks, or a service that is away for a while, is taken up where it broke: no event is lost."""
        last, pause = after, PAUSE_SECONDS
        while True:
            headers = {"accept": "text/event-stream", "last-event-id": str(last)}
            try:
                with self._connection.http.stream(
                    "GET", f"/v1/jobs/{part(id)}/events", headers=headers, timeout=STREAM_TIMEOUT
                ) as response:
                    if response.status_code == 204:
                        return
                    if response.status_code == 503:
                        pause = pause_of(response, pause)
                    elif response.is_error:
                        response.read()
                        raise error_of(response)
                    else:
                        for sent in EventSource(response).iter_sse():
                            if not sent.id or sent.id == str(last):
                                continue
                            last, pause = int(sent.id), PAUSE_SECONDS
                            data = sent.json()
                            event = {"id": last, "at": data.pop("at"), "type": sent.event, "data": data}
                            yield cast(JobEvent, event)
                            if sent.event == "status" and data["status"] in TERMINAL:
                                # The service is asked at once whether that was all: it is, unless the job was retried.
                                pause = 0.0
            except httpx.TransportError:
                pause = min(LONGEST_PAUSE_SECONDS, max(PAUSE_SECONDS, 2 * pause))
            sleep(pause)

    def watch(self) -> Iterator[dict[str, Any]]:
        """What happens to all jobs from now on, as `{"type", "data"}`, with the job's id in the data.

        It begins with `reread`, and says it again whenever events may have been missed: read the lists then. It does
        not end by itself."""
        pause = PAUSE_SECONDS
        while True:
            headers = {"accept": "text/event-stream"}
            try:
                with self._connection.http.stream(
                    "GET", "/v1/events", headers=headers, timeout=STREAM_TIMEOUT
                ) as response:
                    if response.status_code == 503:
                        pause = pause_of(response, pause)
                    elif response.is_error:
                        response.read()
                        raise error_of(response)
                    else:
                        pause = PAUSE_SECONDS
                        for sent in EventSource(response).iter_sse():
                            yield {"type": sent.event, "data": sent.json()}
            except httpx.TransportError:
                pause = min(LONGEST_PAUSE_SECONDS, max(PAUSE_SECONDS, 2 * pause))
            sleep(pause)

    def wait(self, id: str, *, progress: bool = False) -> Job:
        """Waits for the end of a job and returns its record; `progress` draws a bar meanwhile.

        Raises JobFailed where the job fails or is cancelled."""
        bar = ProgressBar(id) if progress else None
        try:
            for event in self.events(id):
                if bar is not None:
                    bar.show(event)
        finally:
            if bar is not None:
                bar.close()
        job = self.job(id)
        if job["status"] != "succeeded":
            raise JobFailed(cast(dict[str, Any], job))
        return job

    def report(self, id: str) -> Report:
        return Report(self._connection.json("GET", f"/v1/jobs/{part(id)}/report"))

    def evaluate(self, id: str, dataset: str, *, checkpoint: CheckpointChoice = "latest") -> Evaluated:
        """How well a checkpoint does on a dataset, which has to fit the model: the figures of a report."""
        body = {"dataset": dataset, "checkpoint": checkpoint}
        answer = self._connection.json("POST", f"/v1/jobs/{part(id)}/evaluate", json=body)
        return cast(Evaluated, answer)

    # Checkpoints and predictions

    def checkpoints(self, id: str) -> Iterator[Checkpoint]:
        for one in self._connection.pages("GET", f"/v1/jobs/{part(id)}/checkpoints", {}):
            yield cast(Checkpoint, one)

    def download(
        self,
        id: str,
        folder: str | PathLike[str] = ".",
        *,
        checkpoint: CheckpointChoice = "latest",
        format: DownloadFormat | None = None,
        inputs: GraphInputs | None = None,
        lengths: bool = False,
        state: bool = False,
    ) -> Path:
        """Downloads a checkpoint into a folder, in a format of your choice (tfjs); the path of the file that it becomes.

        inputs: what its graph takes, "encoded" steps (as by default) or "raw" ones. lengths, state: of "onnx", whether its
        graph takes the lengths of padded sequences, and whether it takes and gives the state."""
        path = f"/v1/jobs/{part(id)}/checkpoints/{checkpoint}/download"
        query = {"format": format, "inputs": inputs, "lengths": "true" if lengths else None, "state": "true" if state else None}
        return self._connection.download(path, query, Path(folder), f"{id}-{checkpoint}.zip")

    def predict(
        self,
        sequences: Any,
        *,
        job: str | None = None,
        model: str | None = None,
        checkpoint: CheckpointChoice | None = None,
        at: Literal["every-step", "end"] | None = None,
        initial_state: Literal["trained", "zero"] | None = None,
        probabilities: bool | None = None,
        top: int | None = None,
    ) -> Predictions:
        """Class probabilities of every step of every sequence, or after their last steps (`at="end"`).

        sequences: array [N, T] or [N, T, I], or N sequences of any length; NaN is a missing value.
        job or model: the id of a job, or an alias. top: so many most probable classes in place of all probabilities.
        """
        body = {
            **_reference(job, model, checkpoint),
            "at": at,
            "initialState": initial_state,
            "probabilities": probabilities,
            "topK": top,
            "sequences": [plain(one) for one in sequences],
        }
        return Predictions(self._connection.json("POST", "/predict", json=given(body), repeat=True))

    def explain(
        self,
        sequences: Any,
        *,
        job: str | None = None,
        model: str | None = None,
        checkpoint: CheckpointChoice | None = None,
        steps: list[list[int]] | None = None,
        lags: int | None = None,
        replacements: int | None = None,
        seed: int | None = None,
    ) -> Explanations:
        """Which inputs moved the probabilities at some steps of sequences, and by how much.

        steps: for each sequence, the steps that are asked about; by default its last."""
        body = {
            **_reference(job, model, checkpoint),
            "sequences": [plain(one) for one in sequences],
            "steps": steps,
            "lags": lags,
            "replacements": replacements,
            "seed": seed,
        }
        answer = self._connection.json("POST", "/predict/explain", json=given(body), repeat=True)
        return cast(Explanations, answer)

    def session(
        self,
        *,
        job: str | None = None,
        model: str | None = None,
        checkpoint: CheckpointChoice | None = None,
        initial_state: Literal["trained", "zero"] | None = None,
    ) -> LiveSession:
        """Opens a session: a sequence that comes step by step, with a prediction after each. To be used in `async with`."""
        body = given({**_reference(job, model, checkpoint), "initialState": initial_state})
        headers = {"idempotency-key": uuid.uuid4().hex}
        opened = self._connection.json("POST", "/v1/sessions", json=body, headers=headers, repeat=True)
        return LiveSession(self._connection, cast(Session, opened))

    def find_session(self, id: str) -> LiveSession:
        """A session that was opened elsewhere."""
        found = self._connection.json("GET", f"/v1/sessions/{part(id)}")
        return LiveSession(self._connection, cast(Session, found))

    # Aliases

    def aliases(self) -> Iterator[Alias]:
        for one in self._connection.pages("GET", "/v1/aliases", {}):
            yield cast(Alias, one)

    def alias(self, name: str) -> Alias:
        return cast(Alias, self._connection.json("GET", f"/v1/aliases/{part(name)}"))

    def set_alias(
        self,
        name: str,
        job: str,
        *,
        checkpoint: CheckpointChoice = "latest",
        canary: Mapping[str, Any] | None = None,
    ) -> Alias:
        """Lets a name stand for a checkpoint; `canary` is `{"checkpoint", "share"}` of a second one."""
        body = given({"job": job, "checkpoint": checkpoint, "canary": canary})
        return cast(Alias, self._connection.json("PUT", f"/v1/aliases/{part(name)}", json=body))

    def remove_alias(self, name: str) -> None:
        self._connection.request("DELETE", f"/v1/aliases/{part(name)}")

    def alias_history(self, name: str) -> list[Alias]:
        """What a name has stood for, the present first."""
        page = self._connection.json("GET", f"/v1/aliases/{part(name)}/history")
        return cast(list[Alias], page["data"])

    def roll_back(self, name: str, *, version: int | None = None) -> Alias:
        """Lets a name stand for what it stood for before, or in a version of its history."""
        body = given({"version": version})
        return cast(Alias, self._connection.json("POST", f"/v1/aliases/{part(name)}/rollback", json=body))

    def import_model(
        self,
        source: str | PathLike[str] | BinaryIO | bytes,
        *,
        name: str | None = None,
        labels: Sequence[str | int] | None = None,
        inputs: Mapping[str, Any] | None = None,
        at: Literal["every-step", "end"] | None = None,
        progress: bool = False,
    ) -> Job:
        """Makes a job of a model that was trained elsewhere: a zip with a tfjs model, a .keras archive, or safetensors."""
        return cast(Job, self._connection.upload(upload_of_model(source, name, labels, inputs, at, progress), "/v1/jobs/import"))

    # Datasets

    def upload(self, x: Any, y: Any, *, name: str | None = None) -> DatasetSheet:
        """Uploads N sequences with their labels: arrays, or lists of any length (`lookback._uploads` says what may be in them)."""
        return cast(DatasetSheet, self._connection.upload(upload_of_sequences(x, y, name)))

    def upload_frame(
        self,
        frame: pd.DataFrame,
        *,
        sequence: str,
        features: str | Iterable[str],
        label: str,
        step: str | None = None,
        name: str | None = None,
    ) -> DatasetSheet:
        """Uploads a frame in long form, a row a step: which columns hold the sequence's id, the inputs and the label."""
        return cast(DatasetSheet, self._connection.upload(upload_of_frame(frame, name, sequence=sequence, features=features, label=label, step=step)))

    def upload_file(
        self,
        source: str | PathLike[str] | BinaryIO | bytes,
        *,
        format: str | None = None,
        name: str | None = None,
        mapping: Mapping[str, Any] | None = None,
        progress: bool = False,
        **options: str,
    ) -> DatasetSheet:
        """Uploads a file as it is; `options` are further parameters of the service for its format."""
        return cast(DatasetSheet, self._connection.upload(upload_of_file(source, name, format, mapping, options, progress)))

    def datasets(self) -> Iterator[DatasetSheet]:
        """All datasets, newest first."""
        for one in self._connection.pages("GET", "/v1/datasets", {}):
            yield cast(DatasetSheet, one)

    def dataset(self, id: str) -> DatasetSheet:
        return cast(DatasetSheet, self._connection.json("GET", f"/v1/datasets/{part(id)}"))

    def preview(self, id: str, *, sequences: int = 5) -> list[PreviewSequence]:
        """The first sequences, as they were uploaded."""
        page = self._connection.json("GET", f"/v1/datasets/{part(id)}/preview", params={"sequences": str(sequences)})
        return cast(list[PreviewSequence], page["data"])

    def doctor(self, dataset: str) -> DoctorReport:
        """What the doctor says of a dataset, before any training."""
        return cast(DoctorReport, self._connection.json("POST", f"/v1/datasets/{part(dataset)}/doctor", repeat=True))

    def remove_dataset(self, id: str) -> None:
        self._connection.request("DELETE", f"/v1/datasets/{part(id)}")

    # The service

    def presets(self) -> list[Preset]:
        return cast(list[Preset], (self._connection.json("GET", "/v1/presets"))["data"])

    def tasks(self) -> list[Task]:
        return cast(list[Task], (self._connection.json("GET", "/v1/tasks"))["data"])

    def workers(self) -> list[Worker]:
        return cast(list[Worker], (self._connection.json("GET", "/v1/workers"))["data"])

    def is_live(self) -> bool:
        """Whether the service answers at all."""
        try:
            return (self._connection.http.get("/health/live")).is_success
        except httpx.TransportError:
            return False

    def readiness(self) -> dict[str, Any]:
        """What the service says of its parts; `status` is also what is wrong with them."""
        return cast(dict[str, Any], (self._connection.http.get("/health/ready")).json())

    def metrics(self) -> str:
        """Metrics in the text format of Prometheus."""
        return (self._connection.request("GET", "/metrics")).text

    def openapi(self) -> dict[str, Any]:
        return cast(dict[str, Any], self._connection.json("GET", "/openapi.json"))

    def _steer(self, id: str, verb: str, query: dict[str, str | None] | None = None) -> Job:
        return cast(Job, self._connection.json("POST", f"/v1/jobs/{part(id)}/{verb}", params=query))


def _reference(job: str | None, model: str | None, checkpoint: CheckpointChoice | None) -> dict[str, Any]:
    """What names a model. Raises ValueError where neither a job nor an alias is named, or both are."""
    if (job is None) == (model is None):
        raise ValueError("Name the model by its job (job=...) or by an alias (model=...).")
    return given({"job": job, "model": model, "checkpoint": checkpoint})
