"""check_early_exit.py RECORDING OUTPUTS REPORT THRESHOLD: a run that leaves
early against the recording of all exits of the same rows."""

import json
import sys

import numpy as np

recording = np.load(sys.argv[1])
outputs = np.load(sys.argv[2])
with open(sys.argv[3]) as file:
    totals = json.load(file)["totals"]
threshold = float(sys.argv[4])

layers = outputs["exit_layer"].reshape(-1)
rows = len(layers)
logits = recording["exit_logits"][:rows]
exits = logits.shape[1]
# The chip compares with 10 bits of fraction.
sure = recording["exit_entropies"][:rows] <= round(threshold * 1024)
sure[:, -1] = True
assert np.array_equal(layers, sure.argmax(1) + 1), layers
assert len(set(layers)) > 2, layers
taken = logits[np.arange(rows), layers - 1]
assert np.array_equal(outputs["exit_logits"], taken), "logits"

# Later layers do not run. The recording has the stacking of the exits and
# another driver of the entropy unit; what is left of the difference is small.
expected = recording["exit_cycles"][np.arange(rows), layers - 1].sum()
assert abs(totals["cycles_total"] / expected - 1) < 0.001, (
    totals["cycles_total"],
    expected,
)
print("agrees")
