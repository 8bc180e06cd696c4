"""Fails unless two .npz files hold the same arrays, bit for bit.

    check_same_arrays.py A.npz B.npz COUNT
"""
import sys

import numpy as np

a, b = np.load(sys.argv[1]), np.load(sys.argv[2])
assert set(a.files) == set(b.files) and len(a.files) == int(sys.argv[3]), (
    a.files,
    b.files,
)
for name in a.files:
    x, y = a[name], b[name]
    assert x.dtype == y.dtype and x.shape == y.shape, (name, x.dtype, y.dtype)
    assert len(np.unique(x)) > 2, (name, "is nearly constant")
    wrong = np.flatnonzero(x.ravel() != y.ravel())
    assert not wrong.size, (name, wrong, x.ravel()[wrong], y.ravel()[wrong])
