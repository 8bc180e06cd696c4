"""prune_tables.py IN.onnx OUT.onnx: sets every other column of tables to 0."""
import sys

import onnx
from onnx import numpy_helper

model = onnx.load(sys.argv[1])
for weight in model.graph.initializer:
    if weight.name.endswith("/table"):
        value = numpy_helper.to_array(weight).copy()
        value[:, ::2] = 0
        weight.CopyFrom(numpy_helper.from_array(value, weight.name))
onnx.save(model, sys.argv[2])
