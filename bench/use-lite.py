"""Compression of the real pretrained encoder USE-Lite against reference numbers

Weights only, the 10 matrices, settings of reference/compression.md section A:
symmetric int, 512 calibration phrases, layers in order with already compressed
inputs, damping 1 %, blocks of 128. The reference numbers are of an independent
implementation; what is compared is the cosine of the sentence embeddings with
those of f32. Needs ../shared.

    tools/dev bench use-lite
    tools/dev bench use-lite --all      every row of the reference table
"""
import os
import sys

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "compression"))
from report import Report, shared
from runs import Model, cosine

TOLERANCE = 0.01

model = Model("use-lite", shared("models", "use-lite", "use-lite-sst2.onnx"),
              shared("models", "use-lite", "sst2-calib.npz"),
              shared("models", "use-lite", "sst2-dev.npz"),
              ("embedding", "logits"), exclude=("/MatMul_14",))
quantize, prune = model.quantize, model.prune
GROUP = {"granularity": "group", "group_size": 128}
# metric -> steps, reference cosine. `joint` writes its masks and verifies them.
masks = os.path.join(model.directory, "masks.npz")
REQUIRED = {
    "rtn4": ([quantize("rtn", 4)], 0.8922),
    "gptq4": ([quantize("gptq", 4)], 0.9551),
    "gptq3_g128": ([quantize("gptq", 3, 128)], 0.8270),
    "sparsegpt_50": ([prune("sparsegpt", 0.5)], 0.8645),
    "joint": ([prune("sparsegpt", 0.5, quantize="!numfmt.int<4>", masks=masks,
                     **GROUP),
               model.step("mask-verify", against=masks)], 0.8503),
}
OTHERS = {
    "rtn8": ([quantize("rtn", 8)], 0.9996),
    "rtn4_g128": ([quantize("rtn", 4, 128)], 0.9162),
    "rtn3": ([quantize("rtn", 3)], 0.5478),
    "rtn3_g128": ([quantize("rtn", 3, 128)], 0.6194),
    "gptq4_g128": ([quantize("gptq", 4, 128)], 0.9668),
    "magnitude_25": ([prune("magnitude", 0.25)], 0.9547),
    "magnitude_50": ([prune("magnitude", 0.5)], 0.6866),
    "wanda_25": ([prune("wanda", 0.25)], 0.9623),
    "wanda_50": ([prune("wanda", 0.5)], 0.7263),
    "sparsegpt_25": ([prune("sparsegpt", 0.25)], 0.9828),
    "sq_25_rtn4_g128": ([prune("magnitude", 0.25), quantize("rtn", 4, 128)],
                        0.9035),
    "qs_25_rtn4_g128": ([quantize("rtn", 4, 128), prune("magnitude", 0.25)],
                        0.8733),
    "sq_50_rtn3_g128": ([prune("magnitude", 0.5), quantize("rtn", 3, 128)],
                        0.5525),
    "qs_50_rtn3_g128": ([quantize("rtn", 3, 128), prune("magnitude", 0.5)],
                        0.4645),
    "sparsegpt_50_gptq4_g128": ([prune("sparsegpt", 0.5),
                                 quantize("gptq", 4, 128)], 0.8487),
    "sparsegpt_50_gptq4_g128_unmasked": (
        [prune("sparsegpt", 0.5), quantize("gptq", 4, 128, keep_mask="false")],
        0.8483),
}

report = Report("use-lite")
with np.load(model.evaluation) as data:
    golden, labels = data["embedding"], data["labels"]


def measure(name, steps, reference):
    out, storage = model.compress(steps)
    found = model.evaluate(out)
    value = cosine(found["embedding"], golden)
    logits = found["logits"].reshape(len(labels), -1)
    accuracy = float(np.mean(logits.argmax(1) == labels))
    bits = storage["bits_per_weight"]
    zeros = storage["zeros"] / storage["weights"]
    # Copied, since the next row runs its own command.
    command = list(model.command)
    report.add(name + "_cos", value, "mean cosine with f32", command,
               "reference", reference)
    print(f"{name:34} cos {value:.4f} (reference {reference:.4f}, "
          f"{value - reference:+.4f})  accuracy {100 * accuracy:.2f} %  "
          f"zeros {100 * zeros:.1f} %  {bits:.2f} bits/weight", flush=True)
    return abs(value - reference) <= TOLERANCE


rows = dict(REQUIRED)
if "--all" in sys.argv[1:]:
    rows.update(OTHERS)
out, _ = model.compress([], measure=False)
dense = model.evaluate(out)
print(f"{'f32':34} cos {cosine(dense['embedding'], golden):.4f}")
far = [name for name, (steps, reference) in rows.items()
       if not measure(name, steps, reference)]
# mask-verify of the joint row passed, or the bench had ended.
report.add("joint_mask_kept", 1.0, "share of removed weights still zero",
           list(model.command))
report.finish()
if far:
    print("further than", TOLERANCE, "from the reference:", ", ".join(far))
