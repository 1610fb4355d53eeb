"""Graphs that encode raw inputs themselves, that take the lengths of padded sequences, and that take and give the state."""

import json
import os
import pathlib
import subprocess
import zipfile

import keras
import numpy as np
import onnxruntime
import pytest

NODE_PROGRAM = pathlib.Path(__file__).with_name("run-onnx.mjs")


def encoding_of(exported, name: str) -> dict:
    if name.endswith("keras"):
        return json.loads(zipfile.ZipFile(exported.file(name)).read("encoding.json"))
    return json.loads(session_of(exported, name).get_modelmeta().custom_metadata_map["encoding"])


def session_of(exported, name: str) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(exported.file(name))


def raw_inputs(rule: dict, sequence: list) -> np.ndarray:
    """[1, time] places, or [1, time, features] numbers: as the guide says, with no mean and no scale."""
    if rule["kind"] == "strings":
        places = dict(zip(rule["vocabulary"], rule["places"]))
        return np.array([[places.get(text, rule["unknownPlace"]) for text in sequence]], dtype=rule["raw"]["dtype"])
    values = np.array(sequence, dtype=np.float32).reshape(1, -1, len(rule["features"]))
    if rule["raw"]["missing"] == "NaN":
        return values
    missing = np.array([np.nan if one["missing"] is None else one["missing"] for one in rule["features"]], dtype=np.float32)
    return np.where(np.isnan(values), missing, values)


def close(ours: np.ndarray, theirs: np.ndarray) -> bool:
    return ours.shape == theirs.shape and bool(np.abs(ours - theirs).max() < 1e-5)


def state_of(exported, session: onnxruntime.InferenceSession, rows: int) -> dict[str, np.ndarray]:
    """What sequences start from, for each input of the graph that is a state vector."""
    layers = encoding_of(exported, "onnx")["initialState"]["layers"]
    found = {}
    for one in session.get_inputs()[2:]:
        layer, vector = one.name.removeprefix("lstm_").split("_")
        found[one.name] = np.tile(np.array(layers[int(layer) - 1][vector], dtype=np.float32), (rows, 1))
    return found


def test_onnx_encodes_raw_inputs(exported) -> None:
    rule = encoding_of(exported, "raw.onnx")["input"]
    assert rule["takes"] == "raw" and rule["raw"]["dtype"] == ("int64" if rule["kind"] == "strings" else "float32")
    session = session_of(exported, "raw.onnx")
    for sequence, expected in zip(exported.sequences, exported.expected):
        [[ours]] = session.run(["probabilities"], {"inputs": raw_inputs(rule, sequence)})
        assert close(ours, expected)


def test_keras_encodes_raw_inputs(exported) -> None:
    rule = encoding_of(exported, "raw.keras")["input"]
    model = keras.saving.load_model(exported.file("raw.keras"))
    for sequence, expected in zip(exported.sequences, exported.expected):
        [ours] = model.predict(raw_inputs(rule, sequence), verbose=0)
        assert close(ours, expected)


def batch_of(rule: dict, size: tuple[int, int]) -> np.ndarray:
    draw = np.random.default_rng(6)
    if rule["kind"] == "strings":
        return draw.integers(0, rule["shape"][2], size)
    mean, scale = (np.array([one[name] for one in rule["features"]]) for name in ("mean", "scale"))
    return (mean + scale * draw.normal(size=(*size, len(mean)))).astype(np.float32)


@pytest.mark.parametrize("size", [(1, 1), (3, 1), (1, 50), (3, 50)])
def test_raw_batches_of_any_size_agree_with_encoded_ones(exported, size: tuple[int, int]) -> None:
    rule = encoding_of(exported, "raw.onnx")["input"]
    batch = batch_of(rule, size)
    if rule["kind"] == "strings":
        encoded = np.eye(rule["shape"][2], dtype=np.float32)[batch]
    else:
        mean, scale = (np.array([one[name] for one in rule["features"]]) for name in ("mean", "scale"))
        encoded = ((batch.astype(np.float64) - mean) / scale).astype(np.float32)
    [expected] = session_of(exported, "onnx").run(["probabilities"], {"inputs": encoded})
    [ours] = session_of(exported, "raw.onnx").run(["probabilities"], {"inputs": batch})
    assert close(ours, expected)
    model = keras.saving.load_model(exported.file("raw.keras"))
    assert close(model.predict(batch, verbose=0), expected)
    if "ONNXRUNTIME_NODE" in os.environ:
        kind = "int64" if rule["kind"] == "strings" else "float32"
        tensor = {"shape": batch.shape, "data": batch.flatten().tolist(), "type": kind}
        request = json.dumps({"model": exported.file("raw.onnx"), "batches": [tensor]})
        node = subprocess.run(["node", NODE_PROGRAM], input=request, capture_output=True, text=True, check=True)
        [theirs] = json.loads(node.stdout)
        assert close(np.array(theirs["data"]).reshape(theirs["shape"]), expected)


