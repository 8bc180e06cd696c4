"""How 4 bits of AdaptivFloat should divide: noise on SST-2's weights (needs ../shared)"""
import os

import numpy
import onnx
from onnx import numpy_helper

from report import BUILD, Report, run, shared, tool

out = os.path.join(BUILD, "bench", "afp4")
os.makedirs(out, exist_ok=True)
model = onnx.load(shared("models", "sst2-albert", "sst2-albert.onnx"))
weights = [numpy_helper.to_array(tensor).ravel()
           for tensor in model.graph.initializer
           if len(tensor.dims) == 2 and min(tensor.dims) >= 64]
length = max(map(len, weights))
top = [int(numpy.floor(numpy.log2(abs(w).max()))) for w in weights]

# One row per matrix and exponent of the largest code; zeros at the end.
CLIPPED = range(-3, 2)
rows = numpy.zeros((len(weights) * len(CLIPPED), length), numpy.float32)
for i, w in enumerate(weights):
    rows[i * len(CLIPPED):(i + 1) * len(CLIPPED), :len(w)] = w


def noise(bits, exponent_bits):
    """Signal over noise in dB of each matrix, with its best bias."""
    bias = [t + clip + 10 - (2 ** exponent_bits - 1)
            for t in top for clip in CLIPPED]
    inputs = os.path.join(out, "in.npz")
    numpy.savez(inputs, x=rows, bias=numpy.array(bias, numpy.int8))
    program = os.path.join(out, f"afp{bits}_{exponent_bits}.mlir")
    kind = f"tensor<1x{length}xf32>"
    with open(program, "w") as file:
        file.write(f"""\
func.func @main(%x: {kind}, %bias: tensor<1xi8>) -> {kind} {{
  %b = tensor.collapse_shape %bias [] : tensor<1xi8> into tensor<i8>
  %y = numfmt.emulate %x, %b as !numfmt.afp<{bits},{exponent_bits}> : {kind}, tensor<i8> -> {kind}
  return %y : {kind}
}}
""")
    result = os.path.join(out, "out.npz")
    command = [tool("edgebert-run"), program, "--bind=arg0=x",
               "--bind=arg1=bias", "--inputs=" + inputs, "--outputs=" + result]
    run(command)
    (quantized,) = numpy.load(result).values()
    error = ((quantized.astype(float) - rows) ** 2).sum(1)
    signal = (rows.astype(float) ** 2).sum(1)
    best = (signal / error).reshape(-1, len(CLIPPED)).max(1)
    return 10 * numpy.log10(best), command


report = Report("afp4")
for bits, exponent_bits in ((8, 3), (4, 1), (4, 2), (4, 3)):
    decibel, command = noise(bits, exponent_bits)
    name = f"afp{bits}_{exponent_bits}_signal_over_noise"
    report.add(name + "_worst", decibel.min(), "dB", command)
    report.add(name + "_best", decibel.max(), "dB", command)
report.finish()
