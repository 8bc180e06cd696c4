"""Compiles an encoder layer of random weights and checks what each form yields.

  encoder-layer.py PREFIX ROWS HEADS HEAD_SIZE FFN_SIZE

The layer has every kernel: projections with biases, attention over a batch of
heads, a scale that is no power of two, softmax, residual add, layer norm, relu.
Writes PREFIX.mlir (model form), PREFIX.npz and PREFIX.out/. Fails unless the
compressed form is near the model (the formats' error), the accelerator form
near the compressed form (the units' error), and the later forms equal to it.
"""
import subprocess
import sys

import numpy as np

prefix = sys.argv[1]
rows, heads, size, ffn = map(int, sys.argv[2:])
width = heads * size
rng = np.random.default_rng(rows * width * ffn)
lines, values = [], 0


def type_of(shape):
    return f"tensor<{'x'.join(map(str, shape))}xf32>"


def emit(text, name=""):
    global values
    values += 1
    lines.append(f"  %{values} = {text}" + (f' loc("{name}")' if name else ""))
    return f"%{values}"


def constant(array, name):
    data = array.astype("<f4").tobytes().hex().upper()
    return emit(f'arith.constant dense<"0x{data}"> : {type_of(array.shape)}', name)


def weights(inputs, outputs, name):
    return constant(rng.standard_normal((inputs, outputs)) / np.sqrt(inputs), name)


def vector(length, name, mean=0.0):
    return constant(mean + 0.3 * rng.standard_normal(length), name)


def zeros(shape):
    empty = emit(f"tensor.empty() : {type_of(shape)}")
    return emit(f"linalg.fill ins(%zero : f32) outs({empty} : {type_of(shape)}) "
                f"-> {type_of(shape)}")


def generic(inputs, maps, shape, body, iterators="parallel parallel", name="",
            out=None):
    """`body` uses %a, %b, ... for inputs and %out, and defines %r."""
    dims = ", ".join(f"d{i}" for i in range(len(iterators.split())))
    affine = ", ".join(f"affine_map<({dims}) -> ({m})>" for m in maps)
    kinds = ", ".join(f'"{i}"' for i in iterators.split())
    names = ", ".join(v for v, _ in inputs)
    types = ", ".join(type_of(s) for _, s in inputs)
    arguments = ", ".join(f"%{chr(97 + i)}: f32" for i in range(len(inputs)))
    out = out or emit(f"tensor.empty() : {type_of(shape)}")
    return emit(
        f"linalg.generic {{indexing_maps = [{affine}], iterator_types = "
        f"[{kinds}]}} ins({names} : {types}) outs({out} : {type_of(shape)}) {{\n"
        f"  ^bb0({arguments}, %out: f32):\n    {body}\n    linalg.yield %r : f32\n"
        f"  }} -> {type_of(shape)}", name)


def product(op, lhs, lhs_shape, rhs, rhs_shape, name):
    shape = [*lhs_shape[:-1], rhs_shape[-1]]
    return emit(f"linalg.{op} ins({lhs}, {rhs} : {type_of(lhs_shape)}, "
                f"{type_of(rhs_shape)}) outs({zeros(shape)} : {type_of(shape)}) "
                f"-> {type_of(shape)}", name)


def dense(x, inputs, outputs, name, relu=False):
    y = product("matmul", x, [rows, inputs],
                weights(inputs, outputs, name + ".weight"), [inputs, outputs], name)
    body = "%r = arith.addf %a, %b : f32"
    if relu:
        body = ("%s = arith.addf %a, %b : f32\n"
                "    %r = arith.maximumf %s, %zero : f32")
    return generic([(y, [rows, outputs]), (vector(outputs, name + ".bias"), [outputs])],
                   ["d0, d1", "d1", "d0, d1"], [rows, outputs], body)


def transpose(x, shape, permutation):
    out = [shape[p] for p in permutation]
    empty = emit(f"tensor.empty() : {type_of(out)}")
    return emit(f"linalg.transpose ins({x} : {type_of(shape)}) outs({empty} : "
                f"{type_of(out)}) permutation = {list(permutation)}")


def split_heads(x, permutation):
    split = emit(f"tensor.expand_shape {x} [[0], [1, 2]] output_shape [{rows}, "
                 f"{heads}, {size}] : {type_of([rows, width])} into "
                 f"{type_of([rows, heads, size])}")
    return transpose(split, [rows, heads, size], permutation)


