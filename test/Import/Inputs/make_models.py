"""make_models.py DIR: small ONNX models, most of them wrong in one way."""
import os
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

OUT = sys.argv[1]
F = TensorProto.FLOAT
os.makedirs(OUT, exist_ok=True)


def value(name, shape, kind=F):
    return helper.make_tensor_value_info(name, kind, shape)


def write(name, nodes, inputs, outputs, weights=(), opset=13):
    graph = helper.make_graph(nodes, name, inputs, outputs, [
        numpy_helper.from_array(array, key) for key, array in weights])
    save(helper.make_model(graph, ir_version=8, opset_imports=[
        helper.make_opsetid("", opset)]), os.path.join(OUT, name + ".onnx"))


node = helper.make_node
w = np.arange(32, dtype="f4").reshape(4, 8)
# One weight, two products: it must stay one constant.
write("shared", [node("MatMul", ["x", "w"], ["a"], name="first"),
                 node("MatMul", ["x", "w"], ["b"], name="second"),
                 node("Add", ["a", "b"], ["y"], name="sum")],
      [value("x", [2, 4])], [value("y", [2, 8])], [("w", w)])
# Softmax over [axis, ...) flattened up to opset 12, over axis alone from 13.
for opset in (11, 13):
    write(f"softmax{opset}", [node("Softmax", ["x"], ["y"], axis=1)],
          [value("x", [2, 3, 4])], [value("y", [2, 3, 4])], opset=opset)
write("unsupported", [node("Det", ["x"], ["a"], name="det"),
                      node("LpNormalization", ["x"], ["b"], name="lp"),
                      node("Relu", ["x"], ["y"], name="fine")],
      [value("x", [2, 2])], [value("y", [2, 2])])
write("opset5", [node("Relu", ["x"], ["y"])], [value("x", [2])],
      [value("y", [2])], opset=5)
write("missing", [node("MatMul", ["x", "lost"], ["y"], name="mm")],
      [value("x", [2, 4])], [value("y", [2, 8])])
write("mismatch", [node("MatMul", ["x", "w"], ["y"], name="mm")],
      [value("x", [2, 5])], [value("y", [2, 8])], [("w", w)])
