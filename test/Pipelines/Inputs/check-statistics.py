"""Compares a statistics file with what numpy says: FILE.json DATA.npz"""
import json
import sys

import numpy as np

with open(sys.argv[1]) as file:
    layers = {layer["name"]: layer for layer in json.load(file)["layers"]}
sums = np.load(sys.argv[1] + ".npz")
x = np.load(sys.argv[2])["x"].reshape(-1, 8).astype(np.float64)
first = layers["first"]
assert first["samples"] == len(x) and first["inputs"] == 8, first
products = np.triu(sums[f"{first['sums']}.products"])
np.testing.assert_allclose(products, np.triu(x.T @ x), rtol=1e-4, atol=1e-3)
np.testing.assert_allclose(sums[f"{first['sums']}.absolute"],
                           np.abs(x).sum(0), rtol=1e-5)
np.testing.assert_allclose(sums[f"{first['sums']}.maxima"], np.abs(x).max(0))
assert np.isclose(first["min"], x.min()) and np.isclose(first["max"], x.max())
histogram = sums[f"{first['sums']}.histogram"]
bins = np.floor(4 * np.log2(np.abs(x))).astype(int) + 64
np.testing.assert_array_equal(histogram,
                              np.bincount(bins.ravel(), minlength=128))
# relu: about half of the second layer's inputs are zero.
assert 0 < layers["second"]["zeros"] < layers["second"]["samples"] * 4
