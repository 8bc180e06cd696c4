"""Compile time and memory of the SST-2 model (needs ../shared)"""
import os
import resource
import time

from report import BUILD, Report, run, shared, tool

model = shared("models", "sst2-albert", "sst2-albert.onnx")
data = shared("models", "sst2-albert", "sst2-calib.npz")
out = os.path.join(BUILD, "bench", "sst2")
report = Report("compile")


def measure(metric, command):
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        run(command)
        times.append(time.perf_counter() - begin)
    report.add(metric, sorted(times)[1], "s (median of 3)", command)


measure("sst2_calibrate_and_compile_s",
        [tool("edgebert-compile"), model, "--calibrate=" + data, "-o", out])
measure("sst2_compile_s",
        [tool("edgebert-compile"), model,
         "--calibrate=" + out + "/calibration.json", "-o", out + "-again"])
report.add("sst2_peak_mb",
           resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, "MB",
           "the larger of both")
report.finish()
