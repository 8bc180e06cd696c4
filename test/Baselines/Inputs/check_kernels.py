"""Compares core_kernels.c, built as a library, with numpy: LIBRARY."""
import ctypes
import math
import sys

import numpy as np

lib = ctypes.CDLL(sys.argv[1])
rng = np.random.default_rng(3)
ONE = 256  # 8 fraction bits
checked = set()


def call(name, *arguments):
    checked.add(name)
    getattr(lib, name)(*[a.ctypes.data_as(ctypes.c_void_p)
                         if isinstance(a, np.ndarray) else
                         ctypes.c_float(a) if isinstance(a, float) else
                         ctypes.c_long(a) for a in arguments])


def expect(name, got, want, tolerance=0):
    worst = np.max(np.abs(got.astype("f8") - want))
    if worst > tolerance:
        sys.exit(f"{name}: off by {worst}")


def fixed(shape, low=-1024, high=1024):
    return rng.integers(low, high, shape).astype("i4")


a, b = fixed((5, 7)), fixed((7, 3))
d = np.zeros((5, 3), "i4")
call("matmul_i32", a, b, 5, 7, 3, d)
expect("matmul_i32", d, (a @ b) >> 8)
for name, kind in (("transpose_i32", "i4"), ("transpose_i8", "i1")):
    m = rng.integers(-100, 100, (6, 4)).astype(kind)
    got = m.copy()
    call(name, got, 6, 4, np.zeros_like(m))
    expect(name, got.reshape(4, 6), m.T)
bits = rng.integers(0, 2, (8, 16)).astype("u1")
packed = np.packbits(bits, axis=None, bitorder="little")
call("transpose_bits", packed, 8, 16, np.zeros_like(packed))
expect("transpose_bits", np.unpackbits(packed, bitorder="little").reshape(16, 8),
       bits.T)
for name, kind in (("copy_block_i32", "i4"), ("copy_block_i8", "i1")):
    source = rng.integers(-100, 100, (3, 8)).astype(kind)
    to = np.zeros((3, 9), kind)
    call(name, to, 9, source, 8, 3, 4)
    expect(name, to[:, :4], source[:, :4])
    expect(name, to[:, 4:], 0)
sums, more = (rng.integers(-100, 100, 30).astype("i1") for _ in range(2))
want = sums + more
call("add_i8", sums, more, 30)
expect("add_i8", sums, want)
to = np.zeros(50, "u1")
call("copy_bytes", to, np.arange(50, dtype="u1"), 50)
expect("copy_bytes", to, np.arange(50))
call("set_bytes", to, 7, 49)
expect("set_bytes", to, np.r_[np.full(49, 7), 49])

x = fixed((4, 16))
e = np.exp((x - x.max(1, keepdims=True)) / ONE)
got = x.copy()
call("softmax_f32", got, 4, 16)
expect("softmax_f32", got, ONE * e / e.sum(1, keepdims=True), 1)
gamma, beta = fixed(16), fixed(16)
got, v = x.copy(), x / ONE
call("layer_norm_f32", got, gamma, beta, 4, 16)
expect("layer_norm_f32", got, (v - v.mean(1, keepdims=True)) / np.sqrt(
    v.var(1, keepdims=True) + 1e-5) * gamma + beta, 1.01)

a, b = fixed(100), fixed(100)
b += b == 0
d = np.zeros(100, "i4")
call("add_i32", a, b, 100, d)
expect("add_i32", d, a + b)
call("max_i32", a, b, 100, d)
expect("max_i32", d, np.maximum(a, b))
call("add_row_i32", a, b, 4, 25, d)
expect("add_row_i32", d.reshape(4, 25), a.reshape(4, 25) + b[:25])
call("convert_i32", a, 100, d)
expect("convert_i32", d, a << 8)
call("scale_f32", a, 0.125, 100, d)
expect("scale_f32", d, a * 0.125, 1)
call("mul_f32", a, b, 100, d)
expect("mul_f32", d, a / ONE * b, 1)
call("div_f32", a, b, 100, d)
expect("div_f32", d, a / b * ONE, 1)
for name, function in (("exp_f32", np.exp), ("tanh_f32", np.tanh),
                       ("erf_f32", np.vectorize(math.erf))):
    call(name, a, 100, d)
    expect(name, d, ONE * function(a / ONE), 1)
positive = np.abs(a)
call("sqrt_f32", positive, 100, d)
expect("sqrt_f32", d, ONE * np.sqrt(positive / ONE), 1)

class DriverBuffers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in (
        "weights weights_mask left left_mask right right_mask shared result "
        "result_mask out out_mask").split()]


# A tile of 16 x 16 from column 16 on, of a product with weights [32, 48].
rows, k, columns, n, column = 16, 32, 16, 48, 16


def codes(*shape):
    return rng.integers(0, 256, shape).astype("u1")


weights, masks = codes(k, n), codes(k, n // 8)
left, left_mask = codes(rows, k), codes(rows, k // 8)
result = np.r_[codes(rows * columns), codes(rows * columns // 8)]
operands = 9 * (rows * k + columns * k) // 8
shared = np.r_[np.zeros(operands, "u1"), result]
right, right_mask = codes(k, columns), codes(k, columns // 8)
tile, tile_mask = codes(rows, columns), codes(rows, columns // 8)
out, out_mask = codes(rows, n), codes(rows, n // 8)
want, want_mask = out.copy(), out_mask.copy()
want[:, column:column + columns] = result[:rows * columns].reshape(rows, -1)
want_mask[:, column // 8:(column + columns) // 8] = (
    result[rows * columns:].reshape(rows, -1))
buffers = DriverBuffers(*[x.ctypes.data for x in (
    weights, masks, left, left_mask, right, right_mask, shared, tile, tile_mask,
    out, out_mask)])
checked.add("driver_tile")
lib.driver_tile(ctypes.byref(buffers), column, rows, k, columns, n)
expect("driver_tile", shared[:operands], np.concatenate([x.ravel() for x in (
    left_mask, left, masks[:, column // 8:(column + columns) // 8],
    weights[:, column:column + columns])]))
expect("driver_tile", out, want)
expect("driver_tile", out_mask, want_mask)
print(len(checked), "kernels compute what they should")
