"""Writes real sequences that Python packages ship as NDJSON, a file a data set, with an index: export.py FOLDER

Reads the files of the packages in requirements.txt (none of them is imported), the sources of Python's own library, and
the licences of Debian. A line is a sequence: x its inputs, y its labels (one a step, or one for the whole).
"""

import csv
import datetime
import gzip
import importlib.util
import io
import json
import pathlib
import sys
import sysconfig
import tokenize

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
index = []


def folder(package):
    return pathlib.Path(importlib.util.find_spec(package).origin).parent


def write(name, sequences, labels_at, about, kind):
    """kind: "annotation" (labels tell of the inputs so far), "forecast" (of a later input), "sequence" (of the whole)."""
    with open(out / f"{name}.ndjson", "w") as file:
        for x, y in sequences:
            file.write(json.dumps({"x": x, "y": y}, separators=(",", ":")) + "\n")
    index.append({"name": name, "labelsAt": labels_at, "about": about, "kind": kind})


def cut(x, y, length):
    for at in range(0, len(x) - length + 1, length):
        yield x[at : at + length], y[at : at + length]


def aeon_sequences(name):
    """The .ts files of a classification problem: channels between colons, the class last."""
    for part in ("TRAIN", "TEST"):
        path = folder("aeon") / "datasets" / "data" / name / f"{name}_{part}.ts"
        for line in path.read_text().splitlines():
            if not line or line[0] in "#@":
                continue
            *channels, label = line.strip().split(":")
            columns = [[float(value) for value in channel.split(",")] for channel in channels]
            steps = [list(step) for step in zip(*columns)]
            yield (steps if len(columns) > 1 else [step[0] for step in steps]), label


def digits():
    with gzip.open(folder("sklearn") / "datasets" / "data" / "digits.csv.gz", "rt") as file:
        for line in csv.reader(file):
            numbers = [int(float(value)) for value in line]
            yield [numbers[8 * row : 8 * row + 8] for row in range(8)], numbers[64]


def pulse():
    """Pulse waves at some 100 Hz; 1 from 0.05 s to 0.25 s after a beat, which is a maximum within 0.3 s on each side."""
    def signal(path, column, step):
        with open(path) as file:
            rows = list(csv.reader(file))
        values = [float(row[column]) for row in rows if row and row[column].replace(".", "").isdigit()]
        return values[::step]

    data = folder("heartpy") / "data"
    for values in (
        signal(data / "data.csv", 0, 1),
        signal(data / "data2.csv", 1, 1),
        signal(data / "data3.csv", 1, 1),
    ):
        mean = sum(values) / len(values)
        beats = [
            t
            for t in range(30, len(values) - 30)
            if values[t] == max(values[t - 30 : t + 31]) and values[t] > mean and values[t] > values[t - 1]
        ]
        labels = [0] * len(values)
        for beat in beats:
            for t in range(beat + 5, min(beat + 25, len(values))):
                labels[t] = 1
        yield from cut([int(value) for value in values], labels, 1000)


def python_sources():
    library = pathlib.Path(sysconfig.get_paths()["stdlib"])
    names = sorted(path for path in library.glob("*.py") if 5_000 <= path.stat().st_size <= 25_000)
    return [path.read_text(encoding="utf-8", errors="replace") for path in names][:60]


def marked_characters():
    """Each character of a source file: code, comment or string."""
    for text in python_sources():
        lines = text.splitlines(keepends=True)
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line))
        kinds = ["code"] * len(text)
        try:
            for token in tokenize.generate_tokens(io.StringIO(text).readline):
                name = {tokenize.STRING: "string", tokenize.COMMENT: "comment"}.get(token.type)
                if name:
                    begin = starts[token.start[0] - 1] + token.start[1]
                    end = starts[token.end[0] - 1] + token.end[1]
                    kinds[begin:end] = [name] * (end - begin)
        except (tokenize.TokenError, IndentationError):
            continue
        yield from cut([char if char.isascii() else "?" for char in text], kinds, 4000)


