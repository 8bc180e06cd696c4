"""check_exit_run.py RUN.json SWEEP.json THRESHOLD TOLERANCE: a run that leaves
early against what a recording predicts for the same rows; the tolerance is the
largest relative difference of times and energy."""

import json
import sys

with open(sys.argv[1]) as file:
    run = json.load(file)["exits"]
with open(sys.argv[2]) as file:
    sweep = json.load(file)["thresholds"][0]

# A run's histogram ends at the last exit that a row took.
histogram = run["histogram"]
histogram += [0] * (len(sweep["histogram"]) - len(histogram))
assert histogram == sweep["histogram"], (run, sweep)
assert run["mean_exit"] == sweep["mean_exit"], (run, sweep)
assert abs(run["threshold"] - float(sys.argv[3])) < 0.001, run
assert len(run["row_ms"]) == sum(histogram), run
# The points are those that the recording gives. What a row takes is not quite
# what was recorded: there, the first exit pays what belongs to no operation of
# the model, and nothing looks up the exit. In a small model that is much.
key = "volts_after_first_layer"
assert abs(run[key] - sweep[key]) < 1e-9, (run[key], sweep[key])
for key in ("p50_ms", "p95_ms", "p99_ms", "microjoule"):
    assert abs(run[key] / sweep[key] - 1) < float(sys.argv[4]), (key, run[key], sweep[key])
print("agrees")
