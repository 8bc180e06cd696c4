"""f32 forward of the SST-2 model: our JIT against onnxruntime (../shared, npm)"""
import json
import os
import re
import subprocess
import sys

import numpy as np
from report import BUILD, ROOT, Report, run, shared, tool

UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
model = shared("models", "sst2-albert", "sst2-albert.onnx")
data = shared("models", "sst2-albert", "sst2-dev.npz")
node = os.path.join(BUILD, "bench", "node")
os.makedirs(node, exist_ok=True)
if not os.path.isdir(node + "/node_modules/onnxruntime-node"):
    done = subprocess.run(["npm", "install", "--prefix", node, "--silent", "--ignore-scripts",
                           "onnxruntime-node@1.30.0"], capture_output=True)
    if done.returncode:
        sys.exit("skipped: npm could not install onnxruntime-node 1.30.0")
arrays = np.load(data)
feeds = json.dumps({
    name: {"type": "int64", "dims": [1, 64], "data": arrays[name][0].tolist()}
    for name in ("input_ids", "attention_mask")})
ours = [tool("edgebert-run"), model, "--inputs=" + data, "--limit=1",
        "--time=50"]
peer = ["env", f"NODE_PATH={node}/node_modules", "node",
        os.path.join(ROOT, "bench", "forward.js"), model, "50", feeds]
# In turn, so that both see the same machine.
mine, theirs = [], []
for _ in range(3):
    mine.append(float(re.search(r"median ([\d.]+) ms",
                                run(ours, UNSET)).group(1)))
    theirs.append(float(run(peer, UNSET)))
a, b = sorted(mine)[1], sorted(theirs)[1]
report = Report("forward")
report.add("sst2_forward_ms", a, "ms", ours, "onnxruntime 1.30.0, 1 thread", b)
report.add("forward_over_onnxruntime", a / b, "ratio", ours)
report.finish()
