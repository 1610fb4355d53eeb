"""Keras and ONNX Runtime, in Python and in Node, agree for batches and lengths of any size."""

import json
import os
import pathlib
import subprocess
import zipfile

import keras
import numpy as np
import onnxruntime
import pytest
from safetensors import safe_open

NODE_PROGRAM = pathlib.Path(__file__).with_name("run-onnx.mjs")
SIZES = [(1, 1), (3, 1), (1, 50), (3, 50)]


def inputs_of(session: onnxruntime.InferenceSession) -> list[np.ndarray]:
    [inputs] = session.get_inputs()
    assert inputs.name == "inputs" and inputs.shape[:2] == ["batch", "time"]
    draw = np.random.default_rng(5)
    return [draw.uniform(-2, 2, (*size, inputs.shape[2])).astype(np.float32) for size in SIZES]


@pytest.fixture
def session(exported) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(exported.file("onnx"))


def test_keras_and_onnx_agree(exported, session) -> None:
    model = keras.saving.load_model(exported.file("keras"))
    for inputs in inputs_of(session):
        [ours] = session.run(["probabilities"], {"inputs": inputs})
        theirs = model.predict(inputs, verbose=0)
        assert ours.shape == theirs.shape
        assert ours.shape[0] == inputs.shape[0]
        assert np.abs(ours - theirs).max() < 1e-5


def test_each_row_of_a_batch_is_as_it_is_alone(session) -> None:
    for inputs in inputs_of(session):
        [together] = session.run(None, {"inputs": inputs})
        for row, probabilities in zip(inputs, together):
            [[alone]] = session.run(None, {"inputs": row[np.newaxis]})
            assert np.abs(alone - probabilities).max() < 1e-6


def test_onnx_runtime_of_node_says_the_same(exported, session) -> None:
    if "ONNXRUNTIME_NODE" not in os.environ:
        pytest.skip("onnxruntime-node could not be installed")
    batches = inputs_of(session)
    tensors = [{"shape": inputs.shape, "data": inputs.flatten().tolist()} for inputs in batches]
    request = json.dumps({"model": exported.file("onnx"), "batches": tensors})
    node = subprocess.run(["node", NODE_PROGRAM], input=request, capture_output=True, text=True, check=True)
    for inputs, theirs in zip(batches, json.loads(node.stdout)):
        [ours] = session.run(None, {"inputs": inputs})
        assert list(ours.shape) == theirs["shape"]
        assert np.abs(ours.flatten() - theirs["data"]).max() < 1e-5


def test_what_every_format_says_of_its_inputs_and_classes_is_the_same(exported, session) -> None:
    keras_says = json.loads(zipfile.ZipFile(exported.file("keras")).read("encoding.json"))
    onnx_says = json.loads(session.get_modelmeta().custom_metadata_map["encoding"])
    tfjs_says = json.loads(zipfile.ZipFile(exported.file("tfjs")).read("encoding.json"))
    with safe_open(exported.file("safetensors"), "np") as file:
        safetensors_says = json.loads(file.metadata()["encoding"])
    assert keras_says == onnx_says == safetensors_says == tfjs_says
    assert len(keras_says["output"]["labels"]) == exported.expected[0].shape[-1]
    assert keras_says["input"]["takes"] == "encoded"
    assert keras_says["initialState"]["rule"] == ("given" if exported.kind.starts_given else "zero")
    assert keras_says["output"]["at"] == exported.kind.at
