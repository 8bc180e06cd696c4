"""Fails unless the outputs after the second file are nearer to the first's.

    compare-errors.py F32.npz WORST.npz BETTER.npz...
"""
import sys

import numpy as np

wanted, worst, *others = (np.load(path)["y"] for path in sys.argv[1:])
limit = np.mean((worst - wanted) ** 2)
for path, other in zip(sys.argv[3:], others):
    error = np.mean((other - wanted) ** 2)
    print(f"{path}: {error:.6g}, limit {limit:.6g}")
    if not error < limit:
        sys.exit("not better")
