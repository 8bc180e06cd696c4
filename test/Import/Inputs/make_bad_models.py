"""make_bad_models.py DIR: models that each break one rule, and their data."""
import os
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

OUT = sys.argv[1]
F, I = TensorProto.FLOAT, TensorProto.INT64
node = helper.make_node
os.makedirs(OUT, exist_ok=True)


def value(name, shape, kind=F):
    return helper.make_tensor_value_info(name, kind, shape)


def model(nodes, inputs=None, weights=(), outputs=None, opset=13):
    graph = helper.make_graph(
        nodes, "g", inputs or [value("x", [2, 4])],
        outputs or [helper.make_tensor_value_info("y", F, None)],
        [w if isinstance(w, TensorProto) else numpy_helper.from_array(w[1], w[0])
         for w in weights])
    return helper.make_model(graph, ir_version=8, opset_imports=[
        helper.make_opsetid("", opset)])


def write(name, *args, **options):
    data = model(*args, **options).SerializeToString()
    with open(os.path.join(OUT, name + ".onnx"), "wb") as file:
        file.write(data)
    return data


relu = node("Relu", ["x"], ["y"], name="relu")
good = write("good", [relu])
for name, data in [("truncated", good[:-7]), ("empty", b""),
                   ("text", b"This is not a model.\n" * 4)]:
    with open(os.path.join(OUT, name + ".onnx"), "wb") as file:
        file.write(data)
write("new", [relu], opset=99)
write("unsorted", [node("Relu", ["a"], ["y"], name="second"),
                   node("Relu", ["x"], ["a"], name="first")])
write("twice", [node("Relu", ["x"], ["a"], name="one"),
                node("Relu", ["x"], ["a"], name="two"), relu])
write("dynamic", [relu], [value("x", ["batch", 4, "len"]),
                          value("z", ["batch", 2])])
write("arity", [node("MatMul", ["x"], ["y"], name="mm")])
write("broadcast", [node("Add", ["x", "w"], ["y"], name="add")],
      weights=[("w", np.zeros(3, "f4"))])
write("types", [node("Add", ["x", "w"], ["y"], name="add")],
      weights=[("w", np.zeros(4, "i8"))])
write("axis", [node("Softmax", ["x"], ["y"], name="sm", axis=2)])
write("attribute", [node("Softmax", ["x"], ["y"], name="sm", axis=1.5)])
write("reshape", [node("Reshape", ["x", "s"], ["y"], name="rs")],
      weights=[("s", np.array([3, -1]))])
write("runtime", [node("Reshape", ["x", "s"], ["a"], name="rs"),
                  node("Relu", ["a"], ["y"], name="after"),
                  node("Pad", ["x", "p"], ["b"], name="pad", mode="reflect"),
                  node("If", ["x"], ["c"], name="if"),
                  node("Gelu", ["x"], ["d"], name="g", domain="com.microsoft")],
      [value("x", [2, 4]), value("s", [2], I)],
      weights=[("p", np.zeros(4, "i8"))])
write("declared", [relu], outputs=[value("y", [2, 5])])
write("conv", [node("Conv", ["x", "w"], ["y"], name="cv", group=2)],
      [value("x", [1, 3, 4, 4])], weights=[("w", np.zeros((4, 1, 3, 3), "f4"))])
short = numpy_helper.from_array(np.zeros(4, "f4"), "w")
short.dims[0] = 5
write("size", [node("Add", ["x", "w"], ["y"], name="add")], weights=[short])
write("string", [node("Add", ["x", "w"], ["y"], name="add")], weights=[
    helper.make_tensor("w", TensorProto.STRING, [1], [b"a"])])
write("index", [node("Gather", ["x", "i"], ["y"], name="pick")],
      weights=[("i", np.array([2]))])


def external(location, offset="0", length="16"):
    tensor = TensorProto(name="w", data_type=F, dims=[4],
                         data_location=TensorProto.EXTERNAL)
    for key, text in [("location", location), ("offset", offset),
                      ("length", length)]:
        entry = tensor.external_data.add()
        entry.key, entry.value = key, text
    return tensor


with open(os.path.join(OUT, "weights.bin"), "wb") as file:
    file.write(np.arange(8, dtype="f4").tobytes())
for name, tensor in {
        "external": external("weights.bin", "16"),
        "external-lost": external("lost.bin"),
        "external-range": external("weights.bin", "20"),
        "external-length": external("weights.bin", "0", "12"),
        "external-number": external("weights.bin", "x"),
        "external-escape": external("sub/../../weights.bin"),
        "external-absolute": external("/etc/passwd")}.items():
    write(name, [node("Add", ["x", "w"], ["y"], name="add")], weights=[tensor])

# Initializers of every stored type, in the order of the test's checks.
kinds = {"half": "f2", "double": "f8", "int8": "i1", "uint8": "u1",
         "bool": "?"}
write("stored", [node("Cast", [k], [k + "_out"], name=k, to=F) for k in kinds],
      weights=[(k, np.array([1, 0, 1]).astype(t)) for k, t in kinds.items()]
      + [helper.make_tensor("typed", F, [2], [1.5, 2.5])],
      outputs=[value(k + "_out", [3]) for k in kinds] + [value("typed", [2])])
