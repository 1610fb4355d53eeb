"""The programs of the serving guide's section about exports, as they stand there."""

import pathlib
import re
import sys

GUIDE = pathlib.Path(__file__).parents[2] / "docs" / "serving.md"
SEQUENCE = "sequence = [0, 0, 1, 0, 1, 1]"


def programs() -> dict[str, str]:
    """By the file that they read, the one for PyTorch as `torch`; the first is what the others import, `encode`."""
    [section] = re.findall(r"^## Export\n(.*?)(?=^## )", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    first, *others = re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    name = lambda text: "torch" if "import torch" in text else re.search(r'"([\w-]+\.\w+)"', text)[1]
    return {"encode": first, **{name(text): text for text in others}}


def run(name: str, sequence: list, folder: pathlib.Path, monkeypatch) -> dict:
    """The names of a program after it has run in a folder, with another sequence."""
    guide = programs()
    (folder / "encode.py").write_text(guide["encode"])
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "encode", raising=False)
    monkeypatch.chdir(folder)
    assert SEQUENCE in guide[name]
    names: dict = {}
    exec(guide[name].replace(SEQUENCE, f"sequence = {sequence!r}"), names)
    return names
