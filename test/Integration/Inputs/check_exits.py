"""check_exits.py RECORDING OUTPUTS REPORT: a recording of exits against the
outputs and the cycles of an ordinary run of the same rows."""

import json
import sys

import numpy as np

recording = np.load(sys.argv[1])
outputs = np.load(sys.argv[2])
with open(sys.argv[3]) as file:
    totals = json.load(file)["totals"]

logits = recording["exit_logits"]
rows, exits, _ = logits.shape
assert np.array_equal(logits, outputs["exit_logits"]), "logits"

# The chip's entropy of these logits: 4 mantissa bits, piecewise linear EXP.
x = logits.astype(float)
p = np.exp(x - x.max(-1, keepdims=True))
p /= p.sum(-1, keepdims=True)
exact = -(p * np.log(p)).sum(-1)
error = np.abs(recording["exit_entropies"] / 1024 - exact).max()
assert error < 0.03, error

# All exits together: the ordinary run and one entropy per exit, always alike.
cycles = recording["exit_cycles"]
extra = cycles[:, -1].sum() - totals["cycles_total"]
assert extra > 0 and extra % (rows * exits) == 0, extra
assert extra / (rows * exits) < 1000, extra
assert (np.diff(cycles, axis=1) > 0).all()
# Every layer but the first, which has the embedding, costs about the same; one
# whose scores are large subtracts their rows' maxima on the host.
layers = np.diff(cycles, axis=1)
assert layers.max() < 1.12 * layers.min(), layers
print("agrees")
