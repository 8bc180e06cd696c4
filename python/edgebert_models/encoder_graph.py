"""Builds transformer blocks as ONNX nodes with seeded random weights.

The spellings are those of the exporters that the families come from:
decomposed layer norms, erf or tanh GELU, masks that are added to the scores or
select, scores scaled before or after the product.
"""
import math

import numpy as np
from onnx import TensorProto, helper, numpy_helper

TYPES = {"f4": TensorProto.FLOAT, "i8": TensorProto.INT64}


class Graph:
    """Nodes and weights; `prefix` names the layer that is being built."""

    def __init__(self, hidden, heads, ffn, seed=0, shared=False):
        self.hidden, self.heads, self.ffn = hidden, heads, ffn
        self.rng = np.random.default_rng(seed)
        self.nodes, self.weights, self.known = [], [], set()
        self.prefix, self.shared = "", shared
        self.inputs, self.outputs = [], []
        # Attention spans: the ramp, and a number per head (0: off).
        self.ramp, self.spans = 1.0, None

    def model(self, name):
        return helper.make_model(
            helper.make_graph(self.nodes, name, self.inputs, self.outputs,
                              self.weights),
            opset_imports=[helper.make_opsetid("", 13)], ir_version=7)

    def input(self, name, dtype, shape):
        self.inputs.append(
            helper.make_tensor_value_info(name, TYPES[dtype], shape))
        return name

    def output(self, value, name, shape, dtype="f4"):
        self.nodes.append(helper.make_node("Identity", [value], [name],
                                           name=name))
        self.outputs.append(
            helper.make_tensor_value_info(name, TYPES[dtype], shape))

    def constant(self, value, dtype="f4", name=None):
        """An initializer; equal names are one weight."""
        value = np.asarray(value, dtype)
        if name is None:
            name = f"const/{dtype}/{list(value.shape)}/{value.tobytes().hex()}"
            if len(name) > 200:
                name = f"const/{len(self.weights)}"
        if name not in self.known:
            self.known.add(name)
            self.weights.append(numpy_helper.from_array(value, name))
        return name

    def weight(self, name, shape, scale, mean=0.0):
        """A random weight; layers that share weights find the first one."""
        name = ("" if self.shared else self.prefix) + name
        if name not in self.known:
            value = self.rng.standard_normal(shape, "f4")
            self.constant(value * np.float32(scale) + np.float32(mean),
                          name=name)
        return name

    def node(self, op, inputs, name, **attributes):
        name = self.prefix + name
        self.nodes.append(helper.make_node(op, inputs, [name], name=name,
                                           **attributes))
        return name

    def linear(self, x, n_in, n_out, name):
        w = self.weight(name + "/w", (n_in, n_out), n_in ** -0.5)
        b = self.weight(name + "/b", (n_out,), 0.1)
        return self.node("Add", [self.node("MatMul", [x, w],
                                           name + "/MatMul"), b],
                         name + "/Add")

    def norm(self, x, name, epsilon=1e-5, size=None):
        size = size or self.hidden
        gamma = self.weight(name + "/gamma", (size,), 0.1, 1.0)
        beta = self.weight(name + "/beta", (size,), 0.1)
        mean = self.node("ReduceMean", [x], name + "/Mean", axes=[-1])
        centred = self.node("Sub", [x, mean], name + "/Sub")
        square = self.node("Pow", [centred, self.constant(2)], name + "/Pow")
        variance = self.node("ReduceMean", [square], name + "/Variance",
                             axes=[-1])
        root = self.node("Sqrt", [self.node(
            "Add", [variance, self.constant(epsilon)], name + "/Epsilon")],
            name + "/Sqrt")
        y = self.node("Div", [centred, root], name + "/Div")
        return self.node("Add", [self.node("Mul", [y, gamma], name + "/Mul"),
                                 beta], name + "/Add")

    def gelu(self, x, kind):
        if kind == "relu":
            return self.node("Relu", [x], "/relu")
        if kind == "erf":
            inner = self.node("Erf", [self.node(
                "Div", [x, self.constant(2 ** 0.5)], "/gelu/Div")],
                "/gelu/Erf")
        else:
            cube = self.node("Pow", [x, self.constant(3)], "/gelu/Pow")
            cube = self.node("Mul", [cube, self.constant(0.044715)],
                             "/gelu/Cubic")
            total = self.node("Add", [x, cube], "/gelu/Sum")
            inner = self.node("Tanh", [self.node(
                "Mul", [total, self.constant(math.sqrt(2 / math.pi))],
                "/gelu/Scale")], "/gelu/Tanh")
        plus = self.node("Add", [inner, self.constant(1)], "/gelu/Add")
        half = self.node("Mul", [x, self.constant(0.5)], "/gelu/Half")
        return self.node("Mul", [half, plus], "/gelu/Mul")

    def split(self, x, tokens, name, perm):
        shape = self.constant([1, tokens, self.heads,
                               self.hidden // self.heads], "i8")
        x = self.node("Reshape", [x, shape], name + "/Reshape")
        return self.node("Transpose", [x], name + "/Transpose", perm=perm)

    def attention(self, x, tokens, scale, mask, cache=None):
        """`scale` is "scores" or "query"; `mask` maps scores to scores.

        `cache` maps keys and values [1, heads, tokens, size] to those that are
        attended to.
        """
        root = math.sqrt(self.hidden // self.heads)
        q = self.linear(x, self.hidden, self.hidden, "/query")
        if scale == "query":
            q = self.node("Mul", [q, self.constant(1 / root)], "/query/Scale")
        k = self.linear(x, self.hidden, self.hidden, "/key")
        v = self.linear(x, self.hidden, self.hidden, "/value")
        q = self.split(q, tokens, "/q", [0, 2, 1, 3])
        v = self.split(v, tokens, "/v", [0, 2, 1, 3])
        if cache:
            k, v = cache(self.split(k, tokens, "/k", [0, 2, 1, 3]), v)
            k = self.node("Transpose", [k], "/k/Turn", perm=[0, 1, 3, 2])
        else:
            k = self.split(k, tokens, "/k", [0, 2, 3, 1])
        scores = self.node("MatMul", [q, k], "/scores")
        if scale == "scores":
            scores = self.node("Div", [scores, self.constant(root)],
                               "/scores/Div")
        if mask:
            scores = mask(scores)
        weights = self.node("Softmax", [scores], "/softmax", axis=-1)
        if self.spans:
            weights = self.limit_span(weights, tokens)
        return self.merge(self.node("MatMul", [weights, v], "/context"),
                          tokens)

    def limit_span(self, weights, tokens):
        """The weights times a mask of the tokens' distance, normalised again
        (thesis 9.1.2), as adaptive-span models export it."""
        at = np.arange(tokens)
        distance = np.abs(at[:, None] - at)
        span = np.array(self.spans, "f4")[:, None, None]
        mask = np.clip((self.ramp + span - distance) / self.ramp, 0, 1)
        mask = self.constant((mask * (span > 0))[None], name="attention_span")
        weights = self.node("Mul", [weights, mask], "/span/Mul")
        total = self.node("ReduceSum", [weights, self.constant([-1], "i8")],
                          "/span/Sum")
        total = self.node("Add", [total, self.constant(1e-8)], "/span/Epsilon")
        return self.node("Div", [weights, total], "/span/Div")

    def merge(self, context, tokens):
        context = self.node("Transpose", [context], "/merge/Transpose",
                            perm=[0, 2, 1, 3])
        context = self.node("Reshape", [context, self.constant(
            [1, tokens, self.hidden], "i8")], "/merge/Reshape")
        return self.linear(context, self.hidden, self.hidden, "/out")

    def feed_forward(self, x, activation):
        h = self.linear(x, self.hidden, self.ffn, "/ffn_in")
        return self.linear(self.gelu(h, activation), self.ffn, self.hidden,
                           "/ffn_out")

    def block(self, x, tokens, activation, pre_norm, scale, mask, cache=None):
        """One layer, normalising before or after each half."""
        y = self.norm(x, "/norm1") if pre_norm else x
        y = self.attention(y, tokens, scale, mask, cache)
        x = self.node("Add", [x, y], "/residual1")
        if not pre_norm:
            x = self.norm(x, "/norm1")
        y = self.norm(x, "/norm2") if pre_norm else x
        y = self.feed_forward(y, activation)
        x = self.node("Add", [x, y], "/residual2")
        return x if pre_norm else self.norm(x, "/norm2")
