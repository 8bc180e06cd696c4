"""Emulating 16 M floats in each format against a plain copy; an emulated BERT-base forward

`<format>_over_copy` is the element rate of choosing the metadata of the tensor
and rounding it, over that of memcpy in the same run, on one thread.
`emulated_over_fp32_forward` is the time of one forward of the BERT-base shape
(12 layers, 128 tokens, random weights) whose products read weights and
activations rounded to afp<8,3>, activations under metadata chosen at run time,
over that of the same module without.
"""
import os
import re

import numpy

from report import BUILD, ROOT, Report, median_ms, run, tool

report = Report("formats")
out = os.path.join(BUILD, "bench", "formats")
os.makedirs(out, exist_ok=True)
FORMATS = {
    "float4_3": "float<4,3>", "float5_2": "float<5,2>", "bf16": "float<8,7>",
    "float4_3fn": "float<4,3,fn>", "fixed": "fixed<3,4>", "int8": "int<8>",
    "affine8": "affine<8>", "bfp": "bfp<8,7>", "afp": "afp<8,3>",
    "afp_paper": "afp<8,3,paper>", "mx_tensor": "mx<4,3>",
    "posit8": "posit<8,2>", "float4_3_stochastic": "float<4,3,stochastic>",
    "int8_stochastic": "int<8,stochastic>",
}

numbers = os.path.join(out, "x.npy")
numpy.save(numbers, numpy.random.default_rng(1).standard_normal(
    1 << 24, numpy.float32))
for name, kind in FORMATS.items():
    command = [tool("edgebert-run"), "--emulate=" + kind, "--inputs=" + numbers,
               "--time=9"]
    match = re.search(r"copy (\d+) M/s, emulation (\d+) M/s, ratio ([\d.]+)",
                      run(command))
    report.add(f"{name}_over_copy", float(match.group(3)),
               f"x ({match.group(2)} M/s)", command, "copy, M/s",
               float(match.group(1)))

model, data = (os.path.join(out, name) for name in ("bert.onnx", "rows.npz"))
run(["/usr/bin/python3", os.path.join(ROOT, "python", "edgebert_models",
                                      "make_encoders.py"), "bert", model, data,
     "--rows=1", "--no-golden"])
run([tool("edgebert-compile"), model, "-o", out, "--bytecode", "--emit=model"])
plain, emulated = (os.path.join(out, name) for name in
                   ("model.mlirbc", "emulated.mlirbc"))
run([tool("edgebert-opt"), plain, "--numfmt-emulate=weights=afp<8,3> "
     "activations=afp<8,3>", "--emit-bytecode", "-o", emulated])
commands = [[tool("edgebert-run"), form, "--inputs=" + data]
            for form in (plain, emulated)]
# In turn, so that both see the same machine.
times = [[median_ms(command, 5) for command in commands] for _ in range(3)]
fp32, rounded = (sorted(column)[1] for column in zip(*times))
report.add("emulated_over_fp32_forward", rounded / fp32,
           f"x ({rounded:.0f} ms)", commands[1], "fp32, ms", fp32)
report.finish()
