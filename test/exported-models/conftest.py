"""Models of every kind that can be trained, in every format, and what the service says of some sequences."""

import json
import os
import pathlib
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from lookback_service import Service

FORMATS = ["keras", "onnx", "safetensors", "tfjs"]
#: Of graphs: file, format and what it is asked to take and to give.
VARIANTS = {
    "raw.keras": "keras&inputs=raw",
    "raw.onnx": "onnx&inputs=raw",
    "raw.tfjs": "tfjs&inputs=raw",
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


def levels() -> list:
    draw = random.Random(4)
    rows = [[draw.random() for _ in range(draw.randint(2, 6))] for _ in range(40)]
    return [{"x": x, "y": [3 if value > 0.5 else 7 for value in x]} for x in rows]


def moves() -> list:
    draw = random.Random(3)
    rows = [[draw.random() for _ in range(draw.randint(2, 6))] for _ in range(60)]
    return [{"x": x, "y": "up" if x[-1] > x[0] else "down"} for x in rows]


QUICK = {"engine": "simd", "diagnose": False}
SHORT = {"batchSize": 4, "sequenceLength": 10}
LONG = {"batchSize": 2, "sequenceLength": 60}


@dataclass
class Kind:
    """What is trained, and sequences for it. A spec gets the task of the data, where there are some."""

    spec: dict
    sequences: list
    data: Callable[[], list] | None = None
    #: Whether sequences start from a state that training left.
    starts_given: bool = False
    at: str = "every-step"


def one_hot(width: int, *places: int) -> list:
    return [[int(place == n) for n in range(width)] for place in places]


KINDS = {
    "state of its own": Kind({"preset": "working"}, [[0, 0, 1, 0, 1, 1], [1]], starts_given=True),
    "three layers": Kind({"model": {"layers": 3, "units": 7}, "data": {"rows": "independent"}}, [[0, 1, 1], [1]]),
    "eight layers": Kind({"task": {"type": "parity"}, "model": {"layers": 8, "units": 3}}, [[0, 1, 1, 0], [1]]),
    "layers of their own widths": Kind(
        {"task": {"type": "adding", "length": 20}, "model": {"layers": 3, "units": [9, 4, 6]}, "data": LONG},
        [[[0.25, 1], [0.5, 0], [0.125, 1]]],
    ),
    "one-hot symbols": Kind({"task": {"type": "echo", "symbols": 5, "lag": 1}}, [one_hot(5, 0, 4, 2), one_hot(5, 1)]),
    "a grammar": Kind({"task": {"type": "reber"}}, [one_hot(7, 0, 1, 3, 6)]),
    "rare symbols": Kind({"task": {"type": "temporal-order", "length": 20}, "data": LONG}, [one_hot(8, 0, 2, 6, 1)]),
    "the other layout": Kind({"preset": "broken"}, [[0, 0, 1, 0, 1, 1], [1]], starts_given=True),
    "TensorFlow": Kind({"engine": "tensorflow", "model": {"units": 12}}, [[0, 1, 1], [1]]),
    "strings": Kind(
        {"data": {**SHORT, "unknown": "unk"}}, [["the", "cat", "sat"], ["a", "unheard", "hapax"]], data=words
    ),
    "strings, known ones only": Kind({"data": SHORT}, [["the", "cat", "hapax"]], data=words),
    "strings in lanes": Kind({"data": {**SHORT, "rows": "lanes"}}, [["the", "dog"]], data=words),
    "numbers, some missing": Kind({"data": SHORT}, [[[10_000.7, None], [9_999, 0.2]], [[10_001, 0.9]]], data=vitals),
    "numbers as they are": Kind({"data": {**SHORT, "standardize": False}}, [[0.2, 0.9], [0.5]], data=levels),
    "one label a sequence": Kind({"data": SHORT}, [[0.2, 0.9, 0.1], [0.5]], data=moves, at="end"),
}
#: Not trained here: a file that becomes a job, and goes out again.
IMPORTED = "an import"


class Exported:
    """One model: its files, and the probabilities [T,C] or [C] that the service has for its sequences."""

    def __init__(self, service: Service, name: str, folder: pathlib.Path) -> None:
        if name == IMPORTED:
            fixtures = pathlib.Path(__file__).parents[1] / "fixtures" / "models"
            self.kind = Kind({}, json.loads((fixtures / "said.json").read_text())["normalized.keras"]["sequences"])
            job = service.import_model((fixtures / "normalized.keras").read_bytes())
        else:
            self.kind = KINDS[name]
            job = trained(service, self.kind)
        predictions = service.predict({"job": job}, self.kind.sequences)
        self.sequences = self.kind.sequences
        self.expected = [np.array(prediction["probabilities"]) for prediction in predictions]
        self.folder = folder
        for format in FORMATS:
            content = service.download(f"/v1/jobs/{job}/checkpoints/latest/download?format={format}")
            (folder / f"model.{format}").write_bytes(content)
        for file, asked in VARIANTS.items():
            content = service.download(f"/v1/jobs/{job}/checkpoints/latest/download?format={asked}")
            (folder / file).write_bytes(content)

    def file(self, name: str) -> str:
        """A format, or the file of a variant."""
        return str(self.folder / (name if "." in name else f"model.{name}"))


def trained(service: Service, kind: Kind) -> str:
    task = {"task": {"type": "dataset", "dataset": service.upload(lines(kind.data()))}} if kind.data else {}
    return service.train({**QUICK, **kind.spec, **task, "training": {"steps": 60}})


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(os.environ["LOOKBACK_URL"])


@pytest.fixture(scope="session", params=[*KINDS, IMPORTED])
def exported(request, service: Service, tmp_path_factory) -> Exported:
    return Exported(service, request.param, tmp_path_factory.mktemp("model"))
