"""The programs of the serving guide, as they stand there, give what /predict gives."""

import pathlib
import re
import sys

import numpy as np
import pytest

GUIDE = pathlib.Path(__file__).parents[2] / "docs" / "serving.md"
SEQUENCE = "sequence = [0, 0, 1, 0, 1, 1]"


def programs() -> dict[str, str]:
    """Those of the section about exports, by the file that they read; the first is what the others import."""
    [section] = re.findall(r"^## Export\n(.*?)(?=^## )", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    first, *others = re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return {"encode": first, **{re.search(r'"([\w-]+\.\w+)"', text)[1]: text for text in others}}


@pytest.mark.parametrize("file", ["model.keras", "model.onnx", "model.safetensors", "raw.onnx", "stateful.onnx"])
def test_a_program_of_the_guide(exported, file: str, tmp_path, monkeypatch) -> None:
    guide = programs()
    (tmp_path / "encode.py").write_text(guide["encode"])
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "encode", raising=False)
    monkeypatch.chdir(exported.folder)
    assert SEQUENCE in guide[file]
    for sequence, expected in zip(exported.sequences, exported.expected):
        names: dict = {}
        exec(guide[file].replace(SEQUENCE, f"sequence = {sequence!r}"), names)
        probabilities = np.array(names["probabilities"]).reshape(expected.shape)
        assert np.abs(probabilities - expected).max() < 1e-5