def next_tokens():
    """Kinds of tokens, keywords and operators as they are; the label is the next one."""
    import keyword

    for text in python_sources():
        tokens = []
        try:
            for token in tokenize.generate_tokens(io.StringIO(text).readline):
                if token.type in (tokenize.NL, tokenize.COMMENT):
                    continue
                exact = token.type == tokenize.OP or keyword.iskeyword(token.string)
                tokens.append(token.string if exact else tokenize.tok_name[token.type])
        except (tokenize.TokenError, IndentationError):
            continue
        yield from cut(tokens[:-1], tokens[1:], 200)


def next_characters():
    """Licences, whose next character is the label."""
    for name in ("GPL-2", "GPL-3", "Apache-2.0", "MPL-2.0", "GFDL-1.3", "LGPL-2.1", "Artistic", "CC0-1.0", "MPL-1.1"):
        path = pathlib.Path("/usr/share/common-licenses") / name
        text = " ".join(path.read_text(errors="replace").split()).encode("ascii", "replace").decode()
        yield from cut(list(text[:-1]), list(text[1:]), 250)


def vega(name):
    with open(folder("vega_datasets") / "_data" / name) as file:
        return list(csv.DictReader(file))


def hourly(name):
    return [float(row["temp"]) for row in vega(name)]


def warmer_next_hour():
    temperatures = hourly("seattle-temps.csv")
    labels = ["up" if b > a else "down" for a, b in zip(temperatures, temperatures[1:])]
    yield from cut(temperatures[:-1], labels, 168)


def part_of_day():
    """Night, morning, afternoon or evening, by hourly temperatures of another city."""
    names = ["night", "morning", "afternoon", "evening"]
    temperatures = hourly("sf-temps.csv")
    yield from cut(temperatures, [names[hour % 24 // 6] for hour in range(len(temperatures))], 168)


def rain_tomorrow():
    rows = vega("seattle-weather.csv")
    columns = ("precipitation", "temp_max", "temp_min", "wind")
    inputs = [[float(row[column]) for column in columns] for row in rows]
    yield from cut(inputs[:-1], ["rain" if x[0] > 0 else "dry" for x in inputs[1:]], 73)


def season():
    """The quarter of the year by a day's weather and those before it."""
    rows = vega("seattle-weather.csv")
    inputs = [[float(row[column]) for column in ("temp_max", "temp_min", "wind")] for row in rows]
    labels = [(datetime.date.fromisoformat(row["date"].replace("/", "-")).month - 1) // 3 for row in rows]
    yield from cut(inputs, labels, 73)


for name, problem, about in (
    ("vowels", "JapaneseVowels", "speakers by 12 coefficients of a vowel"),
    ("motions", "BasicMotions", "what a wearer of a watch does, by 6 sensors"),
    ("arrowheads", "ArrowHead", "kinds of arrowheads by their outline"),
    ("gun-point", "GunPoint", "a gun is drawn or a finger pointed, by the hand's place"),
    ("power-demand", "ItalyPowerDemand", "summer or winter by a day's power demand"),
    ("leaves", "OSULeaf", "kinds of leaves by their outline"),
):
    write(name, aeon_sequences(problem), "end", about, "sequence")
write("digits", digits(), "end", "handwritten digits, 8 rows of 8 pixels", "sequence")
write("pulse", pulse(), "every-step", "just after a beat or not, by a pulse wave", "annotation")
write("code", marked_characters(), "every-step", "code, string or comment, by characters of source files", "annotation")
write("part-of-day", part_of_day(), "every-step", "quarter of the day by hourly temperatures", "annotation")
write("season", season(), "every-step", "quarter of the year by daily weather", "annotation")
write("next-character", next_characters(), "every-step", "next character of licences", "forecast")
write("next-token", next_tokens(), "every-step", "next kind of token of source files", "forecast")
write("warmer", warmer_next_hour(), "every-step", "whether the next hour is warmer", "forecast")
write("rain", rain_tomorrow(), "every-step", "whether it rains tomorrow", "forecast")
(out / "index.json").write_text(json.dumps(index, indent=1) + "\n")
