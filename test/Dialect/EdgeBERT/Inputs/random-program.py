"""Writes one accelerator operation on random codes as a program and its inputs.

  random-program.py PREFIX OP SHAPE [FLAG...]

writes PREFIX.mlir (accelerator form, entry @main, a probe on the result) and
PREFIX.npz. SHAPE is MxNxK or BxMxNxK for matmul, [Bx]ROWSxCOLUMNS otherwise.
Two chains, which a schedule may keep on the chip: attention (scores, softmax,
product with the values) of BxQUERIESxKEYSxDEPTHxVALUES, and add_norm.
Flags: constant (weights in the program), addend, relu, span, batched (a right
matrix per batch), dense (few zero codes; else half of them are zero).
"""
import sys

import numpy as np

prefix, op, shape = sys.argv[1:4]
flags = set(sys.argv[4:])
dims = [int(d) for d in shape.split("x")]
rng = np.random.default_rng(sum(map(ord, "".join(sys.argv[2:]))))
arguments, lines, arrays = [], [], {}


def codes(extents, small=False):
    """Random codes; `small` keeps magnitudes low, so that sums do not saturate."""
    values = rng.integers(0, 256, extents, dtype=np.uint8)
    if small:
        values &= 0xBF
    if "dense" not in flags:
        values[rng.random(extents) < 0.5] = 0
    return values


def type_of(extents):
    return "tensor<" + "x".join(map(str, extents)) + "xi8>"


def argument(values):
    name = f"arg{len(arguments)}"
    arguments.append(f"%{name}: {type_of(values.shape)}")
    arrays[name] = values.view(np.int8)
    return f"%{name}"


def constant(values):
    name = f"%c{len(lines)}"
    text = '"0x' + values.tobytes().hex().upper() + '"'
    if len(set(values.flatten())) == 1:
        text = str(values.flatten().view(np.int8)[0])
    lines.append(f"{name} = arith.constant dense<{text}> : {type_of(values.shape)}")
    return name


operand = constant if "constant" in flags else argument
attributes = []
if op == "matmul":
    batch, (m, n, k) = dims[:-3], dims[-3:]
    out = batch + [m, n]
    lhs, rhs = codes(batch + [m, k], True), codes(
        (batch if "batched" in flags else []) + [n, k], True)
    ins = [argument(lhs), operand(rhs)]
    types = [lhs.shape, rhs.shape]
    text = f"ins({', '.join(ins)} : {', '.join(map(type_of, types))})"
    if "addend" in flags:
        text += f" addend({operand(codes([n, 16], True))} : {type_of([n, 16])})"
        lanes = codes([16], True).view(np.int8)
        attributes.append(f"addend_lanes = array<i8: {', '.join(map(str, lanes))}>")
    if "relu" in flags:
        attributes.append("relu")
    # About sqrt(k) products of 2^8 or so: neither all zero nor all saturated.
    shift = 6 + int(np.log2(k)) // 2
    attributes += [f"lhs_bias = {16 - shift} : i32", "rhs_bias = 1 : i32",
                   "out_bias = 6 : i32"]
elif op == "softmax":
    x = codes(dims)
    out = dims
    text = f"ins({argument(x)} : {type_of(dims)})"
    if "span" in flags:
        text += f" span({operand(codes(dims[-1:]))} : {type_of(dims[-1:])})"
    attributes += ["in_bias = 5 : i32", "out_bias = 3 : i32"]
elif op == "layer_norm":
    x = codes(dims, True)
    out = dims
    ins = [argument(x), operand(codes(dims[-1:])), operand(codes(dims[-1:]))]
    types = [dims, dims[-1:], dims[-1:]]
    text = f"ins({', '.join(ins)} : {', '.join(map(type_of, types))})"
    attributes += ["in_bias = 3 : i32", "gamma_bias = 3 : i32",
                   "beta_bias = 4 : i32", "out_bias = 4 : i32"]
