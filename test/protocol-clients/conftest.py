"""A real service with one trained job, which has two checkpoints, and an alias for it."""

import json
import os
import time
import urllib.request

import pytest
import tritonclient.http as triton


class Service:
    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, path: str, body: object = None) -> dict:
        return self._send(method, path, None if body is None else json.dumps(body), "application/json")

    def upload(self, lines: str) -> str:
        return self._send("POST", "/v1/datasets", lines, "application/x-ndjson")["id"]

    def _send(self, method: str, path: str, body: str | None, kind: str) -> dict:
        data, headers = (None, {}) if body is None else (body.encode(), {"content-type": kind})
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def train(self, spec: dict) -> str:
        job = self.ask("POST", "/v1/jobs", spec)["id"]
        until = time.monotonic() + 120
        while (status := self.ask("GET", f"/v1/jobs/{job}")["status"]) != "succeeded":
            assert status in ("queued", "running") and time.monotonic() < until, status
            time.sleep(0.1)
        return job

    def predict(self, model: dict, sequences: list) -> list:
        return self.ask("POST", "/predict", {**model, "sequences": sequences})["predictions"]


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(os.environ["LOOKBACK_URL"])


@pytest.fixture(scope="session")
def job(service: Service) -> str:
    return service.train({"training": {"steps": 40, "checkpointEvery": 20}, "engine": "simd", "diagnose": False})


@pytest.fixture(scope="session")
def model(service: Service, job: str) -> str:
    service.ask("PUT", "/v1/aliases/digits", {"job": job, "checkpoint": 40})
    return "digits"


@pytest.fixture
def client(service: Service):
    with triton.InferenceServerClient(service.url.removeprefix("http://")) as client:
        yield client
