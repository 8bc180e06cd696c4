"""Checks the compression report of two-layers.mlir at int<4>, 50 %."""
import json
import sys

with open(sys.argv[1]) as file:
    report = json.load(file)
first, second = report["layers"]
assert first["layer"] == "first" and first["format"] == "int<4>", first
assert first["weights"] == 32 and first["zeros"] >= 16, first
# 32 weights of 4 bits; 4 scales of 4 bytes; a bit each and the nonzero ones.
assert first["dense_bytes"] == 16 and first["metadata_bytes"] == 16, first
nonzero = first["weights"] - first["zeros"]
assert first["bitmask_bytes"] == 4 + (4 * nonzero + 7) // 8, first
assert first["bits_per_weight"] == 8 * (
    min(first["dense_bytes"], first["bitmask_bytes"], first["csr_bytes"]) +
    16) / 32, first
for layer in (first, second):
    assert layer["sparsity_term"] > 0 and layer["quantization_term"] > 0, layer
    # Cauchy-Schwarz of the inner product a^T H b.
    assert layer["cross_term"] ** 2 <= 4.0001 * (
        layer["sparsity_term"] * layer["quantization_term"]), layer
assert report["weights"] == 48