elif op == "attention":
    batch, queries, keys, depth, values = dims
    out, scores, flat = [batch, queries, values], [batch, queries, keys], [
        batch * queries, keys]
    q, k, v = (argument(codes(extents, True)) for extents in (
        [batch, queries, depth], [batch, keys, depth], [batch, values, keys]))
    span, span_type = "", type_of([keys])
    if "span" in flags:
        span = f" span({operand(codes([keys]) & 0x7F)} : {span_type})"
    shift = 6 + int(np.log2(depth)) // 2
    lines += [
        f"%e0 = tensor.empty() : {type_of(scores)}",
        f"%s = edgebert.matmul ins({q}, {k} : {type_of([batch, queries, depth])}"
        f", {type_of([batch, keys, depth])}) outs(%e0 : {type_of(scores)}) "
        f"{{lhs_bias = {16 - shift} : i32, rhs_bias = 1 : i32, "
        f"out_bias = 5 : i32}} -> {type_of(scores)}",
        f"%f = tensor.collapse_shape %s [[0, 1], [2]] : {type_of(scores)} into "
        f"{type_of(flat)}",
        f"%e1 = tensor.empty() : {type_of(flat)}",
        f"%p = edgebert.softmax ins(%f : {type_of(flat)}){span} "
        f"outs(%e1 : {type_of(flat)}) {{in_bias = 5 : i32, out_bias = 1 : i32}}"
        f" -> {type_of(flat)}",
        f"%w = tensor.expand_shape %p [[0, 1], [2]] output_shape "
        f"[{batch}, {queries}, {keys}] : {type_of(flat)} into {type_of(scores)}"]
    op = "matmul"
    text = (f"ins(%w, {v} : {type_of(scores)}, "
            f"{type_of([batch, values, keys])})")
    # Means of random values are small: scaled up.
    attributes += ["lhs_bias = 1 : i32", "rhs_bias = 6 : i32",
                   "out_bias = 5 : i32", "scale_log2 = 5 : i32"]
elif op == "add_norm":
    out = dims
    x, y = argument(codes(dims, True)), argument(codes(dims, True))
    gamma, beta = operand(codes(dims[-1:])), operand(codes(dims[-1:]))
    lines += [
        f"%e0 = tensor.empty() : {type_of(dims)}",
        f"%s = edgebert.add ins({x}, {y} : {type_of(dims)}, {type_of(dims)}) "
        f"outs(%e0 : {type_of(dims)}) {{lhs_bias = 3 : i32, rhs_bias = 3 : i32, "
        f"out_bias = 3 : i32}} -> {type_of(dims)}"]
    op = "layer_norm"
    text = (f"ins(%s, {gamma}, {beta} : {type_of(dims)}, {type_of(dims[-1:])}, "
            f"{type_of(dims[-1:])})")
    attributes += ["in_bias = 3 : i32", "gamma_bias = 3 : i32",
                   "beta_bias = 4 : i32", "out_bias = 4 : i32"]
else:
    assert op == "add", op
    out = dims
    ins = [argument(codes(dims)), argument(codes(dims))]
    text = f"ins({', '.join(ins)} : {', '.join([type_of(dims)] * 2)})"
    attributes += ["lhs_bias = 4 : i32", "rhs_bias = 5 : i32",
                   "out_bias = 5 : i32"]

lines += [
    f"%e = tensor.empty() : {type_of(out)}",
    f"%r = edgebert.{op} {text} outs(%e : {type_of(out)}) "
    f"{{{', '.join(attributes)}}} -> {type_of(out)}",
    f'edgebert.probe "result" %r : {type_of(out)}',
    f"return %r : {type_of(out)}",
]
with open(prefix + ".mlir", "w") as file:
    file.write(f"func.func @main({', '.join(arguments)}) -> {type_of(out)} {{\n"
               + "".join(f"  {line}\n" for line in lines) + "}\n")
np.savez(prefix + ".npz", **arrays)
