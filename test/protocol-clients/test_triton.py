"""Triton's client for HTTP, as PyPI has it: every call of it that the service answers, and what the service says to others."""

import re
import subprocess
import sys
import uuid
from pathlib import Path

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

steps = np.array([[[0], [0], [1]], [[1], [0], [0]]], dtype=np.float32)


def tensor(name: str, values: np.ndarray, datatype: str, binary: bool = True) -> triton.InferInput:
    return triton.InferInput(name, list(values.shape), datatype).set_data_from_numpy(values, binary_data=binary)


def expected(service, model: str, sequences: list) -> np.ndarray:
    predictions = service.predict({"model": model}, sequences)
    return np.array([prediction["probabilities"] for prediction in predictions], dtype=np.float32)


def test_server_and_models(client, job: str, model: str) -> None:
    assert client.is_server_live() and client.is_server_ready()
    metadata = client.get_server_metadata()
    assert metadata["extensions"] == ["binary_tensor_data", "sequence", "sequence(string_id)"]
    assert client.is_model_ready(model) and client.is_model_ready(job, "20")
    assert not client.is_model_ready("nothing") and not client.is_model_ready(job, "21")
    assert client.get_model_metadata(job)["versions"] == ["20", "40"]
    assert client.get_model_metadata(model, "40")["outputs"][0]["shape"] == [-1, -1, 4]


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("request_compression", [None, "gzip", "deflate"])
def test_infer(service, client, model: str, binary: bool, request_compression: str | None) -> None:
    outputs = [triton.InferRequestedOutput(name, binary_data=binary) for name in ("classes", "probabilities")]
    answer = client.infer(
        model,
        [tensor("inputs", steps, "FP32", binary)],
        outputs=outputs,
        request_id="mine",
        request_compression_algorithm=request_compression,
        response_compression_algorithm=request_compression,
    )
    probabilities = expected(service, model, steps.tolist())
    assert np.array_equal(answer.as_numpy("probabilities"), probabilities)
    assert np.array_equal(answer.as_numpy("classes"), probabilities.argmax(2))
    response = answer.get_response()
    assert (response["id"], response["model_name"], response["model_version"]) == ("mine", model, "40")
    assert [output["name"] for output in response["outputs"]] == ["classes", "probabilities"]


def test_all_outputs_come_in_binary_when_none_is_named(service, client, model: str) -> None:
    answer = client.infer(model, [tensor("inputs", steps, "FP32")])
    assert np.array_equal(answer.as_numpy("probabilities"), expected(service, model, steps.tolist()))
    assert answer.get_output("classes")["parameters"] == {"binary_data_size": 24}


@pytest.mark.parametrize("dtype,datatype", [("int64", "INT64"), ("uint8", "UINT8"), ("bool", "BOOL"), ("float64", "FP64")])
def test_numbers_of_other_types(service, client, model: str, dtype: str, datatype: str) -> None:
    answer = client.infer(model, [tensor("inputs", steps.astype(dtype), datatype)])
    assert np.array_equal(answer.as_numpy("probabilities"), expected(service, model, steps.tolist()))


def test_sequences_of_two_lengths(service, client, model: str) -> None:
    lengths = tensor("lengths", np.array([3, 2], dtype=np.int32), "INT32")
    answer = client.infer(model, [tensor("inputs", steps, "FP32"), lengths])
    short = expected(service, model, [steps[1, :2].tolist()])[0]
    assert np.array_equal(answer.as_numpy("probabilities")[1], [*short, np.zeros(4)])
    assert answer.as_numpy("classes")[1, 2] == -1


def test_strings(service, client) -> None:
    lines = "".join(f'{{"x": ["ä", "b", "{last}"], "y": [0, 1, {n % 2}]}}\n' for n, last in enumerate(["b", "ä"] * 10))
    task = {"type": "dataset", "dataset": service.upload(lines)}
    job = service.train({"task": task, "training": {"steps": 10}, "engine": "simd", "diagnose": False})
    words = np.array([["ä", "b", "b"]], dtype=np.object_)
    expected_probabilities = service.predict({"job": job}, words.tolist())[0]["probabilities"]
    for binary in (True, False):
        answer = client.infer(job, [tensor("inputs", words, "BYTES", binary)])
        assert np.array_equal(answer.as_numpy("probabilities")[0], np.array(expected_probabilities, dtype=np.float32))


@pytest.mark.parametrize("sequence_id", [4217, str(uuid.uuid4())])
def test_a_sequence_of_requests_is_one_request(service, client, model: str, sequence_id: int | str) -> None:
    values = [0, 1, 1, 0, 1]
    parts = [
        client.infer(
            model,
            [tensor("inputs", np.array([[[value]]], dtype=np.float32), "FP32")],
            sequence_id=sequence_id,
            sequence_start=n == 0,
            sequence_end=n == len(values) - 1,
        ).as_numpy("probabilities")[0, 0]
        for n, value in enumerate(values)
    ]
    assert np.array_equal(parts, expected(service, model, [values])[0])
    with pytest.raises(InferenceServerException, match="START"):
        client.infer(model, [tensor("inputs", steps[:1], "FP32")], sequence_id=sequence_id)


def test_many_requests_at_once(service, model: str) -> None:
    with triton.InferenceServerClient(service.url.removeprefix("http://"), concurrency=8) as client:
        requests = [client.async_infer(model, [tensor("inputs", steps, "FP32")]) for _ in range(64)]
        answers = [request.get_result().as_numpy("probabilities") for request in requests]
    assert all(np.array_equal(answer, expected(service, model, steps.tolist())) for answer in answers)


def test_refusals_are_its_exceptions(client, model: str) -> None:
    with pytest.raises(InferenceServerException, match='There is no alias "nothing"'):
        client.infer("nothing", [tensor("inputs", steps, "FP32")])
    with pytest.raises(InferenceServerException, match=r"must have the shape \[B,T,1\]"):
        client.infer(model, [tensor("inputs", np.zeros((1, 2, 3), dtype=np.float32), "FP32")])
    with pytest.raises(InferenceServerException, match="There is no route"):
        client.get_model_repository_index()


def test_the_program_of_the_guide_runs_as_it_is_written(service, model: str, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "serving.md").read_text()
    [program] = [text for text in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "tritonclient" in text]
    file = tmp_path / "program.py"
    file.write_text(program.replace("localhost:3000", service.url.removeprefix("http://")))
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\[\[\d \d \d\]\n \[\d \d -1\]\]\n", re.sub(r"\s+(-?\d)", r" \1", done.stdout).replace("[ ", "[")), done.stdout
