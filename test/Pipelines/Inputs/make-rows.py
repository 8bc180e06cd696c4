"""Rows of calibration data for two-layers.mlir: make-rows.py FILE.npz [SEED]"""
import sys

import numpy as np

rng = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
# Correlated inputs of different sizes, so that methods differ.
mix = rng.standard_normal((8, 8)) * np.linspace(0.2, 2, 8)
x = rng.standard_normal((64, 8)) @ mix
np.savez(sys.argv[1], x=x.astype(np.float32))
