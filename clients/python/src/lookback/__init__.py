"""The Python client of Lookback: `Lookback` for scripts and notebooks, `AsyncLookback` for asyncio."""

from ._async.client import AsyncLookback
from ._async.session import AsyncLiveSession
from ._errors import ApiError, InvalidInput, JobFailed, Mistake, Unavailable
from ._predictions import Predictions, SequencePrediction, StepPredictions
from ._report import Report
from ._sync.client import Lookback
from ._sync.session import LiveSession

__all__ = [
    "ApiError",
    "AsyncLiveSession",
    "AsyncLookback",
    "InvalidInput",
    "JobFailed",
    "LiveSession",
    "Lookback",
    "Mistake",
    "Predictions",
    "Report",
    "SequencePrediction",
    "StepPredictions",
    "Unavailable",
]
