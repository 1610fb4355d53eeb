"""Jobs from submission to prediction, over a real service."""

import threading

import numpy as np
import pytest

from lookback import ApiError, InvalidInput, JobFailed, Lookback


def test_a_submission_that_is_repeated_makes_one_job(client: Lookback) -> None:
    spec = {"preset": "lookback", "training": {"steps": 20}}
    first = client.submit(spec, idempotency_key="python-once")
    assert client.submit(spec, idempotency_key="python-once")["id"] == first["id"]
    with pytest.raises(ApiError) as refusal:
        client.submit(preset="broken", idempotency_key="python-once")
    assert (refusal.value.status, refusal.value.code) == (409, "idempotency_key_reused")


def test_events_come_without_a_gap_and_end_with_the_job(client: Lookback) -> None:
    job = client.submit(preset="lookback", training={"steps": 50, "reportEvery": 10})
    events = list(client.events(job["id"]))
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert (events[-1]["type"], events[-1]["data"]["status"]) == ("status", "succeeded")
    later = list(client.events(job["id"], after=events[-3]["id"]))
    assert later == events[-2:]


def test_a_spec_that_is_not_valid_names_its_mistakes(client: Lookback) -> None:
    with pytest.raises(InvalidInput) as refusal:
        client.submit(preset="lookback", model={"units": 4096}, speed="fast")
    assert refusal.value.code == "invalid_input"
    assert {"model.units", "speed"} <= {mistake.path for mistake in refusal.value.errors}
    assert "at most 1024" in str(refusal.value)


def test_a_dry_run_shows_the_spec_and_what_the_doctor_says(client: Lookback) -> None:
    answer = client.validate(preset="broken")
    assert answer["spec"]["data"]["layout"] == "time-major"
    assert [finding["code"] for finding in answer["doctor"]["findings"]] == ["axes-swapped"]


def test_a_job_is_steered_and_removed(client: Lookback) -> None:
    long = {"preset": "lookback", "training": {"steps": 5_000_000, "reportEvery": 5000, "checkpointEvery": 50_000}}
    job = client.submit(long, name="python steered")
    assert client.pause(job["id"])["status"] in {"paused", "pausing"}
    for event in client.events(job["id"]):
        if event["type"] == "status" and event["data"]["status"] == "paused":
            break
    assert client.resume(job["id"])["status"] == "queued"
    assert client.cancel(job["id"], checkpoint=False)["status"] in {"cancelled", "cancelling"}
    with pytest.raises(JobFailed) as ended:
        client.wait(job["id"])
    assert ended.value.code == "cancelled"
    assert job["id"] in [one["id"] for one in client.jobs(status="cancelled")]
    assert [one["id"] for one in client.jobs(name="python steered")] == [job["id"]]
    assert list(client.jobs(name="python steered", created_before=job["createdAt"])) == []
    changed = client.remove_jobs(name="python steered")
    assert [one["id"] for one in changed] == [job["id"]]
    with pytest.raises(ApiError) as gone:
        client.job(job["id"])
    assert gone.value.code == "job_not_found"


def test_predictions_are_arrays(client: Lookback, trained: str) -> None:
    predictions = client.predict(np.array([[0, 0, 1, 0, 1, 1], [1, 1, 1, 0, 0, 0]]), job=trained)
    assert predictions.probabilities.shape == (2, 6, 4)
    np.testing.assert_allclose(predictions.probabilities.sum(axis=2), 1, atol=1e-5)
    assert predictions[0].classes.tolist()[1:] == [0, 1, 2, 1, 3]
    uneven = client.predict([[0, 1], [1, 0, 1]], job=trained, checkpoint="best")
    assert [len(one.probabilities) for one in uneven] == [2, 3]
    with pytest.raises(ValueError, match="differ in length"):
        _ = uneven.probabilities


def test_a_report_is_a_page_in_a_notebook(client: Lookback, trained: str) -> None:
    report = client.report(trained)
    assert report.verdict in repr(report)
    page = report._repr_html_()
    assert "Influence by lag" in page and "Confusion" in page
    assert page.count("<table>") == 3


def test_a_checkpoint_is_downloaded_whole(client: Lookback, trained: str, tmp_path) -> None:
    import zipfile

    file = client.download(trained, tmp_path)
    assert file.parent == tmp_path and file.suffix == ".zip"
    assert "model.json" in zipfile.ZipFile(file).namelist()
    assert [one.name for one in tmp_path.iterdir()] == [file.name]
    steps = [one["step"] for one in client.checkpoints(trained)]
    assert steps[-1] == 600
    for format in ["keras", "onnx", "safetensors"]:
        assert client.download(trained, tmp_path, format=format).suffix == f".{format}"


def test_an_id_cannot_lead_elsewhere(client: Lookback) -> None:
    for id in ["../../health/live", "a/b", "", ".."]:
        with pytest.raises(ValueError, match="is no id"):
            client.job(id)


def test_one_client_serves_several_threads(client: Lookback, trained: str) -> None:
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(len(client.predict([[0, 1]], job=trained)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1] * 8


def test_a_session_says_step_by_step_what_one_call_says(client: Lookback, trained: str) -> None:
    sequence = [0, 0, 1, 0, 1, 1]
    whole = client.predict([sequence], job=trained)[0]
    with client.session(job=trained) as session:
        single = [*session.steps(sequence[:1]), *client.find_session(session.id).steps(sequence[1:])]
    assert [one.label_class for one in single] == whole.classes.tolist()
    np.testing.assert_array_equal(np.stack([one.probabilities for one in single]), whole.probabilities)
    with pytest.raises(ApiError, match="session_not_found"):
        session.steps([0])


def test_an_alias_is_moved_and_taken_back(client: Lookback, trained: str) -> None:
    assert client.set_alias("python.digits", trained)["version"] == 1
    assert client.predict([[0, 1]], model="python.digits").model == "python.digits"
    other = client.wait(client.submit(preset="lookback", training={"steps": 20})["id"])["id"]
    assert client.set_alias("python.digits", other)["job"] == other
    assert client.roll_back("python.digits")["job"] == trained
    assert [one["job"] for one in client.alias_history("python.digits")][:2] == [trained, other]
    with pytest.raises(ApiError, match="python.digits"):
        client.remove(trained)
    client.remove_alias("python.digits")
    assert "python.digits" not in [one["name"] for one in client.aliases()]
    with pytest.raises(ValueError, match="by its job .* or by an alias"):
        client.predict([[0]])


def test_the_most_probable_classes_stand_in_for_all(client: Lookback, trained: str) -> None:
    (one,) = client.predict([[0, 1]], job=trained, top=2)
    assert one.probabilities is None and [len(step) for step in one.top] == [2, 2]


def test_an_explanation_names_the_inputs_that_moved_it(client: Lookback, trained: str) -> None:
    (explained,) = client.explain([[0, 0, 1, 0, 1, 1]], job=trained)["explanations"]
    assert (explained["step"], explained["class"]) == (5, 3)
    assert {one["lag"] for one in explained["inputs"][:2]} == {0, 1}
