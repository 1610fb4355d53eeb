"""A real service with one trained job, which has two checkpoints, and an alias for it."""

import os

import pytest
import tritonclient.http as triton
from lookback_service import Service


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
