"""Runs one operation in all forms on random codes and compares bit by bit.

  compare-forms.py PREFIX OP SHAPE [FLAG...]

Arguments as for random-program.py, which makes PREFIX.mlir and PREFIX.npz, and
the flag `fused`: the schedule must keep a chain on the chip, or `apart`: it
cannot. Chains are also compared with the schedule `greedy`.
Fails with the difference, or if the result has so few distinct codes that
equality would show little.
"""
import os
import subprocess
import sys

import numpy as np

prefix, *program = sys.argv[1:]
fused, apart = "fused" in program, "apart" in program


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(program)}: {' '.join(command)}\n"
                 f"{done.stdout}{done.stderr}")
    return done.stdout


here = os.path.dirname(os.path.abspath(__file__))
run(sys.executable, os.path.join(here, "random-program.py"), prefix, *program)
inputs = f"--inputs={prefix}.npz"
accelerator, scheduled, command = (
    prefix + ".mlir", prefix + ".scheduled.mlir", prefix + ".command.mlir")
run("edgebert-opt", accelerator, "--edgebert-accelerator-to-scheduled", "-o",
    scheduled)
run("edgebert-opt", scheduled, "--edgebert-scheduled-to-command", "-o", command)
pairs = [(accelerator, scheduled), (scheduled, command)]
if fused or apart:
    with open(scheduled) as file:
        text = file.read()
    loads = text.count("edgebert.load") + text.count("edgebert.store")
    greedy = prefix + ".greedy.mlir"
    run("edgebert-opt", accelerator,
        "--edgebert-accelerator-to-scheduled=schedule=greedy", "-o", greedy)
    with open(greedy) as file:
        text = file.read()
    separate = text.count("edgebert.load") + text.count("edgebert.store")
    assert (loads < separate) == fused, (loads, separate)
    pairs.append((greedy, scheduled))
for left, right in pairs:
    text = run("edgebert-run", "--diff", left, right, inputs)
    assert "identical: 2 values" in text, text  # the probe and the output
run("edgebert-run", accelerator, inputs, f"--outputs={prefix}.out.npz")
with np.load(prefix + ".out.npz") as outputs:
    (result,) = outputs.values()
distinct = len(np.unique(result))
print(f"{' '.join(program)}: identical, {distinct} distinct codes")
if distinct < min(result.size // 8, 12):
    sys.exit(f"only {distinct} distinct codes in {result.size}")
