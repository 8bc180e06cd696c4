"""Fails unless every layer's output error is below the first report's.

    compare-reports.py WORST.json BETTER.json...
"""
import json
import sys


def errors(path):
    with open(path) as file:
        return {row["layer"]: row["output_error"] for row in json.load(file)}


worst = errors(sys.argv[1])
assert worst and all(error > 0 for error in worst.values()), worst
for path in sys.argv[2:]:
    for layer, error in errors(path).items():
        print(f"{path}: {layer} {error:.5f}, limit {worst[layer]:.5f}")
        if not error < worst[layer]:
            sys.exit("not better")
