#!/usr/bin/python3
"""Build demo.onnx from the trained weights, or check it against golden logits.

    export.py --weights build/demo-data/weights.npz --out models/demo
    export.py --check --out models/demo

The graph is written node by node (opset 17), so that no exporter version can
change it.  --check evaluates the graph of the file with numpy, node by node,
and compares with the logits train.py stored in the .npz files; it needs no
torch.
"""
import argparse
import hashlib
import math
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SEQ, HIDDEN, HEADS, LAYERS = 64, 128, 2, 4
MASK_VALUE, EPSILON = -10000.0, 1e-5
DATA_FILES = ("demo-dev.npz", "heldout-test.npz", "calib.npz")
TOLERANCE = 1e-5


# ----------------------------------------------------------------------- build
class Graph:
    """Collects nodes; every method adds one and returns its output name."""

    def __init__(self, weights):
        self.nodes, self.initializers = [], []
        for name, array in weights.items():
            self.constant(name, array.astype(np.float32))

    def constant(self, name, array):
        """A shared initializer, in the file once."""
        self.initializers.append(numpy_helper.from_array(array, name))
        return name

    def add(self, name, *inputs, output=None, **attributes):
        """A node whose operator is the last part of `name` without _N."""
        output = output or name + "_output_0"
        self.nodes.append(helper.make_node(
            name.rsplit("/", 1)[1].split("_")[0], list(inputs), [output],
            name=name, **attributes))
        return output

    def linear(self, scope, weight, x, output=None):
        """x W + b, W stored [in, out]."""
        y = self.add(f"{scope}/MatMul", x, f"{weight}.weight")
        return self.add(f"{scope}/Add", y, f"{weight}.bias", output=output)

    def norm(self, scope, weight, x):
        return self.add(f"{scope}/LayerNormalization", x, f"{weight}.weight",
                        f"{weight}.bias", axis=-1, epsilon=EPSILON)


def encoder_layer(graph, scope, x, bias):
    """One post-norm layer; x [1, S, H], bias [1, 1, 1, S]."""

    def heads(kind, permutation, number):
        y = graph.linear(f"{scope}/{kind}", f"layer.{kind}", x)
        y = graph.add(f"{scope}/Reshape{number}", y, "split_heads")
        return graph.add(f"{scope}/Transpose{number}", y, perm=permutation)

    query = heads("query", [0, 2, 1, 3], "")
    key = heads("key", [0, 2, 3, 1], "_1")
    value = heads("value", [0, 2, 1, 3], "_2")
    scores = graph.add(f"{scope}/MatMul", query, key)
    scores = graph.add(f"{scope}/Mul", scores, "score_scale")
    scores = graph.add(f"{scope}/Add", scores, bias)
    weights = graph.add(f"{scope}/Softmax", scores, axis=-1)
    context = graph.add(f"{scope}/MatMul_1", weights, value)
    context = graph.add(f"{scope}/Transpose_3", context, perm=[0, 2, 1, 3])
    context = graph.add(f"{scope}/Reshape_3", context, "merge_heads")
    y = graph.linear(f"{scope}/attn_out", "layer.attn_out", context)
    y = graph.add(f"{scope}/Add_1", x, y)
    x = graph.norm(f"{scope}/attn_norm", "layer.attn_norm", y)

    inner = graph.linear(f"{scope}/ffn_in", "layer.ffn_in", x)
    gate = graph.add(f"{scope}/Div", inner, "sqrt_two")
    gate = graph.add(f"{scope}/Erf", gate)
    gate = graph.add(f"{scope}/Add_2", gate, "one")
    inner = graph.add(f"{scope}/Mul_1", inner, gate)
    inner = graph.add(f"{scope}/Mul_2", inner, "half")
    y = graph.linear(f"{scope}/ffn_out", "layer.ffn_out", inner)
    y = graph.add(f"{scope}/Add_3", x, y)
    return graph.norm(f"{scope}/ffn_norm", "layer.ffn_norm", y)


