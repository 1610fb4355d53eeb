"""What the peers have in common: each is a process that bench/peers.ts starts, asks for training steps line by line, and ends by closing its input.

The process first prints {"contestants": [name, …]}. To {"contestant", "B", "T", "H", "L", "steps"} it answers {"seconds"}, measured around those steps alone.
"""

import json
import sys
import time

FEATURES, CLASSES, LEARNING_RATE, CLIP_NORM = 1, 4, 0.1, 10.0


def serve(contestants):
    """`contestants`: name → a function of B, T, H, L that makes a model and returns a function that trains it for a number of steps, and waits for the last."""
    answers = sys.stdout
    # What a library prints must not end up among the answers.
    sys.stdout = sys.stderr
    prepared = {}

    def answer(message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    answer({"contestants": list(contestants)})
    for line in sys.stdin:
        request = json.loads(line)
        size = tuple(request[letter] for letter in "BTHL")
        key = (request["contestant"], size)
        if key not in prepared:
            prepared[key] = contestants[request["contestant"]](*size)
        started = time.perf_counter()
        prepared[key](request["steps"])
        answer({"seconds": time.perf_counter() - started})