def layer_norm(x, name):
    full, per_row = [rows, width], [rows]
    reduce = "parallel reduction"
    total = generic([(x, full)], ["d0, d1", "d0"], per_row,
                    "%r = arith.addf %a, %out : f32", reduce, out=zeros(per_row))
    centred = generic([(x, full), (total, per_row)], ["d0, d1", "d0", "d0, d1"], full,
                      "%m = arith.divf %b, %width : f32\n"
                      "    %r = arith.subf %a, %m : f32")
    squares = generic([(centred, full)], ["d0, d1", "d0"], per_row,
                      "%s = arith.mulf %a, %a : f32\n"
                      "    %r = arith.addf %s, %out : f32", reduce, out=zeros(per_row))
    return generic(
        [(centred, full), (squares, per_row), (vector(width, "gamma", 1), [width]),
         (vector(width, "beta"), [width])],
        ["d0, d1", "d0", "d1", "d1", "d0, d1"], full,
        "%v = arith.divf %b, %width : f32\n    %w = arith.addf %v, %epsilon : f32\n"
        "    %i = math.rsqrt %w : f32\n    %n = arith.mulf %a, %i : f32\n"
        "    %g = arith.mulf %n, %c : f32\n    %r = arith.addf %g, %d : f32",
        name=name)


full, per_head = [rows, width], [heads, rows, size]
scores_shape = [heads, rows, rows]
query = split_heads(dense("%x", width, width, "query"), (1, 0, 2))
key = split_heads(dense("%x", width, width, "key"), (1, 2, 0))
value = split_heads(dense("%x", width, width, "value"), (1, 0, 2))
scores = product("batch_matmul", query, per_head, key, [heads, size, rows], "scores")
scores = generic([(scores, scores_shape)], ["d0, d1, d2"] * 2, scores_shape,
                 "%r = arith.mulf %a, %scale : f32", "parallel parallel parallel")
softmax = emit(f"linalg.softmax dimension(2) ins({scores} : {type_of(scores_shape)}) "
               f"outs({emit('tensor.empty() : ' + type_of(scores_shape))} : "
               f"{type_of(scores_shape)}) -> {type_of(scores_shape)}", "softmax")
context = product("batch_matmul", softmax, scores_shape, value, per_head, "context")
context = transpose(context, per_head, (1, 0, 2))
context = emit(f"tensor.collapse_shape {context} [[0], [1, 2]] : "
               f"{type_of([rows, heads, size])} into {type_of(full)}")
residual = generic([(dense(context, width, width, "output"), full), ("%x", full)],
                   ["d0, d1"] * 3, full, "%r = arith.addf %a, %b : f32", name="residual")
hidden = dense(layer_norm(residual, "norm"), width, ffn, "ffn1", relu=True)
result = dense(hidden, ffn, width, "ffn2")

with open(prefix + ".mlir", "w") as file:
    file.write(
        f'func.func @main(%x: {type_of(full)} {{edgebert.name = "x"}}) -> '
        f'({type_of(full)} {{edgebert.name = "y"}}) {{\n'
        "  %zero = arith.constant 0.0 : f32\n"
        "  %epsilon = arith.constant 1.0e-5 : f32\n"
        f"  %width = arith.constant {width}.0 : f32\n"
        f"  %scale = arith.constant {1 / np.sqrt(size):.8f} : f32\n"
        + "\n".join(lines) + f"\n  return {result} : {type_of(full)}\n}}\n")
np.savez(prefix + ".npz", x=rng.standard_normal(full).astype(np.float32))


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


directory = prefix + ".out"
log = run("edgebert-compile", prefix + ".mlir", f"--calibrate={prefix}.npz", "-o",
          directory)
print(*[line for line in log.splitlines() if "on the accelerator" in line
        or " x " in line], sep="\n")
results = {}
for form in ["model", "compressed", "accelerator", "scheduled", "command"]:
    out = f"{prefix}.{form}.npz"
    run("edgebert-run", f"{directory}/{form}.mlir", f"--inputs={prefix}.npz",
        f"--outputs={out}")
    with np.load(out) as arrays:
        results[form] = arrays["y"]


def check_sqnr(form, reference, least):
    signal = np.square(results["model"], dtype=np.float64).sum()
    noise = np.square(results[form] - results[reference], dtype=np.float64).sum()
    decibels = 10 * np.log10(signal / noise)
    print(f"{form}: {decibels:.1f} dB from {reference}")
    if not decibels >= least:
        sys.exit(f"expected at least {least} dB")


check_sqnr("compressed", "model", 23)
check_sqnr("accelerator", "compressed", 25)
for form in ["scheduled", "command"]:
    if not np.array_equal(results[form], results["accelerator"]):
        sys.exit(f"{form} differs from accelerator")
print("scheduled and command: identical to accelerator")
