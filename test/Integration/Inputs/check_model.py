"""check_model.py MODEL.onnx DATA.npz OUT_DIR: a model in all its forms.

Compiles with DATA as calibration data; the model form must give DATA's
golden_NAME arrays, and all forms from the accelerator's down the same bits.
Prints what ran where, and "all forms agree".
"""
import os
import subprocess
import sys

import numpy as np

model, data, out = sys.argv[1:4]


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


log = run("edgebert-compile", model, "--calibrate=" + data, "-o", out)
print(log[log.index("on the accelerator:"):])
with np.load(data) as arrays:
    golden = [name for name in arrays.files if name.startswith("golden_")]
assert golden, "no golden array"
print(run("edgebert-run", os.path.join(out, "model.mlir"), "--inputs=" + data,
          *(f"--golden={name[len('golden_'):]}:{name}" for name in golden)))
for form in "scheduled", "command":
    print(run("edgebert-run", "--diff", os.path.join(out, "accelerator.mlir"),
              os.path.join(out, form + ".mlir"), "--inputs=" + data))
print("all forms agree")
