"""SST-2, 872 sentences: f32 against the simulated chip (needs ../shared)"""
import json
import os

from report import BUILD, Report, run, shared, tool

model = shared("models", "sst2-albert", "sst2-albert.onnx")
data = shared("models", "sst2-albert", "sst2-dev.npz")
out = os.path.join(BUILD, "bench", "sst2")
run([tool("edgebert-compile"), model, "-o", out, "--calibrate=" +
     shared("models", "sst2-albert", "sst2-calib.npz")])
report = Report("accuracy")
values = {}
for device in ("host", "sim"):
    command = [tool("edgebert-run"), out, "--device=" + device,
               "--inputs=" + data, f"--report={out}/{device}.json",
               f"--outputs={out}/{device}.npz"]
    run(command)
    with open(f"{out}/{device}.json") as file:
        values[device] = json.load(file)
    report.add("sst2_accuracy_" + device, 100 * values[device]["accuracy"],
               "%", command)
report.add("sst2_agreement", 100 * values["sim"]["agreement"], "%", command,
           "f32 logits of the exporting framework",
           100 * values["host"]["agreement"])
report.add("sst2_cycles_per_sentence",
           values["sim"]["totals"]["cycles_total"] / values["sim"]["rows"],
           "cycles", command)
report.finish()
