"""Writes what follows from something else: `_types.py` from the service's OpenAPI document, `_sync` from `_async`.

    python generate.py OPENAPI.json [FOLDER]

FOLDER, by default `src/lookback`, is where it writes. The suite fails where the files here are not what this writes."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import unasync

package = Path(__file__).parent / "src" / "lookback"

#: Names of the one client in terms of the other, beside what `async` and `await` say by themselves.
_NAMES = {
    "AsyncLookback": "Lookback",
    "AsyncConnection": "Connection",
    "AsyncLiveSession": "LiveSession",
    "AsyncClient": "Client",
    "AsyncBaseTransport": "BaseTransport",
    "aclose": "close",
    "aread": "read",
    "aiter_bytes": "iter_bytes",
    "aiter_sse": "iter_sse",
    "async_sleep": "sleep",
    "in_async": "iter",
    "_async": "_sync",
}


def write_types(document: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "types.py"
        options = "--input-file-type openapi --output-model-type typing.TypedDict --target-python-version 3.10"
        styles = "--use-union-operator --use-standard-collections --disable-timestamp --openapi-scopes schemas"
        command = [sys.executable, "-W", "ignore", "-m", "datamodel_code_generator", *options.split(), *styles.split()]
        subprocess.run([*command, "--input", str(document), "--output", str(raw)], check=True, stderr=subprocess.DEVNULL)
        text = raw.read_text()
    text = re.sub(r"\A(#.*\n)+", '"""The service\'s schemas, written by generate.py: not to be edited."""\n', text)
    # A later service may answer with more fields.
    target.write_text(text.replace("(TypedDict, closed=True)", "(TypedDict)"))


def write_sync(target: Path) -> None:
    target.mkdir(exist_ok=True)
    rule = unasync.Rule(fromdir=str(package / "_async"), todir=str(target), additional_replacements=_NAMES)
    unasync.unasync_files([str(file) for file in (package / "_async").glob("*.py")], [rule])
    for file in target.glob("*.py"):
        text = file.read_text()
        if text.strip():
            text = re.sub(r"from \.\._uploads import Upload, iter\n", "from .._uploads import Upload\n", text)
            file.write_text(f"# Written by generate.py from {file.name} of _async: not to be edited.\n{text}")


if __name__ == "__main__":
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else package
    write_types(Path(sys.argv[1]), target / "_types.py")
    write_sync(target / "_sync")
