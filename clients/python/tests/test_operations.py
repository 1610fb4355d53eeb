"""Every operation of the service has a method here, and generated files are what generate.py writes."""

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import httpx

from lookback import ApiError, AsyncLookback, LiveSession, Lookback

root = Path(__file__).parents[1]

#: A call of the method for each operation of the service's document.
CALLS = {
    "submitJob": lambda client: client.submit({}),
    "validateJob": lambda client: client.validate({}),
    "getJob": lambda client: client.job("a"),
    "listJobs": lambda client: next(client.jobs()),
    "cancelJob": lambda client: client.cancel("a"),
    "pauseJob": lambda client: client.pause("a"),
    "resumeJob": lambda client: client.resume("a"),
    "retryJob": lambda client: client.retry("a"),
    "deleteJob": lambda client: client.remove("a"),
    "cancelJobs": lambda client: client.cancel_jobs(status="queued"),
    "deleteJobs": lambda client: client.remove_jobs(status="failed"),
    "followEvents": lambda client: next(client.events("a")),
    "getReport": lambda client: client.report("a"),
    "watchJobs": lambda client: next(client.watch()),
    "evaluateJob": lambda client: client.evaluate("a", "ds_a"),
    "listCheckpoints": lambda client: next(client.checkpoints("a")),
    "downloadCheckpoint": lambda client: client.download("a"),
    "predict": lambda client: client.predict([], job="a"),
    "importModel": lambda client: client.import_model(b""),
    "uploadDataset": lambda client: client.upload([], []),
    "listDatasets": lambda client: next(client.datasets()),
    "getDataset": lambda client: client.dataset("a"),
    "deleteDataset": lambda client: client.remove_dataset("a"),
    "previewDataset": lambda client: client.preview("a"),
    "examineDataset": lambda client: client.doctor("a"),
    "explain": lambda client: client.explain([], job="a"),
    "openSession": lambda client: client.session(job="a"),
    "step": lambda client: _session(client).steps([0]),
    "endSession": lambda client: _session(client).end(),
    "getSession": lambda client: client.find_session("a"),
    "listAliases": lambda client: next(client.aliases()),
    "getAlias": lambda client: client.alias("a"),
    "setAlias": lambda client: client.set_alias("a", "job_a"),
    "deleteAlias": lambda client: client.remove_alias("a"),
    "aliasHistory": lambda client: client.alias_history("a"),
    "rollbackAlias": lambda client: client.roll_back("a"),
    "listPresets": lambda client: client.presets(),
    "listTasks": lambda client: client.tasks(),
    "listWorkers": lambda client: client.workers(),
    "live": lambda client: client.is_live(),
    "ready": lambda client: client.readiness(),
    "metrics": lambda client: client.metrics(),
    "openapi": lambda client: client.openapi(),
}


def test_every_operation_has_a_method_that_asks_for_it(client: Lookback) -> None:
    document = client.openapi()
    operations = {
        operation["operationId"]: (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        # Protocols of others, which the clients of those speak.
        if "protocols" not in operation["tags"]
    }
    assert sorted(CALLS) == sorted(operations)
    for name, call in CALLS.items():
        method, path = operations[name]
        asked = _request_of(call)
        assert asked[0] == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), asked[1]), (name, asked)


def _request_of(call) -> tuple[str, str]:
    """Method and path of what a method of the client asks for first."""
    seen: list[tuple[str, str]] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, request.url.path))
        return httpx.Response(404, json={"code": "refused"})

    with Lookback("http://none.invalid", transport=httpx.MockTransport(refuse)) as client:
        try:
            call(client)
        except ApiError:
            pass
    return seen[0]


def _session(client: Lookback) -> LiveSession:
    return LiveSession(client._connection, {"id": "a", "job": "job_a", "steps": 0})


def test_both_clients_have_the_same_methods() -> None:
    def methods(kind: type) -> dict[str, list[str]]:
        members = inspect.getmembers(kind, inspect.isfunction)
        return {name: list(inspect.signature(one).parameters) for name, one in members if not name.startswith("_")}

    assert methods(Lookback) == methods(AsyncLookback)


def test_generated_files_are_what_generate_writes(client: Lookback, tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(client.openapi()))
    subprocess.run([sys.executable, str(root / "generate.py"), str(document), str(tmp_path)], check=True)
    for written in [tmp_path / "_types.py", *(tmp_path / "_sync").glob("*.py")]:
        kept = root / "src" / "lookback" / written.relative_to(tmp_path)
        assert kept.read_text() == written.read_text(), f"{kept.name}: run generate.py with the document of a running service"


def test_types_hold() -> None:
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_quick_start_runs_as_it_is_written(url: str, tmp_path: Path) -> None:
    page = (root / "README.md").read_text()
    program = page.split("```python\n")[1].split("```")[0].replace("http://127.0.0.1:3000", url)
    file = tmp_path / "quick_start.py"
    file.write_text(program)
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, verdict, shape = done.stdout.splitlines()
    assert (first, shape) == ("past values needed: 1", "(2, 30, 2)")
    assert "1 past value" in verdict
