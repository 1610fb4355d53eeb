"""The Python client of Lookback: `Lookback` for scripts and notebooks, `AsyncLookback` for asyncio."""

from ._async.client import AsyncLookback
from ._errors import ApiError, InvalidInput, JobFailed, Mistake, Unavailable
from ._predictions import Predictions, SequencePrediction, StepPredictions
from ._report import Report
from ._sync.client import Lookback

__all__ = [
    "ApiError",
    "AsyncLookback",
    "InvalidInput",
    "JobFailed",
    "Lookback",
    "Mistake",
    "Predictions",
    "Report",
    "SequencePrediction",
    "StepPredictions",
    "Unavailable",
]
