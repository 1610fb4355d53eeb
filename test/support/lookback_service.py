"""The service that a suite of pytest's asks, as it is, over HTTP."""

import json
import time
import urllib.request


class Service:
    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, path: str, body: object = None) -> dict:
        return json.loads(self._send(method, path, None if body is None else json.dumps(body), "application/json"))

    def upload(self, lines: str) -> str:
        return json.loads(self._send("POST", "/v1/datasets", lines, "application/x-ndjson"))["id"]

    def import_model(self, content: bytes) -> str:
        return json.loads(self._send("POST", "/v1/jobs/import", content, "application/octet-stream"))["id"]

    def download(self, path: str) -> bytes:
        return self._send("GET", path, None, "")

    def _send(self, method: str, path: str, body: str | bytes | None, kind: str) -> bytes:
        data = body.encode() if isinstance(body, str) else body
        headers = {} if body is None else {"content-type": kind}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request) as response:
            return response.read()

    def train(self, spec: dict) -> str:
        job = self.ask("POST", "/v1/jobs", spec)["id"]
        until = time.monotonic() + 120
        while (status := self.ask("GET", f"/v1/jobs/{job}")["status"]) != "succeeded":
            assert status in ("queued", "running") and time.monotonic() < until, status
            time.sleep(0.1)
        return job

    def predict(self, model: dict, sequences: list) -> list:
        return self.ask("POST", "/predict", {**model, "sequences": sequences})["predictions"]
