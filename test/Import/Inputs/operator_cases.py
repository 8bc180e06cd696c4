"""operator_cases.py DIR: a model per operator family, inputs and numpy results.

Writes FAMILY.onnx, FAMILY.npz (inputs) and FAMILY.expected.npz. Each case of a
family is a few nodes and what numpy says about them; all cases of a family
share one model, and names are the case's with a number.
"""
import math
import os
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

OUT = sys.argv[1]
os.makedirs(OUT, exist_ok=True)
RNG = np.random.RandomState(7)
TYPES = {np.dtype("f4"): TensorProto.FLOAT, np.dtype("i8"): TensorProto.INT64,
         np.dtype("i4"): TensorProto.INT32, np.dtype("?"): TensorProto.BOOL}


def floats(*shape):
    return RNG.uniform(-2, 2, shape).astype("f4")


class Family:
    """Collects cases; constants are initializers, arrays are inputs."""

    def __init__(self, name, opset):
        self.name, self.opset = name, opset
        self.nodes, self.inputs, self.weights = [], {}, {}
        self.expected = {}

    def input(self, array):
        name = f"x{len(self.inputs)}"
        self.inputs[name] = np.ascontiguousarray(array)
        return name

    def weight(self, array):
        name = f"w{len(self.weights)}"
        self.weights[name] = np.asarray(array)
        return name

    def case(self, op, args, expected, weights=(), **attributes):
        """`args` are run-time inputs, `weights` follow them (None: absent)."""
        names = [self.input(a) for a in args]
        names += ["" if w is None else self.weight(w) for w in weights]
        if not isinstance(expected, (list, tuple)):
            expected = [expected]
        outputs = [f"{op}_{len(self.expected) + i}"
                   for i in range(len(expected))]
        self.nodes.append(helper.make_node(op, names, outputs, outputs[0],
                                           **attributes))
        self.expected.update(zip(outputs, map(np.asarray, expected)))

    def write(self):
        def value(name, a):
            return helper.make_tensor_value_info(name, TYPES[a.dtype], a.shape)

        graph = helper.make_graph(
            self.nodes, self.name,
            [value(*item) for item in self.inputs.items()],
            [value(*item) for item in self.expected.items()],
            [numpy_helper.from_array(a, k) for k, a in self.weights.items()])
        model = helper.make_model(graph, ir_version=8, opset_imports=[
            helper.make_opsetid("", self.opset)])
        base = os.path.join(OUT, self.name)
        save(model, base + ".onnx")
        np.savez(base + ".npz", **self.inputs)
        np.savez(base + ".expected.npz", **self.expected)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x, axis):
    e = np.exp(x - x.max(axis, keepdims=True))
    return (e / e.sum(axis, keepdims=True)).astype("f4")


erf = np.vectorize(math.erf, otypes=["f4"])

# --- Element-wise -----------------------------------------------------------
f = Family("elementwise", 13)
a, b, row, column = floats(2, 3, 4), floats(2, 3, 4), floats(4), floats(3, 1)
for op, fn in {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply,
               "Div": np.divide}.items():
    f.case(op, [a, b], fn(a, b))
    f.case(op, [a, row], fn(a, row))
    f.case(op, [column, a], fn(column, a))
    f.case(op, [row, column], fn(row, column))
    f.case(op, [a], fn(a, np.float32(1.5)), [np.float32(1.5)])
    f.case(op, [a], fn(a, row), [row])
f.case("Max", [a, row, column], np.maximum(np.maximum(a, row), column))
f.case("Min", [a, b], np.minimum(a, b))
f.case("Sum", [a, row], a + row)
f.case("Mean", [a, b], (a + b) / 2)
f.case("Pow", [a], a * a, [np.float32(2)])
f.case("Pow", [abs(a)], np.sqrt(abs(a)), [np.float32(0.5)])
f.case("Pow", [abs(a), b], abs(a) ** b)
f.case("Pow", [a], a ** 3, [np.int64(3)])
i, j = np.array([-7, 7, -7, 7, 9]), np.array([3, -3, -3, 3, -1])
f.case("Div", [i, j], np.trunc(i / j).astype("i8"))
f.case("Mod", [i, j], np.mod(i, j))
f.case("Mod", [a, b], np.fmod(a, b), fmod=1)
f.case("Add", [i, j], i + j)
f.case("Neg", [i], -i)
f.case("Abs", [i], abs(i))
for op, fn in {"Neg": np.negative, "Abs": np.abs, "Exp": np.exp, "Erf": erf,
               "Tanh": np.tanh, "Sin": np.sin, "Cos": np.cos,
               "Floor": np.floor, "Ceil": np.ceil, "Round": np.rint,
               "Sign": np.sign, "Reciprocal": np.reciprocal,
               "Sigmoid": sigmoid, "Softsign": lambda x: x / (1 + abs(x)),
               "Softplus": lambda x: np.log1p(np.exp(x)),
               "Relu": lambda x: np.maximum(x, 0)}.items():
    f.case(op, [a], fn(a))