def test_a_place_beyond_the_last_is_refused(exported) -> None:
    rule = encoding_of(exported, "raw.onnx")["input"]
    if rule["kind"] == "strings":
        with pytest.raises(Exception, match="out of data bounds"):
            session_of(exported, "raw.onnx").run(None, {"inputs": np.array([[rule["shape"][2]]])})


@pytest.mark.parametrize("name", ["padded.onnx", "raw-stateful.onnx"])
def test_rows_of_a_padded_batch_are_as_they_are_alone(exported, name: str) -> None:
    rule = encoding_of(exported, name)["input"]
    draw = np.random.default_rng(7)
    [T, features] = [9, rule["shape"][2]]
    if rule["takes"] == "raw":
        batch = batch_of(rule, (3, T))
    else:
        batch = draw.uniform(-2, 2, (3, T, features)).astype(np.float32)
    lengths = np.array([9, 1, 4], dtype=np.int32)
    session = session_of(exported, name)
    names = [one.name for one in session.get_outputs()]
    outputs = session.run(None, {"inputs": batch, "lengths": lengths, **state_of(exported, session, 3)})
    together = dict(zip(names, outputs))
    for row, length in enumerate(lengths):
        alone_of = {"inputs": batch[row : row + 1, :length], "lengths": lengths[row : row + 1]}
        alone = dict(zip(names, session.run(None, {**alone_of, **state_of(exported, session, 1)})))
        for output, values in alone.items():
            ours = together[output][row : row + 1]
            assert close(ours[:, :length] if values.ndim == 3 else ours, values)


@pytest.mark.parametrize("name", ["padded.onnx", "raw-stateful.onnx"])
def test_steps_one_at_a_time_are_one_call_of_all(exported, name: str) -> None:
    encoding = encoding_of(exported, name)
    batch = batch_of(encoding["input"], (2, 12))
    if encoding["input"]["takes"] == "encoded" and encoding["input"]["kind"] == "strings":
        batch = np.eye(encoding["input"]["shape"][2], dtype=np.float32)[batch]
    session = session_of(exported, name)
    start = state_of(exported, session, 2)
    assert [one.name for one in session.get_inputs()[:2]] == ["inputs", "lengths"]
    names = [one.name for one in session.get_outputs()]
    assert names == ["probabilities", *(f"next_{one}" for one in start)]

    def run(steps: np.ndarray, state: dict) -> tuple[np.ndarray, dict]:
        lengths = np.full(2, steps.shape[1], dtype=np.int32)
        probabilities, *after = session.run(None, {"inputs": steps, "lengths": lengths, **state})
        return probabilities, {one.removeprefix("next_"): values for one, values in zip(names[1:], after)}

    probabilities, after = run(batch, start)
    state, parts = start, []
    for t in range(batch.shape[1]):
        part, state = run(batch[:, t : t + 1], state)
        parts.append(part)
    stepped = parts[-1] if encoding["output"]["at"] == "end" else np.concatenate(parts, axis=1)
    assert np.abs(stepped - probabilities).max() < 1e-6
    for vector, values in after.items():
        assert np.abs(state[vector] - values).max() < 1e-6


def test_a_stateful_graph_starts_where_the_model_does(exported) -> None:
    rule = encoding_of(exported, "raw-stateful.onnx")["input"]
    session = session_of(exported, "raw-stateful.onnx")
    for sequence, expected in zip(exported.sequences, exported.expected):
        inputs = {"inputs": raw_inputs(rule, sequence), "lengths": np.array([len(sequence)], dtype=np.int32)}
        [[ours]] = session.run(["probabilities"], {**inputs, **state_of(exported, session, 1)})
        assert close(ours, expected)