def build(weights):
    """The checked model for a dictionary of torch-style weight names."""
    graph = Graph(weights)
    scalar = {"one": 1.0, "half": 0.5, "sqrt_two": math.sqrt(2.0),
              "mask_value": MASK_VALUE,
              "score_scale": 1.0 / math.sqrt(HIDDEN // HEADS)}
    for name, value in scalar.items():
        graph.constant(name, np.array(value, np.float32))
    graph.constant("mask_axes", np.array([1, 2], np.int64))
    graph.constant("first", np.array(0, np.int64))
    graph.constant("split_heads",
                   np.array([1, SEQ, HEADS, HIDDEN // HEADS], np.int64))
    graph.constant("merge_heads", np.array([1, SEQ, HIDDEN], np.int64))

    bias = graph.add("/mask/Cast", "attention_mask", to=TensorProto.FLOAT)
    bias = graph.add("/mask/Sub", "one", bias)
    bias = graph.add("/mask/Unsqueeze", bias, "mask_axes")
    bias = graph.add("/mask/Mul", bias, "mask_value")

    x = graph.add("/word/Gather", "word.weight", "input_ids", axis=0)
    x = graph.add("/position/Add", x, "position")
    x = graph.norm("/emb_norm", "emb_norm", x)
    x = graph.linear("/emb_proj", "emb_proj", x)
    for index in range(LAYERS):
        x = encoder_layer(graph, f"/layer_{index}" if index else "/layer", x,
                          bias)
    x = graph.add("/pooler/Gather", x, "first", axis=1)
    x = graph.linear("/pooler", "pooler", x)
    x = graph.add("/pooler/Tanh", x)
    graph.linear("/classifier", "classifier", x, output="logits")

    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, [1, SEQ])
              for n in ("input_ids", "attention_mask")]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT,
                                             [1, 2])]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "edgebert_demo", inputs, outputs,
                          graph.initializers),
        producer_name="edgebert_demo", ir_version=8,
        opset_imports=[helper.make_opsetid("", 17)])
    onnx.checker.check_model(model, full_check=True)
    return onnx.shape_inference.infer_shapes(model, strict_mode=True)


# ----------------------------------------------------------------------- check
# numpy has no erf: a table, linear in between, is within 4e-8 of it.
_ERF_AT = np.linspace(-5, 5, 20001)
_ERF = np.array([math.erf(x) for x in _ERF_AT])


def _layer_norm(x, gamma, beta, axis, epsilon):
    x = x - x.mean(axis, keepdims=True)
    variance = (x * x).mean(axis, keepdims=True)
    return x / np.sqrt(variance + epsilon) * gamma + beta


def _softmax(x, axis):
    x = np.exp(x - x.max(axis, keepdims=True))
    return x / x.sum(axis, keepdims=True)


_OPERATORS = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide,
    "MatMul": np.matmul, "Tanh": np.tanh, "Softmax": _softmax,
    "LayerNormalization": _layer_norm,
    "Erf": lambda x: np.interp(x, _ERF_AT, _ERF).astype(x.dtype),
    "Cast": lambda x, to: x.astype(helper.mapping.TENSOR_TYPE_TO_NP_TYPE[to]),
    "Gather": lambda x, indices, axis: np.take(x, indices, axis),
    "Reshape": lambda x, shape: x.reshape(shape),
    "Transpose": lambda x, perm: x.transpose(perm),
    "Unsqueeze": lambda x, axes: np.expand_dims(x, tuple(axes)),
}


def evaluate(model, inputs, watch=lambda name, value: None):
    """Runs the graph on named inputs; `watch` sees every intermediate value."""
    values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    values.update(inputs)
    for node in model.graph.node:
        attributes = {a.name: helper.get_attribute_value(a)
                      for a in node.attribute}
        value = _OPERATORS[node.op_type](*(values[n] for n in node.input),
                                         **attributes)
        values[node.output[0]] = value
        watch(node.output[0], value)
    return values[model.graph.output[0].name]


def check(directory, limit=None):
    """Compares the file with the golden logits, at most `limit` rows of each
    data file; exits with an error if one is off."""
    model = onnx.load(os.path.join(directory, "demo.onnx"))
    onnx.checker.check_model(model, full_check=True)
    bad = False
    for name in DATA_FILES:
        data = {key: array[:limit] for key, array in
                np.load(os.path.join(directory, name)).items()}
        logits = np.concatenate([
            evaluate(model, {"input_ids": data["input_ids"][i:i + 1],
                             "attention_mask": data["attention_mask"][i:i + 1]})
            for i in range(len(data["labels"]))])
        error = np.abs(logits - data["logits"]).max()
        accuracy = (logits.argmax(1) == data["labels"]).mean()
        bad |= not error <= TOLERANCE
        print(f"{name}: {len(logits)} rows, largest difference {error:.2e}, "
              f"accuracy {accuracy:.4f}")
    if bad:
        raise SystemExit(f"expected differences of at most {TOLERANCE:g}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--weights", help="weights.npz of train.py")
    parser.add_argument("--out", required=True, help="models/demo")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--limit", type=int, help="rows of a file to check")
    args = parser.parse_args()
    if not args.weights and not args.check:
        parser.error("expected --weights, --check or both")
    if args.weights:
        path = os.path.join(args.out, "demo.onnx")
        onnx.save(build(dict(np.load(args.weights))), path + ".part")
        os.replace(path + ".part", path)
        with open(os.path.join(args.out, "SHA256SUMS"), "w",
                  encoding="utf-8") as file:
            for name in sorted(("demo.onnx", "vocab.txt", "demo-sentences.tsv",
                                *DATA_FILES)):
                with open(os.path.join(args.out, name), "rb") as content:
                    digest = hashlib.sha256(content.read()).hexdigest()
                file.write(f"{digest}  {name}\n")
    if args.check:
        check(args.out, args.limit)


if __name__ == "__main__":
    main()
