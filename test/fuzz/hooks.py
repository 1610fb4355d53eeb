"""
What `npm run test:fuzz` adds to schemathesis: the ids of what is there, so that requests reach more than "there is no such job", and the rule that decides whether a request may be refused
though the schema allows it.
"""
import json
import os

import schemathesis

# By kind: a job that has succeeded, the same and one that was cancelled, and datasets. scripts/fuzz.mjs has made them.
known = json.loads(os.environ["LOOKBACK_FUZZ_IDS"])


def known_id(kind, made_up):
    """One of the known ids for three of four made-up ones, always the same for the same."""
    place = sum(str(made_up).encode("utf-8", "surrogatepass"))
    return made_up if place % 4 == 3 else known[kind][place % len(known[kind])]


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if path_parameters and "id" in path_parameters:
        kind = "datasets" if "/datasets/" in context.operation.path else "jobs"
        return {**path_parameters, "id": known_id(kind, path_parameters["id"])}
    return path_parameters


def is_step(value):
    return value is None or isinstance(value, (int, float, str)) or (isinstance(value, list) and len(value) > 0)


def digits(sequence):
    """The steps of a sequence as the trained job takes them; what is no sequence, and one of four, stays."""
    made_up = not isinstance(sequence, list) or not sequence or not all(is_step(step) for step in sequence)
    if made_up or len(sequence) % 4 == 3:
        return sequence
    return [len(str(step)) % 2 for step in sequence]


def prediction(body):
    """Most ask the trained job, for a checkpoint that it has, about sequences that it takes."""
    asked = {**body, "job": known_id("trained", body["job"])}
    if isinstance(body.get("checkpoint"), int) and not isinstance(body["checkpoint"], bool) and 0 <= body["checkpoint"] <= 1000:
        asked["checkpoint"] = 20
    if isinstance(body.get("sequences"), list):
        asked["sequences"] = [digits(sequence) for sequence in body["sequences"]]
    return asked


@schemathesis.hook
def map_body(context, body):
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("job"), str):
        return prediction(body)
    if isinstance(body.get("dataset"), str):
        return {**body, "dataset": known_id("datasets", body["dataset"])}
    task = body.get("task")
    if isinstance(task, dict) and task.get("type") == "dataset" and isinstance(task.get("dataset"), str):
        return {**body, "task": {**task, "dataset": known_id("datasets", task["dataset"])}}
    return body


# By operation: fields whose meaning depends on what is there, or on the media type of the body.
open_fields = {"POST /predict": ["sequences"], "POST /v1/datasets": ["mapping", "format", "upload"]}


def is_of_rule(error, operation):
    field = error["path"].split(".")[0].split("[")[0]
    return "rule" in error or field in open_fields.get(operation, [])


def may_refuse(problem, operation):
    """Whether each mistake is one that no schema of a single field can name."""
    if problem["code"] in ("invalid_dataset", "malformed_form"):
        return operation == "POST /v1/datasets"
    errors = problem.get("errors", [])
    return len(errors) > 0 and all(is_of_rule(error, operation) for error in errors)


@schemathesis.check
def only_rules_refuse_what_the_schema_allows(ctx, response, case):
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 400:
        return
    problem = response.json()
    assert may_refuse(problem, case.operation.label), f"The schema allows it, but: {json.dumps(problem)}"


@schemathesis.serializer("application/x-ndjson", "application/ndjson", "application/jsonl", "text/csv", "application/csv")
def text(ctx, value):
    """Uploads are made up as text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
