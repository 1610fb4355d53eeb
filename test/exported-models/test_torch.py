"""PyTorch's own LSTM, from the tensors of a safetensors file by the program of the guide: `npm run test:torch`."""

import numpy as np
import pytest
import serving_guide

pytest.importorskip("torch", reason="npm run test:torch has PyTorch")


def test_torch_computes_what_predict_says(exported, monkeypatch) -> None:
    for sequence, expected in zip(exported.sequences, exported.expected):
        names = serving_guide.run("torch", sequence, exported.folder, monkeypatch)
        probabilities = np.array(names["probabilities"]).reshape(expected.shape)
        assert np.abs(probabilities - expected).max() < 1e-5
