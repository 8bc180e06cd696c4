"""check_perplexity.py DATA.npz F32.json CHIP.json: against the golden nll."""
import json
import sys

import numpy as np

golden = np.load(sys.argv[1])["nll"]
f32, chip = (json.load(open(path)) for path in sys.argv[2:4])
assert abs(f32["nats_per_token"] - golden[:f32["rows"]].mean()) < 1e-4, f32
assert abs(chip["nats_per_token"] - f32["nats_per_token"]) < 0.02, chip
assert abs(np.exp(chip["nats_per_token"]) - chip["perplexity"]) < 1e-3, chip
