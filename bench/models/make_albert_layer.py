#!/usr/bin/env python3
"""Write one ALBERT-base-shaped encoder layer with random weights as ONNX.

    make_albert_layer.py OUT.onnx INPUTS.npz [--tokens 128] [--layers 1]
                         [--thesis]

Hidden 768, 12 heads of 64, FFN 3072, erf GELU, post-norm: 931 M MACs at 128
tokens. More layers follow with the same weights, as in ALBERT. --thesis leaves
out what the thesis's programs do not compute: biases, GELU and the scale of the
scores.
Needs Debian's python3-numpy and python3-onnx.
"""
import argparse

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

HIDDEN, HEADS, FFN = 768, 12, 3072


class Graph:
    def __init__(self, seed, bias=True):
        self.rng = np.random.default_rng(seed)
        self.bias = bias
        self.nodes, self.weights, self.prefix = [], [], ""
        self.known = set()

    def constant(self, name, value):
        """An initializer; all layers share the first one of a name."""
        if name not in self.known:
            self.known.add(name)
            self.weights.append(numpy_helper.from_array(value, name))
        return name

    def node(self, op, inputs, name, **attributes):
        name = self.prefix + name
        self.nodes.append(helper.make_node(op, inputs, [name], name=name,
                                           **attributes))
        return name

    def linear(self, x, n_in, n_out, name):
        w = self.rng.normal(0, n_in ** -0.5, (n_in, n_out)).astype("f4")
        b = self.rng.normal(0, 0.1, n_out).astype("f4")
        y = self.node("MatMul", [x, self.constant(name + "/w", w)],
                      name + "/MatMul")
        if not self.bias:
            return y
        return self.node("Add", [y, self.constant(name + "/b", b)],
                         name + "/Add")

    def norm(self, x, name):
        gamma = self.rng.normal(1, 0.1, HIDDEN).astype("f4")
        beta = self.rng.normal(0, 0.1, HIDDEN).astype("f4")
        return self.node("LayerNormalization",
                         [x, self.constant(name + "/gamma", gamma),
                          self.constant(name + "/beta", beta)], name,
                         axis=-1, epsilon=1e-5)


def attention(g, x, tokens, scaled):
    size = HIDDEN // HEADS
    split = g.constant("split", np.array([tokens, HEADS, size], "i8"))
    merge = g.constant("merge", np.array([tokens, HIDDEN], "i8"))

    def heads(x, name, perm):
        x = g.node("Reshape", [x, split], name + "/Reshape")
        return g.node("Transpose", [x], name + "/Transpose", perm=perm)

    q = heads(g.linear(x, HIDDEN, HIDDEN, "/query"), "/q", [1, 0, 2])
    k = heads(g.linear(x, HIDDEN, HIDDEN, "/key"), "/k", [1, 2, 0])
    v = heads(g.linear(x, HIDDEN, HIDDEN, "/value"), "/v", [1, 0, 2])
    scores = g.node("MatMul", [q, k], "/scores")
    if scaled:
        scale = g.constant("scale", np.array(size ** -0.5, "f4"))
        scores = g.node("Mul", [scores, scale], "/scaled")
    context = g.node("MatMul", [g.node("Softmax", [scores], "/softmax",
                                       axis=-1), v], "/context")
    context = g.node("Transpose", [context], "/merge/Transpose",
                     perm=[1, 0, 2])
    return g.node("Reshape", [context, merge], "/merge/Reshape")


def post_processing(g, x, context):
    x = g.node("Add", [x, g.linear(context, HIDDEN, HIDDEN, "/out")],
               "/residual1")
    return g.norm(x, "/norm1")


def gelu(g, h):
    erf = g.node("Erf", [g.node("Mul", [h, g.constant(
        "rsqrt2", np.array(0.5 ** 0.5, "f4"))], "/gelu/Mul")], "/gelu/Erf")
    return g.node("Mul", [h, g.node("Mul", [g.node("Add", [erf, g.constant(
        "one", np.array(1, "f4"))], "/gelu/Add"), g.constant(
            "half", np.array(0.5, "f4"))], "/gelu/Half")], "/gelu")


def feed_forward(g, x, activation):
    h = g.linear(x, HIDDEN, FFN, "/ffn_in")
    if activation:
        h = gelu(g, h)
    x = g.node("Add", [x, g.linear(h, FFN, HIDDEN, "/ffn_out")], "/residual2")
    return g.norm(x, "/norm2")


def build(tokens, thesis, layers=1):
    g = Graph(1, bias=not thesis)
    y = "x"
    for layer in range(layers):
        g.prefix = f"/layer{layer}" if layers > 1 else ""
        context = attention(g, y, tokens, scaled=not thesis)
        y = post_processing(g, y, context)
        y = feed_forward(g, y, activation=not thesis)
    g.prefix = ""
    g.node("Identity", [y], "y")
    shape = [tokens, HIDDEN]
    return helper.make_model(helper.make_graph(
        g.nodes, "albert_layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        g.weights), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("inputs")
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--thesis", action="store_true")
    args = parser.parse_args()
    save(build(args.tokens, args.thesis, args.layers), args.model)
    x = np.random.default_rng(2).normal(0, 1, (args.tokens, HIDDEN))
    np.savez(args.inputs, x=x.astype("f4"))


if __name__ == "__main__":
    main()