f.case("Log", [abs(a)], np.log(abs(a)))
f.case("Sqrt", [abs(a)], np.sqrt(abs(a)))
f.case("LeakyRelu", [a], np.where(a > 0, a, a * np.float32(.3)), alpha=.3)
f.case("PRelu", [a, column], np.where(a > 0, a, a * column))
f.case("Elu", [a], np.where(a > 0, a, .5 * np.expm1(a)).astype("f4"), alpha=.5)
f.case("Celu", [a], (np.maximum(a, 0) + np.minimum(
    0, 2 * np.expm1(a / 2))).astype("f4"), alpha=2.)
f.case("Selu", [a], (1.0507009873554805 * np.where(
    a > 0, a, 1.6732632423543772 * np.expm1(a))).astype("f4"))
f.case("ThresholdedRelu", [a], np.where(a > .5, a, 0).astype("f4"), alpha=.5)
f.case("HardSigmoid", [a], np.clip(a * np.float32(.2) + np.float32(.5), 0, 1))
f.case("Clip", [a], np.clip(a, -1, 1), [np.float32(-1), np.float32(1)])
f.case("Clip", [a], np.minimum(a, 1), [None, np.float32(1)])
f.case("Clip", [i], np.clip(i, -1, 1), [np.int64(-1), np.int64(1)])
f.write()

f = Family("elementwise14", 14)
f.case("HardSwish", [a], (a * np.clip(a / 6 + .5, 0, 1)).astype("f4"))
f.write()

f = Family("opset9", 9)
f.case("Clip", [a], np.clip(a, -1, 1), min=-1., max=1.)
f.case("Slice", [a], a[:, 1:3, -2:], starts=[1, -2], ends=[3, 1 << 40],
       axes=[1, 2])
f.case("Pad", [row], np.pad(row, (1, 2), constant_values=3), pads=[1, 2],
       value=3.)
f.case("Unsqueeze", [row], row[None, :, None], axes=[0, 2])
f.case("Squeeze", [column], column[:, 0], axes=[1])
f.case("Split", [a], [a[..., :1], a[..., 1:]], axis=2, split=[1, 3])
f.case("ReduceSum", [a], a.sum((0, 2)), axes=[0, 2], keepdims=0)
f.case("Softmax", [a], softmax(a.reshape(2, 12), 1).reshape(a.shape), axis=1)
f.write()

# --- Logic ------------------------------------------------------------------
f = Family("logic", 16)
p, q = a > 0, b > 0
whole = np.round(a)
for op, fn in {"Equal": np.equal, "Less": np.less, "Greater": np.greater,
               "LessOrEqual": np.less_equal,
               "GreaterOrEqual": np.greater_equal}.items():
    f.case(op, [whole, np.round(row)], fn(whole, np.round(row)))
    f.case(op, [i, j], fn(i, j))
for op, fn in {"And": np.logical_and, "Or": np.logical_or,
               "Xor": np.logical_xor}.items():
    f.case(op, [p, q], fn(p, q))
f.case("Not", [p], ~p)
f.case("Where", [p, a, row], np.where(p, a, row))
f.case("Where", [p], np.where(p, np.float32(0), np.float32(-1e4)),
       [np.float32(0), np.float32(-1e4)])
for kind in ("f4", "i8", "i4", "?"):
    for x in (a * 3, i, p):
        f.case("Cast", [x], x.astype(kind), to=TYPES[np.dtype(kind)])
f.write()

