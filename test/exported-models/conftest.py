"""Models of every kind that can be trained, in every format, and what the service says of some sequences."""

import json
import os
import pathlib
import random

import numpy as np
import pytest
from lookback_service import Service

FORMATS = ["keras", "onnx", "safetensors"]
#: Of graphs: file, format and what it is asked to take and to give.
VARIANTS = {
    "raw.keras": "keras&inputs=raw",
    "raw.onnx": "onnx&inputs=raw",
    "stateful.onnx": "onnx&state=true",
    "padded.onnx": "onnx&lengths=true&state=true",
    "raw-stateful.onnx": "onnx&inputs=raw&lengths=true&state=true",
}


def lines(rows: list) -> str:
    return "\n".join(json.dumps(row) for row in rows)


def words() -> list:
    draw = random.Random(1)
    names = {"the": "determiner", "a": "determiner", "cat": "noun", "dog": "noun", "sat": "verb"}
    texts = [draw.choices(list(names), k=draw.randint(2, 8)) for _ in range(40)]
    # Once in all: it counts as an unknown one.
    texts[0][0] = "hapax"
    return [{"x": text, "y": [names.get(word, "noun") for word in text]} for text in texts]


def vitals() -> list:
    """The first feature has a mean that is large beside its deviation; of the second, values are missing."""
    draw = random.Random(2)
    rows = []
    for _ in range(40):
        rates = [10_000 + draw.gauss(0, 1) for _ in range(draw.randint(3, 9))]
        x = [[rate, None if draw.random() < 0.3 else draw.random()] for rate in rates]
        rows.append({"x": x, "y": ["high" if rate > 10_000 else "low" for rate in rates]})
    return rows


def moves() -> list:
    draw = random.Random(3)
    rows = [[draw.random() for _ in range(draw.randint(2, 6))] for _ in range(60)]
    return [{"x": x, "y": "up" if x[-1] > x[0] else "down"} for x in rows]


QUICK = {"engine": "simd", "diagnose": False}
SHORT = {"batchSize": 4, "sequenceLength": 10}
KINDS = {
    "state of its own": (None, {"preset": "working"}, [[0, 0, 1, 0, 1, 1], [1]]),
    "three layers": (None, {"model": {"layers": 3, "units": 7}, "data": {"rows": "independent"}}, [[0, 1, 1], [1]]),
    "strings": (words, {"data": {**SHORT, "unknown": "unk"}}, [["the", "cat", "sat"], ["a", "unheard", "hapax"]]),
    "strings, known ones only": (words, {"data": SHORT}, [["the", "cat", "hapax"]]),
    "numbers, some missing": (vitals, {"data": SHORT}, [[[10_000.7, None], [9_999, 0.2]], [[10_001, 0.9]]]),
    "one label a sequence": (moves, {"data": SHORT}, [[0.2, 0.9, 0.1], [0.5]]),
}


class Exported:
    """One trained model: its files, and the probabilities [T,C] or [C] that the service has for its sequences."""

    def __init__(self, service: Service, kind: str, folder: pathlib.Path) -> None:
        data, spec, self.sequences = KINDS[kind]
        self.kind = kind
        task = {"task": {"type": "dataset", "dataset": service.upload(lines(data()))}} if data else {}
        job = service.train({**QUICK, **spec, **task, "training": {"steps": 60}})
        predictions = service.predict({"job": job}, self.sequences)
        self.expected = [np.array(prediction["probabilities"]) for prediction in predictions]
        self.folder = folder
        for name in FORMATS:
            content = service.download(f"/v1/jobs/{job}/checkpoints/latest/download?format={name}")
            (folder / f"model.{name}").write_bytes(content)
        for file, asked in VARIANTS.items():
            content = service.download(f"/v1/jobs/{job}/checkpoints/latest/download?format={asked}")
            (folder / file).write_bytes(content)

    def file(self, name: str) -> str:
        """A format, or the file of a variant."""
        return str(self.folder / (name if "." in name else f"model.{name}"))


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(os.environ["LOOKBACK_URL"])


@pytest.fixture(scope="session", params=KINDS)
def exported(request, service: Service, tmp_path_factory) -> Exported:
    return Exported(service, request.param, tmp_path_factory.mktemp("model"))
