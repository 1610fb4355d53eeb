"""The suite runs against a real service: `npm run test:python` starts one and names it in LOOKBACK_URL."""

import os
from collections.abc import Iterator

import numpy as np
import pytest

from lookback import Lookback


@pytest.fixture(scope="session")
def url() -> str:
    address = os.environ.get("LOOKBACK_URL")
    if address is None:
        pytest.exit("LOOKBACK_URL does not name a service: run `npm run test:python`.", returncode=2)
    return address


@pytest.fixture(scope="session")
def client(url: str) -> Iterator[Lookback]:
    with Lookback(url) as client:
        yield client


@pytest.fixture(scope="session")
def trained(client: Lookback) -> str:
    """A job that has learned binary digits."""
    job = client.submit(preset="lookback", training={"steps": 600, "reportEvery": 100})
    return client.wait(job["id"])["id"]


@pytest.fixture(scope="session")
def walks() -> tuple[np.ndarray, np.ndarray]:
    """[200, 30] directions, and whether each step turns; the first one cannot be known."""
    ways = np.random.default_rng(1).integers(0, 2, (200, 30))
    turns = np.abs(np.diff(ways, axis=1)).astype(float)
    return ways, np.hstack([np.full((200, 1), np.nan), turns])