# --- Products ---------------------------------------------------------------
f = Family("products", 13)
for left, right in [((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), ((4,), (4, 5)),
                    ((3, 4), (4,)), ((4,), (4,)), ((2, 3, 4), (4,)),
                    ((2, 3, 4), (2, 4, 5)), ((2, 1, 3, 4), (5, 4, 2)),
                    ((3, 4), (2, 4, 5)), ((1, 2, 3, 4), (1, 2, 4, 3)),
                    ((2, 3, 4), (1, 4, 5))]:
    x, w = floats(*left), floats(*right)
    f.case("MatMul", [x, w], np.matmul(x, w))
x, w, c = floats(3, 4), floats(4, 5), floats(5)
f.case("Gemm", [x, w], x @ w)
f.case("Gemm", [x], x @ w + c, [w, c])
f.case("Gemm", [x.T], .5 * (x @ w) + 2 * c, [w.T, c], transA=1, transB=1,
       alpha=.5, beta=2.)
f.case("Gemm", [x, w], x @ w + floats(1)[0] * 0, [np.float32(0)])
f.write()

# --- Rearrangement ----------------------------------------------------------
f = Family("rearrange", 13)
x = floats(2, 3, 4)
ints = lambda *values: np.array(values, "i8")
f.case("Reshape", [x], x.reshape(4, 6), [ints(4, 6)])
f.case("Reshape", [x], x.reshape(2, 12), [ints(0, -1)])
f.case("Reshape", [x], x.reshape(1, 6, 1, 4), [ints(1, 6, 1, 4)])
f.case("Flatten", [x], x.reshape(6, 4), axis=2)
f.case("Flatten", [x], x.reshape(1, 24), axis=0)
f.case("Transpose", [x], x.T)
f.case("Transpose", [x], x.transpose(1, 0, 2), perm=[1, 0, 2])
f.case("Squeeze", [x[:1, :, :1]], x[0, :, 0])
f.case("Unsqueeze", [x], x[:, None, :, :, None], [ints(1, -1)])
f.case("Concat", [x, x[:, :1]], np.concatenate([x, x[:, :1]], 1), axis=1)
f.case("Split", [x], [x[..., :2], x[..., 2:]], axis=-1)
f.case("Split", [x], [x[:, :1], x[:, 1:]], [ints(1, 2)], axis=1)
f.case("Expand", [x[:, :1]], np.broadcast_to(x[:, :1], (5, 2, 3, 4)),
       [ints(5, 1, 3, 1)])
f.case("Tile", [x], np.tile(x, (2, 1, 3)), [ints(2, 1, 3)])
f.case("Slice", [x], x[:, 1:, ::2],
       [ints(1, 0), ints(1 << 62, 4), ints(1, 2), ints(1, 2)])
f.case("Slice", [x], x[:, ::-1, 3:0:-2],
       [ints(-1, 3), ints(-1 << 62, 0), ints(1, 2), ints(-1, -2)])
f.case("Gather", [x], x[:, 1], [np.int64(1)], axis=1)
f.case("Gather", [x], x[:, :, [3, 0, -1]], [ints(3, 0, -1)], axis=2)
f.case("Gather", [x, np.array([[1, -1], [0, 1]])],
       x[np.array([[1, -1], [0, 1]])])
f.case("Gather", [x, np.array([2, -3, 0], "i4")], x[:, [2, 0, 0]], axis=1)
f.case("Pad", [x], np.pad(x, [(0, 0), (1, 0), (2, 1)], constant_values=-1),
       [ints(0, 1, 2, 0, 0, 1), np.float32(-1)])
f.case("Pad", [x], np.pad(x[:, 1:], [(0, 1), (0, 0), (0, 0)]),
       [ints(0, -1, 0, 1, 0, 0)])
f.case("Identity", [x], x)
f.case("Dropout", [x], x)
f.write()

# --- Reductions and normalisations ------------------------------------------
f = Family("reduce", 17)
for op, fn in {"ReduceMean": np.mean, "ReduceMax": np.max, "ReduceMin": np.min,
               "ReduceProd": np.prod,
               "ReduceL1": lambda v, a: abs(v).sum(a),
               "ReduceL2": lambda v, a: np.sqrt((v * v).sum(a)),
               "ReduceSumSquare": lambda v, a: (v * v).sum(a),
               "ReduceLogSumExp": lambda v, a: np.log(np.exp(v).sum(a)),
               }.items():
    f.case(op, [x], fn(x, (0, 2)), axes=[0, -1], keepdims=0)
    f.case(op, [x], np.asarray(fn(x, (0, 1, 2))).reshape(1, 1, 1))
f.case("ReduceLogSum", [abs(x)], np.log(abs(x).sum(1)), axes=[1], keepdims=0)
f.case("ReduceSum", [x], x.sum(1, keepdims=True), [ints(1)])
f.case("ReduceSum", [x], x, [ints()], noop_with_empty_axes=1)
f.case("ReduceMax", [i], i.max(keepdims=True))
ties = np.array([[1, 3, 3, 2], [4, 4, 0, 4]], "f4")
f.case("ArgMax", [ties], np.array([[1], [0]]), axis=1)
f.case("ArgMax", [ties], np.array([2, 3]), axis=-1, keepdims=0,
       select_last_index=1)
f.case("ArgMin", [ties], ties.argmin(0), axis=0, keepdims=0)
for axis in (0, 1, -1):
    f.case("Softmax", [x], softmax(x, axis), axis=axis)
    f.case("LogSoftmax", [x], np.log(softmax(x, axis)), axis=axis)
scale, bias = floats(4), floats(4)
norm = lambda v, axes: (v - v.mean(axes, keepdims=True)) / np.sqrt(
    v.var(axes, keepdims=True) + np.float32(1e-5))
f.case("LayerNormalization", [x], norm(x, -1) * scale + bias, [scale, bias])
f.case("LayerNormalization", [x], norm(x, (1, 2)) * scale, [scale], axis=1)
gamma, beta, mean, var = floats(3), floats(3), floats(3), abs(floats(3))
f.case("BatchNormalization", [x],
       (x - mean[:, None]) / np.sqrt(var + np.float32(1e-3))[:, None]
       * gamma[:, None] + beta[:, None], [gamma, beta, mean, var],
       epsilon=1e-3)
f.write()

# --- Windows ----------------------------------------------------------------


def windows(x, kernel, strides, dilations, pads, fill):
    """[N,C,OH,OW,KH,KW]: every window's elements, by plain loops."""
    x = np.pad(x, [(0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])],
               constant_values=fill)
    span = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    out = [(n - s) // t + 1 for n, s, t in zip(x.shape[2:], span, strides)]
    y = np.empty(x.shape[:2] + tuple(out) + tuple(kernel), "f4")
    for r in range(out[0]):
        for c in range(out[1]):
            top, left = r * strides[0], c * strides[1]
            y[:, :, r, c] = x[:, :, top:top + span[0]:dilations[0],
                              left:left + span[1]:dilations[1]]
    return y


def conv(x, w, group=1, strides=(1, 1), dilations=(1, 1), pads=(0, 0, 0, 0)):
    v = windows(x, w.shape[2:], strides, dilations, pads, 0)
    v = v.reshape((v.shape[0], group, -1) + v.shape[2:])
    w = w.reshape((group, -1) + w.shape[1:])
    y = np.einsum("ngcyxhw,gfchw->ngfyx", v, w)
    return y.reshape((y.shape[0], -1) + y.shape[3:])


f = Family("windows", 13)
x = floats(2, 4, 7, 6)
for group, filters in [(1, 5), (2, 6), (4, 4), (4, 8)]:
    w, c = floats(filters, 4 // group, 3, 2), floats(filters)
    f.case("Conv", [x], conv(x, w, group) + c[:, None, None], [w, c],
           group=group)
    f.case("Conv", [x], conv(x, w, group, (2, 1), (1, 2), (1, 0, 2, 1)), [w],
           group=group, strides=[2, 1], dilations=[1, 2], pads=[1, 0, 2, 1])
w = floats(5, 4, 3, 3)
f.case("Conv", [x], conv(x, w, strides=(2, 2), pads=(1, 0, 1, 1)), [w],
       strides=[2, 2], auto_pad="SAME_UPPER")
f.case("Conv", [x], conv(x, w, strides=(2, 2), pads=(1, 1, 1, 0)), [w],
       strides=[2, 2], auto_pad="SAME_LOWER")
line, w = floats(2, 4, 9), floats(6, 4, 3)
f.case("Conv", [line], conv(line[:, :, None], w[:, :, None], strides=(1, 2),
                            pads=(0, 1, 0, 1))[:, :, 0], [w], strides=[2],
       pads=[1, 1])
f.case("MaxPool", [x], windows(x, (3, 2), (2, 1), (1, 1), (1, 0, 1, 1),
                               -np.inf).max((4, 5)),
       kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1])
f.case("MaxPool", [x], windows(x, (2, 2), (2, 2), (1, 1), (0, 0, 1, 0),
                               -np.inf).max((4, 5)),
       kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
f.case("MaxPool", [line], windows(line[:, :, None], (1, 3), (1, 1), (1, 1),
                                  (0, 0, 0, 0), 0).max((4, 5))[:, :, 0],
       kernel_shape=[3])
args = ((3, 3), (2, 2), (1, 1), (1, 1, 1, 1))
total = windows(x, *args, 0).sum((4, 5))
counts = windows(np.ones_like(x), *args, 0).sum((4, 5))
f.case("AveragePool", [x], total / counts, kernel_shape=[3, 3],
       strides=[2, 2], pads=[1, 1, 1, 1])
f.case("AveragePool", [x], total / 9, kernel_shape=[3, 3], strides=[2, 2],
       pads=[1, 1, 1, 1], count_include_pad=1)
f.case("AveragePool", [x], windows(x, (2, 2), (1, 1), (1, 1), (0,) * 4,
                                   0).mean((4, 5)), kernel_shape=[2, 2])
f.case("GlobalAveragePool", [x], x.mean((2, 3), keepdims=True))
f.case("GlobalMaxPool", [x], x.max((2, 3), keepdims=True))
f.write()
