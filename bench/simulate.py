"""Bit-exact simulation of a 128-token ALBERT-base layer, GMAC/s on one core"""
import json
import os

from report import BUILD, ROOT, Report, run, tool

out = os.path.join(BUILD, "bench", "albert-layer")
os.makedirs(out, exist_ok=True)
model, inputs = out + "/layer.onnx", out + "/inputs.npz"
run(["/usr/bin/python3", os.path.join(ROOT, "bench", "models", "make_albert_layer.py"),
     model, inputs])
run([tool("edgebert-compile"), model, "--calibrate=" + inputs, "-o", out,
     "--bytecode"])
report = Report("simulate")
for form, metric in (("accelerator", "afp8_accelerator_gmacs"),
                     ("scheduled", "afp8_scheduled_gmacs"),
                     ("command", "afp8_asic_gmacs")):
    command = [tool("edgebert-run"), f"{out}/{form}.mlirbc",
               "--inputs=" + inputs, "--outputs=" + out + "/y.npz",
               "--report=" + out + "/report.json"]
    seconds = []
    for _ in range(5):
        run(command)
        with open(out + "/report.json") as file:
            result = json.load(file)
        seconds.append(result["seconds"])
    macs = 128 * (4 * 768 * 768 + 2 * 128 * 768 + 2 * 768 * 3072)
    report.add(metric, macs / sorted(seconds)[2] / 1e9,
               "GMAC/s (whole layer, host work included, median of 5)",
               command)
cycles = result["totals"]["cycles"]
for kind, value in cycles.items():
    report.add("cycles_" + kind.replace(" ", "_"), value, "cycles", command)
report.finish()
