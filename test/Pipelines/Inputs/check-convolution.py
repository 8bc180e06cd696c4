"""Images for convolution.mlir, or a check of what was collected on them.

    check-convolution.py make DATA.npz
    check-convolution.py check DATA.npz STATISTICS.json
"""
import json
import sys

import numpy as np

mode, data = sys.argv[1:3]
if mode == "make":
    x = np.random.default_rng(0).standard_normal((6, 2, 7, 7))
    np.savez(data, x=np.cumsum(x, axis=-1).astype(np.float32))
    sys.exit()
x = np.load(data)["x"].astype(np.float64)
patches = np.array([image[:, i:i + 3, j:j + 3].ravel()
                    for image in x for i in (0, 2, 4) for j in (0, 2, 4)])
with open(sys.argv[3]) as file:
    [layer] = json.load(file)["layers"]
assert layer["samples"] == len(patches) and layer["inputs"] == 18, layer
products = np.load(sys.argv[3] + ".npz")["0.products"]
np.testing.assert_allclose(np.triu(products), np.triu(patches.T @ patches),
                           rtol=1e-4, atol=1e-3)
