"""The client that the Open Inference Protocol's own OpenAPI document is made into, as PyPI has it: it checks what it is answered."""

from collections.abc import Iterator

import httpx
import pytest
from open_inference.openapi.client import InferenceRequest, NotFoundError, OpenInferenceClient
from open_inference.openapi.core.api_error import ApiError

steps = [0, 1, 1, 1, 0, 0]


@pytest.fixture
def client(service) -> Iterator[OpenInferenceClient]:
    with httpx.Client() as connection:
        yield OpenInferenceClient(base_url=service.url, httpx_client=connection)


def request_of(shape: list[int], outputs: list[str]) -> InferenceRequest:
    inputs = [{"name": "inputs", "shape": shape, "datatype": "FP32", "data": steps}]
    return InferenceRequest(id="mine", inputs=inputs, outputs=[{"name": name} for name in outputs])


def test_server_and_models(client: OpenInferenceClient, job: str, model: str) -> None:
    client.check_server_liveness()
    client.check_server_readiness()
    assert client.read_server_metadata().name == "lookback"
    client.check_model_readiness(model)
    client.check_model_version_readiness(job, "20")
    assert client.read_model_metadata(job).versions == ["20", "40"]
    tensors = client.read_model_version_metadata(model, "40")
    assert [(one.name, one.datatype, one.shape) for one in tensors.outputs] == [
        ("probabilities", "FP32", [-1, -1, 4]),
        ("classes", "INT32", [-1, -1]),
    ]


def test_infer(client: OpenInferenceClient, service, job: str, model: str) -> None:
    sequences = [steps[:3], steps[3:]]
    for version, answer in {
        "40": client.model_infer(model, request=request_of([2, 3, 1], ["classes", "probabilities"])),
        "20": client.model_version_infer(job, "20", request=request_of([2, 3], ["classes", "probabilities"])),
    }.items():
        assert (answer.id, answer.model_version) == ("mine", version)
        expected = service.predict({"job": job, "checkpoint": int(version)}, sequences)
        classes, probabilities = answer.outputs
        assert (classes.shape, probabilities.shape) == ([2, 3], [2, 3, 4])
        assert classes.data.__root__ == [one for sequence in expected for one in sequence["classes"]]
        rows = [row for sequence in expected for row in sequence["probabilities"]]
        assert probabilities.data.__root__ == [value for row in rows for value in row]


def test_refusals_are_its_exceptions(client: OpenInferenceClient, model: str) -> None:
    with pytest.raises((ApiError, NotFoundError)) as missing:
        client.model_infer("nothing", request=request_of([2, 3], []))
    assert (missing.value.status_code, missing.value.body) == (404, {"error": 'There is no alias "nothing".'})
    with pytest.raises(ApiError) as wrong:
        client.model_infer(model, request=request_of([2, -3], []))
    assert wrong.value.status_code == 400 and "shape[1]" in wrong.value.body["error"]
