"""Turns what people have (arrays, lists, frames, files) into the NDJSON or CSV that the service reads, piece by piece."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from tqdm.auto import tqdm

if TYPE_CHECKING:
    import pandas as pd

#: Bytes of one piece of a request's body.
_PIECE = 1 << 18

#: Endings of files whose format need not be said.
_FORMATS = {".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv", ".tsv": "csv"}


@dataclass(frozen=True)
class Upload:
    """The body of an upload and the query that goes with it."""

    pieces: Iterable[bytes]
    query: dict[str, str] = field(default_factory=dict)


def upload_of_sequences(x: Any, y: Any, name: str | None) -> Upload:
    """NDJSON of N sequences.

    x: array [N, T] or [N, T, I], or N sequences of any length: arrays [T] or [T, I], lists of numbers or strings.
    y: array [N, T], or N lists of labels; or one label for each sequence ([N]). NaN and None are steps without a label,
    NaN among inputs a missing value.

    Raises ValueError where x and y do not go together."""
    sequences, labels = list(x), list(y)
    if len(sequences) != len(labels):
        raise ValueError(f"x has {len(sequences)} sequences, but y has labels for {len(labels)}.")
    return Upload(_lines(sequences, labels), _query("ndjson", name))


def upload_of_frame(
    frame: pd.DataFrame,
    name: str | None,
    *,
    sequence: str,
    features: str | Iterable[str],
    label: str,
    step: str | None = None,
) -> Upload:
    """CSV of a frame in long form, a row a step; the rows of each sequence are brought together, by `step` where it is given.

    Raises ValueError for a column that the frame does not have."""
    chosen = [features] if isinstance(features, str) else list(features)
    columns = [sequence, *([step] if step is not None else []), *chosen, label]
    for column in columns:
        if column not in frame.columns:
            raise ValueError(f"The frame has no column {column!r}: there are {', '.join(map(repr, frame.columns))}.")
    order = [sequence] if step is None else [sequence, step]
    rows = frame[columns].sort_values(order, kind="stable")
    mapping: dict[str, Any] = {"sequence": sequence, "features": chosen, "label": label}
    if step is not None:
        mapping["step"] = step
    if len(chosen) == 1 and not np.issubdtype(np.asarray(frame[chosen[0]].dropna()).dtype, np.number):
        mapping["values"] = "strings"
    return Upload(_csv(rows), {**_query("csv", name), "mapping": json.dumps(mapping)})


def upload_of_file(
    source: str | PathLike[str] | BinaryIO | bytes,
    name: str | None,
    format: str | None,
    mapping: Mapping[str, Any] | None,
    options: Mapping[str, str],
    progress: bool,
) -> Upload:
    """A file that is sent as it is. Without `format` the file's ending says it; without `name` its own name is taken."""
    ending = Path(source).suffix.lower() if isinstance(source, (str, PathLike)) else ""
    format = format or _FORMATS.get(ending)
    if isinstance(source, (str, PathLike)):
        name = name or Path(source).stem
    if format is None:
        raise ValueError(f"Say the format of the upload: an ending that is known is one of {', '.join(_FORMATS)}.")
    query = {**_query(format, name), **options}
    if mapping is not None:
        query["mapping"] = json.dumps({"delimiter": "\t", **mapping} if ending == ".tsv" else mapping)
    return Upload(_pieces_of(source, progress), query)


def upload_of_model(
    source: str | PathLike[str] | BinaryIO | bytes,
    name: str | None,
    labels: Sequence[str | int] | None,
    inputs: Mapping[str, Any] | None,
    at: str | None,
    progress: bool,
) -> Upload:
    """A file with a model. Without `name` the file's own name is taken."""
    if name is None and isinstance(source, (str, PathLike)):
        name = Path(source).stem
    described = {"labels": None if labels is None else list(labels), "inputs": inputs}
    texts = {field: json.dumps(value) for field, value in described.items() if value is not None}
    told = {field: value for field, value in {"name": name, "at": at}.items() if value is not None}
    return Upload(_pieces_of(source, progress), {**told, **texts})


def _pieces_of(source: str | PathLike[str] | BinaryIO | bytes, progress: bool) -> Iterable[bytes]:
    pieces: Iterable[bytes]
    total: int | None
    if isinstance(source, bytes):
        total, pieces = len(source), (source[i : i + _PIECE] for i in range(0, len(source), _PIECE))
    elif isinstance(source, (str, PathLike)):
        path = Path(source)
        total, pieces = path.stat().st_size, _pieces_of_file(path)
    else:
        total, pieces = None, iter(lambda: source.read(_PIECE), b"")
    return _with_bar(pieces, total) if progress else pieces


async def in_async(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def plain(value: Any) -> Any:
    """What JSON can say of an array, a number of NumPy's, or a list of them: NaN and None become null."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if hasattr(value, "tolist") and not isinstance(value, str):
        return plain(value.tolist())
    return value


def _query(format: str, name: str | None) -> dict[str, str]:
    return {"format": format} if name is None else {"format": format, "name": name}


def _lines(sequences: list[Any], labels: list[Any]) -> Iterator[bytes]:
    piece = bytearray()
    for x, y in zip(sequences, labels):
        line = json.dumps({"x": plain(x), "y": _label(y)}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        piece += line.encode() + b"\n"
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def _label(y: Any) -> Any:
    """Labels that became floating-point numbers, for the sake of a NaN among them, are integers again."""
    value = plain(y)
    return [_whole(one) for one in value] if isinstance(value, list) else _whole(value)


def _whole(label: Any) -> Any:
    return int(label) if isinstance(label, float) and label.is_integer() else label


def _csv(rows: pd.DataFrame) -> Iterator[bytes]:
    """10,000 rows a piece: a frame may be large."""
    for start in range(0, max(1, len(rows)), 10_000):
        yield rows.iloc[start : start + 10_000].to_csv(index=False, header=start == 0).encode()


def _pieces_of_file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _with_bar(pieces: Iterable[bytes], total: int | None) -> Iterator[bytes]:
    with tqdm(total=total, unit="B", unit_scale=True, desc="upload") as bar:
        for piece in pieces:
            yield piece
            bar.update(len(piece))
