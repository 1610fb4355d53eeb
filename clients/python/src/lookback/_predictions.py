"""What `/predict` answers, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class StepPredictions:
    """Of each of the T steps of a sequence."""

    #: [T] the most probable class.
    classes: NDArray[np.int64]
    #: [T, C], where they were asked for.
    probabilities: NDArray[np.float32] | None
    #: [T] what the dataset calls the classes; None: they have no names.
    labels: list[str | int] | None = None
    #: [T][top] the most probable classes as `{"class", "label", "probability"}`, where they were asked for.
    top: list[list[dict[str, Any]]] | None = None


@dataclass(frozen=True, eq=False)
class SequencePrediction:
    """Of a sequence as a whole, after its last step."""

    label_class: int
    #: [C], where they were asked for.
    probabilities: NDArray[np.float32] | None
    label: str | int | None = None
    #: [top] the most probable classes as `{"class", "label", "probability"}`, where they were asked for.
    top: list[dict[str, Any]] | None = None


Prediction = StepPredictions | SequencePrediction


class Predictions(Sequence[Prediction]):
    """One prediction for each sequence, in their order, with the checkpoint that made them."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.job: str = answer["job"]
        #: The alias, where the request named one.
        self.model: str | None = answer.get("model")
        self.step: int = answer["checkpoint"]["step"]
        #: Of the checkpoint's weights.
        self.sha256: str = answer["checkpoint"]["sha256"]
        #: The answer as it came.
        self.raw = answer
        self._predictions = [_any_prediction(one) for one in answer["predictions"]]

    def __len__(self) -> int:
        return len(self._predictions)

    @overload
    def __getitem__(self, index: int) -> Prediction: ...
    @overload
    def __getitem__(self, index: slice) -> list[Prediction]: ...
    def __getitem__(self, index: int | slice) -> Prediction | list[Prediction]:
        return self._predictions[index]

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """[N, T, C] of N sequences of equal length, [N, C] of predictions for whole sequences.

        Raises ValueError where sequences differ in length, or probabilities were not asked for."""
        arrays = [one.probabilities for one in self._predictions]
        if any(array is None for array in arrays):
            raise ValueError("These predictions were asked for without all their probabilities.")
        lengths = sorted({len(array) for array in arrays if array is not None})
        if len(lengths) > 1:
            raise ValueError(f"The sequences differ in length ({lengths[0]} to {lengths[-1]} steps): take them one by one.")
        return np.stack([array for array in arrays if array is not None])

    def __repr__(self) -> str:
        return f"<Predictions of {len(self)} sequences by {self.job} at step {self.step}>"


def _any_prediction(one: dict[str, Any]) -> Prediction:
    if "class" in one:
        return prediction_of(one)
    probabilities = _array(one.get("probabilities"))
    return StepPredictions(
        np.asarray(one["classes"], dtype=np.int64), probabilities, one.get("labels"), one.get("top")
    )


def prediction_of(one: dict[str, Any]) -> SequencePrediction:
    return SequencePrediction(one["class"], _array(one.get("probabilities")), one.get("label"), one.get("top"))


def _array(probabilities: list[Any] | None) -> NDArray[np.float32] | None:
    return None if probabilities is None else np.asarray(probabilities, dtype=np.float32)
