"""Fails unless the last model's tokens are nearer to the first's.

    compare_divergence.py F32.npz WORSE.npz BETTER.npz
"""
import os
import sys

import numpy as np

sys.dont_write_bytecode = True
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[".."] * 3)
sys.path[:0] = [os.path.join(ROOT, "bench"),
                os.path.join(ROOT, "bench", "compression")]
from runs import divergence

f32, worse, better = (np.load(path)["logits"] for path in sys.argv[1:])
worse, better = divergence(worse, f32), divergence(better, f32)
print(f"{better:.5f} against {worse:.5f} nats per token")
sys.exit(not better < worse)
