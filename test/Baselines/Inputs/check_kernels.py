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
sums, tile = fixed((3, 9)), fixed((3, 4))
want = sums.copy()
want[:, :4] += tile
call("add_block_i32", sums, 9, tile, 3, 4)
expect("add_block_i32", sums, want)
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
print(len(checked), "kernels compute what they should")
