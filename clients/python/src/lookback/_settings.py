"""Where the service is and which key opens it: arguments, or `LOOKBACK_URL` and `LOOKBACK_KEY` of the environment."""

from __future__ import annotations

import os

import httpx


def address_of(url: str | None) -> str:
    return (url or os.environ.get("LOOKBACK_URL") or "http://127.0.0.1:3000").rstrip("/")


def headers_of(key: str | None) -> dict[str, str]:
    key = key or os.environ.get("LOOKBACK_KEY")
    return {"authorization": f"Bearer {key}"} if key else {}


def timeout_of(seconds: float) -> httpx.Timeout:
    """An event stream is silent for up to 15 s between two comments; it has a timeout of its own."""
    return httpx.Timeout(seconds, connect=10.0)


#: A stream that brings not even a comment for so long is dead.
STREAM_TIMEOUT = httpx.Timeout(45.0, connect=10.0)
