"""compare.py GOT.npz EXPECTED.npz: every array, shape, type and value."""
import sys

import numpy as np

got, expected = map(np.load, sys.argv[1:3])
wrong = 0
for name in expected.files:
    a, b = got[name], expected[name]
    same = a.shape == b.shape and a.dtype == b.dtype and (
        np.allclose(a, b, rtol=1e-5, atol=1e-5) if b.dtype == np.float32
        else np.array_equal(a, b))
    if not same:
        wrong += 1
        print(f"{name}: got {a.dtype} {a.shape}\n{a}\nexpected {b.dtype} "
              f"{b.shape}\n{b}")
print(f"{len(expected.files) - wrong} of {len(expected.files)} equal")
sys.exit(wrong != 0)
