"""KServe's client, as PyPI has it, by the Open Inference Protocol and by that of TensorFlow Serving."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx
import numpy as np
import pytest
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput

steps = np.array([[[0], [0], [1]], [[1], [0], [0]]], dtype=np.float32)
Answer = TypeVar("Answer")


def ask(protocol: str, use: Callable[[InferenceRESTClient], Awaitable[Answer]]) -> Answer:
    async def asked() -> Answer:
        async with InferenceRESTClient(RESTConfig(protocol=protocol)) as client:
            return await use(client)

    return asyncio.run(asked())


def tensor(name: str, values: np.ndarray, datatype: str, binary: bool) -> InferInput:
    made = InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def expected(service, model: str, sequences: list) -> np.ndarray:
    predictions = service.predict({"model": model}, sequences)
    return np.array([prediction["probabilities"] for prediction in predictions], dtype=np.float32)


def test_server_and_models_are_ready(service, model: str, job: str) -> None:
    assert ask("v2", lambda client: client.is_server_live(service.url)) is True
    assert ask("v2", lambda client: client.is_server_ready(service.url)) is True
    for name in (model, job):
        assert ask("v2", lambda client: client.is_model_ready(service.url, name)) is True
    assert not ask("v2", lambda client: client.is_model_ready(service.url, "nothing"))


@pytest.mark.parametrize("binary", [True, False])
def test_infer(service, model: str, binary: bool) -> None:
    outputs = [RequestedOutput(name, {"binary_data": binary}) for name in ("classes", "probabilities")]
    inputs = [tensor("inputs", steps, "FP32", binary)]
    request = InferRequest(model, inputs, request_id="mine", request_outputs=outputs)
    answer = ask("v2", lambda client: client.infer(service.url, request, model_name=model))
    probabilities = expected(service, model, steps.tolist())
    # It reads no version out of answers.
    assert (answer.id, answer.model_name) == ("mine", model)
    found = {output.name: output.as_numpy() for output in answer.outputs}
    assert list(found) == ["classes", "probabilities"]
    assert np.array_equal(found["probabilities"], probabilities)
    assert np.array_equal(found["classes"], probabilities.argmax(2))


@pytest.mark.parametrize("binary", [True, False])
def test_sequences_of_two_lengths(service, model: str, binary: bool) -> None:
    lengths = tensor("lengths", np.array([3, 2], dtype=np.int32), "INT32", binary)
    request = InferRequest(model, [tensor("inputs", steps, "FP32", binary), lengths])
    answer = ask("v2", lambda client: client.infer(service.url, request, model_name=model))
    found = {output.name: output.as_numpy() for output in answer.outputs}
    [short] = expected(service, model, [steps[1, :2].tolist()])
    assert np.array_equal(found["probabilities"][1], [*short, np.zeros(4)])
    assert found["classes"][1, 2] == -1


def test_the_other_protocol(service, model: str) -> None:
    request = {"instances": steps[:, :, 0].tolist()}
    answer = ask("v1", lambda client: client.infer(service.url, request, model_name=model))
    probabilities = [prediction["probabilities"] for prediction in answer["predictions"]]
    assert np.array_equal(np.array(probabilities, dtype=np.float32), expected(service, model, steps.tolist()))


def test_refusals_are_its_exceptions_with_our_sentence(service, model: str) -> None:
    def refused(name: str, values: np.ndarray) -> str:
        request = InferRequest(name, [tensor("inputs", values, "FP32", True)])
        with pytest.raises(httpx.HTTPStatusError) as raised:
            ask("v2", lambda client: client.infer(service.url, request, model_name=name))
        return str(raised.value)

    assert re.match('There is no alias "nothing"', refused("nothing", steps))
    assert "must have the shape [B,T,1]" in refused(model, np.zeros((1, 2, 3), dtype=np.float32))
