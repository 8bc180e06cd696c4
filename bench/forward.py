"""f32 forward of the SST-2 model: our JIT against onnxruntime (../shared, npm)"""
import numpy as np
from onnxruntime import PEER, OnnxRuntime
from report import Report, median_ms, shared, tool

model = shared("models", "sst2-albert", "sst2-albert.onnx")
data = shared("models", "sst2-albert", "sst2-dev.npz")
arrays = np.load(data)
peer = OnnxRuntime(model, {name: arrays[name][:1] for name in
                           ("input_ids", "attention_mask")})
ours = [tool("edgebert-run"), model, "--inputs=" + data, "--limit=1"]
# In turn, so that both see the same machine.
mine, theirs = [], []
for _ in range(3):
    mine.append(median_ms(ours, 50))
    theirs.append(peer.median_ms(50))
a, b = sorted(mine)[1], sorted(theirs)[1]
report = Report("forward")
report.add("sst2_forward_ms", a, "ms", ours, PEER, b)
report.add("forward_over_onnxruntime", a / b, "ratio", ours)
report.finish()
