"""Time and memory of compressing a BERT-base-sized model

85 M random weights in BERT-base's shapes (unittests/Compression/
CompressBertBase.cpp): SparseGPT to 50 %, then GPTQ to int<4> under its mask,
on 128 sequences of 128 tokens, forward passes and Gram matrices included; and
rounding to nearest.
"""
import os
import re
import subprocess
import sys

from report import BUILD, BIN, ROOT, Report

WEIGHTS = 12 * (4 * 768 * 768 + 2 * 768 * 3072)

report = Report("compress")
target = "CompressBertBase"
program = os.path.join(BIN, target)
subprocess.run(["cmake", "--build", BUILD, "--target", target], check=True,
               stdout=subprocess.DEVNULL)


def measure(mode):
    """Seconds the program reports, and its peak megabytes."""
    # OpenBLAS takes the processor for what it is, not for what CI pins.
    env = {key: value for key, value in os.environ.items()
           if key not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    child = subprocess.Popen([program, mode], stdout=subprocess.PIPE,
                             text=True, env=env)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    match = re.fullmatch(r"([\d.]+) s (\d+) weights ([\d.]+) zeros\n", out)
    if child.returncode or not match or int(match.group(2)) != WEIGHTS:
        sys.exit(f"{program} {mode}: exit code {child.returncode}, {out!r}")
    return (float(match.group(1)), usage.ru_maxrss / 1024,
            float(match.group(3)))


command = f"{os.path.relpath(program, ROOT)} "
seconds, peak, zeros = measure("solvers")
if zeros < 0.5:
    sys.exit(f"SparseGPT then GPTQ left {zeros:.2%} zeros of the 50 % asked")
report.add("bert_base_gptq_sparsegpt_s", seconds, "s", command + "solvers")
report.add("bert_base_peak_mb", peak, "MB", command + "solvers")
seconds, _, _ = measure("rtn")
report.add("bert_base_rtn_s", seconds, "s", command + "rtn")
report.finish()
