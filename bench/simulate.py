"""Bit-exact simulation of ALBERT-base, 128 tokens: GMAC/s, time mode, against onnxruntime"""
import os

import numpy as np
from onnxruntime import PEER, OnnxRuntime
from report import BUILD, ROOT, Report, median_ms, run, tool

LAYER_MACS = 128 * (4 * 768 * 768 + 2 * 128 * 768 + 2 * 768 * 3072)
ROUNDS = 5
report = Report("simulate")


def compiled(name, layers, machine="asic"):
    """The commands that run a model's accelerator and command forms."""
    out = os.path.join(BUILD, "bench", name)
    os.makedirs(out, exist_ok=True)
    model, inputs = out + "/layer.onnx", out + "/inputs.npz"
    run(["/usr/bin/python3",
         os.path.join(ROOT, "bench", "models", "make_albert_layer.py"), model,
         inputs, f"--layers={layers}"])
    run([tool("edgebert-compile"), model, "--calibrate=" + inputs, "-o", out,
         "--bytecode", "--machine=" + machine])
    return model, inputs, {
        form: [tool("edgebert-run"), f"{out}/{form}.mlirbc",
               "--inputs=" + inputs, "--machine=" + machine]
        for form in ("accelerator", "command")}


def medians(*timers):
    """Median of each over rounds in which they take turns."""
    rounds = [[timer() for timer in timers] for _ in range(ROUNDS)]
    return [sorted(times)[ROUNDS // 2] for times in zip(*rounds)]


_, _, layer = compiled("albert-layer", 1)
functional, timed = medians(lambda: median_ms(layer["accelerator"], 10),
                            lambda: median_ms(layer["command"], 10))
report.add("afp8_functional_gmacs", LAYER_MACS / functional / 1e6,
           "GMAC/s (whole operations without time, a layer)",
           layer["accelerator"])
report.add("afp8_asic_gmacs", LAYER_MACS / timed / 1e6,
           "GMAC/s (registers, transfers, tiles, time and host work, a layer)",
           layer["command"])
report.add("timed_over_functional", timed / functional, "ratio",
           layer["command"])

# The published arithmetic. Its 12-bit addresses hold no tile of this layer,
# and its DMA cannot move one either.
rtl = os.path.join(BUILD, "bench", "rtl-wide.yaml")
with open(rtl, "w") as file:
    file.write("base: rtl\naddresses: {address_bits: 16, aux_base_unit: 16}\n"
               "dma: {defects: false}\n")
_, _, layer = compiled("albert-layer-rtl", 1, rtl)
[wrapped] = medians(lambda: median_ms(layer["command"], 10))
report.add("rtl_gmacs", LAYER_MACS / wrapped / 1e6,
           "GMAC/s (the same, 16-bit wrapping accumulators)", layer["command"])

model, inputs, sentence = compiled("albert-base", 12)
peer = OnnxRuntime(model, dict(np.load(inputs)))
functional, timed, theirs = medians(
    lambda: median_ms(sentence["accelerator"], 3),
    lambda: median_ms(sentence["command"], 3), lambda: peer.median_ms(3))
report.add("albert_functional_ms", functional, "ms", sentence["accelerator"],
           PEER, theirs)
report.add("albert_timed_ms", timed, "ms", sentence["command"], PEER, theirs)
report.add("albert_over_onnxruntime", functional / theirs, "ratio",
           sentence["accelerator"])
report.add("albert_timed_over_onnxruntime", timed / theirs, "ratio",
           sentence["command"])
report.finish()
