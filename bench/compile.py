"""Compile time and memory of ALBERT-base, BERT-base and the SST-2 model

The first two have random weights and their published sizes, with 128 tokens
(python/edgebert_models/make_encoders.py); compiled from ONNX to the command
form with calibration on one row. The SST-2 model needs ../shared.
"""
import os
import subprocess
import sys
import time

from report import BUILD, ROOT, SHARED, Report, run, shared, tool

report = Report("compile")


def run_measured(command):
    """Seconds and peak megabytes of one command."""
    begin = time.perf_counter()
    with open(os.devnull, "w") as null:
        child = subprocess.Popen(command, stdout=null)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)}: exit code {child.returncode}")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def measure(metric, command):
    """Reports the median of three; returns the largest peak."""
    runs = [run_measured(command) for _ in range(3)]
    report.add(metric, sorted(seconds for seconds, _ in runs)[1],
               "s (median of 3)", command)
    return max(peak for _, peak in runs)


def measure_base(family):
    """Reports time and peak of a family of base size."""
    directory = os.path.join(BUILD, "bench", family + "-base")
    os.makedirs(directory, exist_ok=True)
    model, data = (os.path.join(directory, name)
                   for name in ("model.onnx", "rows.npz"))
    run(["/usr/bin/python3", os.path.join(
        ROOT, "python", "edgebert_models", "make_encoders.py"), family, model,
        data, "--rows=1", "--no-golden"])
    out = os.path.join(directory, "out")
    command = [tool("edgebert-compile"), model, "--calibrate=" + data, "-o",
               out, "--bytecode", "--emit=accelerator,command"]
    peak = measure(family + "_base_s", command)
    report.add(family + "_base_peak_mb", peak, "MB", command)
    # What was compiled so fast must also be right.
    run([tool("edgebert-run"), "--diff", *(
        os.path.join(out, form + ".mlirbc") for form in (
            "accelerator", "command")), "--inputs=" + data])


def measure_sst2():
    model = shared("models", "sst2-albert", "sst2-albert.onnx")
    data = shared("models", "sst2-albert", "sst2-calib.npz")
    out = os.path.join(BUILD, "bench", "sst2")
    peak = measure("sst2_calibrate_and_compile_s",
                   [tool("edgebert-compile"), model, "--calibrate=" + data,
                    "-o", out])
    again = measure("sst2_compile_s",
                    [tool("edgebert-compile"), model,
                     "--calibrate=" + out + "/calibration.json", "-o",
                     out + "-again"])
    report.add("sst2_peak_mb", max(peak, again), "MB", "the larger of both")


measure_base("albert")
measure_base("bert")
if os.path.isdir(SHARED):
    measure_sst2()
else:
    print(f"skipped: no {SHARED} (development data, not shipped)")
report.finish()
