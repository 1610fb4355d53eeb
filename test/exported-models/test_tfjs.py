"""TensorFlow.js as npm has it, with the program that comes in the zip, as it stands there."""

import json
import pathlib
import re
import subprocess
import zipfile

import numpy as np
import pytest

PACKAGES = pathlib.Path(__file__).parents[2] / "node_modules"


@pytest.mark.parametrize("name", ["model.tfjs", "raw.tfjs"])
def test_tfjs_computes_what_predict_says(exported, name: str, tmp_path: pathlib.Path) -> None:
    zipfile.ZipFile(exported.file(name)).extractall(tmp_path)
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    readme = (tmp_path / "README.txt").read_text()
    [program] = re.findall(r"---- predict\.mjs ----\n(.*?)---- end ----", readme, re.DOTALL)
    (tmp_path / "predict.mjs").write_text(program)
    asked = json.dumps(exported.sequences)
    node = subprocess.run(["node", "predict.mjs"], cwd=tmp_path, input=asked, capture_output=True, text=True)
    assert node.returncode == 0, node.stderr
    # The library greets on standard output.
    answers = json.loads(node.stdout[node.stdout.rfind("\n[[") + 1 :])
    for probabilities, expected in zip(answers, exported.expected, strict=True):
        assert np.shape(probabilities) == expected.shape
        assert np.abs(np.array(probabilities) - expected).max() < 1e-5
