"""Evaluates ONNX nodes with numpy, a readable reference for generated models.

Covers what make_encoders.py and make_decoder_step.py write; each function takes
the node's inputs and attributes and returns its one result. Debian's onnx has no
reference evaluator.
"""
import math

import numpy as np
from onnx import helper, numpy_helper

DTYPES = {1: np.float32, 6: np.int32, 7: np.int64, 9: np.bool_}


def slice_of(x, starts, ends, axes, steps=None):
    index = [slice(None)] * x.ndim
    for i, axis in enumerate(axes):
        index[axis] = slice(starts[i], ends[i],
                            1 if steps is None else steps[i])
    return x[tuple(index)]


def layer_norm(x, gamma, beta, axis=-1, epsilon=1e-5):
    mean = x.mean(axis, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis, keepdims=True)
    return (x - mean) / np.sqrt(variance + np.float32(epsilon)) * gamma + beta


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def patches(x, w, b, strides, **_):
    """A convolution whose stride is its kernel: disjoint patches."""
    n, c, height, width = x.shape
    size = w.shape[2]
    assert w.shape[2:] == (size, size) and list(strides) == [size, size]
    x = x.reshape(n, c, height // size, size, width // size, size)
    return np.einsum("nchiwj,fcij->nfhw", x, w) + b.reshape(1, -1, 1, 1)


def gemm(a, b, c=0, transB=0):
    return a @ (b.T if transB else b) + c


def squeeze(x, axes):
    return np.squeeze(x, tuple(int(axis) for axis in axes))


def unsqueeze(x, axes):
    return np.expand_dims(x, tuple(int(axis) for axis in axes))


OPERATORS = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply,
    "Div": np.divide, "Pow": np.power, "Sqrt": np.sqrt, "Tanh": np.tanh,
    "MatMul": np.matmul, "Gemm": gemm, "Identity": lambda x: x,
    "Equal": np.equal, "LessOrEqual": np.less_equal, "Where": np.where,
    "Relu": lambda x: np.maximum(x, 0),
    "Constant": lambda value: numpy_helper.to_array(value),
    "Erf": np.vectorize(math.erf, otypes=[np.float32]),
    "Gather": lambda x, i, axis=0: np.take(x, i, axis),
    "Reshape": lambda x, shape: x.reshape(
        [x.shape[i] if d == 0 else d for i, d in enumerate(shape)]),
    "Transpose": lambda x, perm: x.transpose(perm),
    "Concat": lambda *xs, axis: np.concatenate(xs, axis),
    "Expand": lambda x, shape: np.broadcast_to(
        x, np.broadcast_shapes(x.shape, tuple(shape))),
    "Flatten": lambda x, axis=1: x.reshape(
        int(np.prod(x.shape[:axis], initial=1)), -1),
    "ReduceMean": lambda x, axes, keepdims=1: x.mean(
        tuple(axes), keepdims=bool(keepdims)),
    "ReduceSum": lambda x, axes, keepdims=1: x.sum(
        tuple(axes), keepdims=bool(keepdims)),
    "Cast": lambda x, to: x.astype(DTYPES[to]),
    "Softmax": softmax, "LayerNormalization": layer_norm, "Conv": patches,
    "Slice": slice_of, "Squeeze": squeeze, "Unsqueeze": unsqueeze,
}


def evaluate(model, feeds):
    """The model's outputs, name to array, for one set of inputs."""
    values = {w.name: numpy_helper.to_array(w)
              for w in model.graph.initializer}
    values.update(feeds)
    for node in model.graph.node:
        attributes = {a.name: helper.get_attribute_value(a)
                      for a in node.attribute}
        function = OPERATORS[node.op_type]
        result = function(*(values[name] for name in node.input), **attributes)
        if result.dtype == np.float64:
            result = result.astype(np.float32)
        values[node.output[0]] = result
    return {output.name: values[output.name] for output in model.graph.output}
