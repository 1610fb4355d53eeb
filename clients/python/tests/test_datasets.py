"""Uploads of arrays, lists, frames and files."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from lookback import InvalidInput, Lookback


def test_arrays_are_uploaded_and_come_back(client: Lookback, walks) -> None:
    ways, labels = walks
    sheet = client.upload(ways, labels, name="walks")
    assert (sheet["sequences"], sheet["steps"], sheet["labelled"]) == (200, 6000, 5800)
    assert sheet["labels"]["names"] == [0, 1]
    shown = client.preview(sheet["id"], sequences=2)
    assert shown[1]["x"] == ways[1].tolist() and shown[0]["y"][0] is None
    assert client.doctor(sheet["id"])["order"] == 1
    assert client.dataset(sheet["id"]) == sheet
    assert sheet["id"] in [one["id"] for one in client.datasets()]


def test_features_missing_values_and_labels_of_whole_sequences(client: Lookback) -> None:
    x = [np.array([[0.5, 1.0], [np.nan, 2.0]]), np.array([[1.5, 0.0]]), [[0.0, 1.0], [1.0, None]]]
    sheet = client.upload(x, ["up", "down", "up"])
    assert sheet["labels"]["at"] == "end"
    assert [feature["missing"] for feature in sheet["inputs"]["features"]] == [1, 1]


def test_words_are_uploaded(client: Lookback) -> None:
    sheet = client.upload([["the", "cat", "sat"], ["a", "dog"]], [["det", "noun", "verb"], ["det", "noun"]])
    assert sheet["inputs"]["vocabulary"] == ["a", "cat", "dog", "sat", "the"]


def test_a_frame_in_long_form_is_uploaded(client: Lookback) -> None:
    # The rows of a sequence need not stand together, nor in order.
    frame = pd.DataFrame(
        {
            "patient": [8, 7, 7, 7],
            "minute": [0, 2, 0, 1],
            "rate": [66, 110, 71, 75],
            "state": [None, "walk", "rest", "rest"],
            "note": ["left out"] * 4,
        }
    )
    sheet = client.upload_frame(frame, sequence="patient", step="minute", features="rate", label="state", name="patients")
    assert (sheet["sequences"], sheet["steps"], sheet["labelled"]) == (2, 4, 3)
    assert client.preview(sheet["id"])[0] == {"length": 3, "x": [71, 75, 110], "y": ["rest", "rest", "walk"]}
    words = pd.DataFrame({"s": [1, 1], "w": ["the", "cat"], "t": ["det", "noun"]})
    assert client.upload_frame(words, sequence="s", features=["w"], label="t")["inputs"]["kind"] == "strings"
    with pytest.raises(ValueError, match="no column 'pulse'.*'rate'"):
        client.upload_frame(frame, sequence="patient", features=["pulse"], label="state")


def test_files_are_uploaded_as_they_are(client: Lookback, tmp_path, capsys) -> None:
    line = json.dumps({"x": [0, 1, 1], "y": [0, 1, 0]}) + "\n"
    file = tmp_path / "three steps.jsonl"
    file.write_text(line * 3)
    sheet = client.upload_file(file, progress=True)
    assert (sheet["name"], sheet["sequences"]) == ("three steps", 3)
    assert "100%" in capsys.readouterr().err
    assert client.upload_file(io.BytesIO(file.read_bytes()), format="ndjson")["id"] == sheet["id"]
    assert client.upload_file(file.read_bytes(), format="ndjson")["id"] == sheet["id"]
    with pytest.raises(ValueError, match="format"):
        client.upload_file(b"x")
    client.remove_dataset(sheet["id"])


def test_the_ending_says_what_stands_between_cells(client: Lookback, tmp_path) -> None:
    rows = ["patient\trate\tstate", "7\t71\trest", "7\t75\twalk"]
    file = tmp_path / "rows.tsv"
    file.write_text("\n".join(rows))
    mapping = {"sequence": "patient", "features": ["rate"], "label": "state"}
    sheet = client.upload_file(file, mapping=mapping)
    assert (sheet["format"], sheet["steps"]) == ("csv", 2)
    file.write_text("\n".join(rows).replace("\t", ";"))
    assert client.upload_file(file, mapping={**mapping, "delimiter": ";"})["id"] == sheet["id"]
    client.remove_dataset(sheet["id"])


def test_mistakes_are_named_by_their_line(client: Lookback) -> None:
    with pytest.raises(InvalidInput) as refusal:
        client.upload([[0, 1], [1, 0, 1]], [[0, 1], [1, 0]])
    assert refusal.value.code == "invalid_dataset"
    assert refusal.value.errors[0].path.startswith("line 2")
    with pytest.raises(ValueError, match="2 sequences, but y has labels for 1"):
        client.upload([[0], [1]], [[0]])
