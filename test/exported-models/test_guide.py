"""The programs of the serving guide, as they stand there, give what /predict gives."""

import numpy as np
import pytest
import serving_guide


@pytest.mark.parametrize("file", ["model.keras", "model.onnx", "model.safetensors", "raw.onnx", "stateful.onnx"])
def test_a_program_of_the_guide(exported, file: str, monkeypatch) -> None:
    for sequence, expected in zip(exported.sequences, exported.expected):
        names = serving_guide.run(file, sequence, exported.folder, monkeypatch)
        probabilities = np.array(names["probabilities"]).reshape(expected.shape)
        assert np.abs(probabilities - expected).max() < 1e-5
