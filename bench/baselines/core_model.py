#!/usr/bin/env python3
"""Cycles of the RISC-V core: counted instructions and cache lines.

    cycles = cycles per instruction x instructions + penalty x lines

`instructions` come from counts.json. `lines` are the cache lines a kernel loads
from beyond the first-level cache. For the products of the ALBERT-base layer
they were simulated and are in counts.json too. Elsewhere: a matrix read in
order loads each of its lines once; so does one that the cache holds; a walk
down a column of a larger one loads one line per element, unless all lines of
the column fit together, in which case the next columns find them there. Stores go to a write buffer and do not wait,
except those of a transpose, which are such a walk. Nothing survives from one
kernel to the next.

Run by itself it compares these rules with the simulation.
"""
from dataclasses import dataclass
from math import gcd

import recount

# CVA6 (Ariane) as published: one instruction per cycle, 32 KB of data cache in
# 8 ways of 16-byte lines (openhwgroup/cva6, docs/03_cva6_design).
LINE_BYTES, SETS, WAYS = 16, 256, 8
CYCLES_PER_INSTRUCTION = 1.0


def sequential(bytes):
    return bytes / LINE_BYTES


def column_walk(length, stride_bytes, element_bytes, accesses):
    """Lines loaded by walking down the columns of a matrix, neighbours one
    element apart; `accesses` in all."""
    capacity = SETS * WAYS
    if stride_bytes % LINE_BYTES == 0:
        capacity //= gcd(SETS, int(stride_bytes // LINE_BYTES))
    return (accesses * element_bytes / LINE_BYTES if length <= capacity
            else accesses)


def transpose(m, n, element_bytes):
    # In order from the matrix, in order back from the scratch matrix, and the
    # walk down the scratch matrix's columns.
    return (2 * sequential(m * n * element_bytes) +
            column_walk(n, m * element_bytes, element_bytes, m * n))


def block(rows, bytes, stride_bytes):
    """Rows of `bytes` out of rows of `stride_bytes`."""
    if stride_bytes < LINE_BYTES:
        return sequential(rows * stride_bytes)
    return rows * -(-bytes // LINE_BYTES)


def matmul(m, k, n):
    """int32; the right matrix stays if the cache holds all of it."""
    right = (sequential(4 * k * n) if 4 * k * n <= LINE_BYTES * SETS * WAYS
             else column_walk(k, 4 * n, 4, m * k * n))
    return right + sequential(4 * m * k)


LINES = {
    "matmul_i32": matmul,
    "transpose_i32": lambda m, n: transpose(m, n, 4),
    "transpose_i8": lambda m, n: transpose(m, n, 1),
    "transpose_bits": lambda m, n: transpose(m, n, 1 / 8),
    "copy_block_i32": lambda m, n, stride: block(m, 4 * n, 4 * stride),
    "copy_block_i8": lambda m, n, stride: block(m, n, stride),
    # The sums stay in the cache from tile to tile.
    "add_i8": lambda n: sequential(n),
    # The columns and their mask, both operands' copies, the result's two.
    "driver_tile": lambda rows, k, columns, n: (
        block(k, columns, n) + block(k, columns / 8, n / 8) +
        sequential(9 / 8 * (rows * k + columns * k + 2 * rows * columns))),
    "copy_bytes": lambda n: sequential(n),
    "set_bytes": lambda n: 0,
    # A row of layer norm's two passes stays in the cache.
    "softmax_f32": lambda m, n: sequential(4 * m * n),
    "layer_norm_f32": lambda m, n: sequential(4 * m * n),
    "add_row_i32": lambda m, n: sequential(4 * m * n),
    "add_i32": lambda n: 2 * sequential(4 * n),
    "mul_f32": lambda n: 2 * sequential(4 * n),
    "div_f32": lambda n: 2 * sequential(4 * n),
    "max_i32": lambda n: 2 * sequential(4 * n),
    "scale_f32": lambda n: sequential(4 * n),
    "convert_i32": lambda n: sequential(4 * n),
    "exp_f32": lambda n: sequential(4 * n),
    "erf_f32": lambda n: sequential(4 * n),
    "tanh_f32": lambda n: sequential(4 * n),
    "sqrt_f32": lambda n: sequential(4 * n),
}


def lines(counts, kernel, sizes):
    """Simulated if these sizes were, else by the rules above."""
    each = {tuple(row["sizes"]): row["each"]
            for row in counts["kernels"][kernel].get("lines", [])}
    if kernel == "matmul_i32":
        m, k, n = sizes
        if (k, n) in each:
            return m * each[k, n]
    elif tuple(sizes) in each:
        return each[tuple(sizes)]
    return LINES[kernel](*sizes)


@dataclass
class Work:
    """What a program does: cycles of hardware, and work of the core."""
    hardware: float = 0
    instructions: float = 0
    lines: float = 0
    invocations: float = 0

    def __add__(self, other):
        return Work(self.hardware + other.hardware,
                    self.instructions + other.instructions,
                    self.lines + other.lines,
                    self.invocations + other.invocations)

    @staticmethod
    def of_step(counts, step):
        times = step["times"]
        if "kernel" not in step:
            return Work(hardware=times * step["cycles"],
                        invocations=times * (step["hardware"] == "invocation"))
        kernel, sizes = step["kernel"], step["sizes"]
        return Work(
            instructions=times * recount.instructions(counts, kernel, sizes),
            lines=times * lines(counts, kernel, sizes))

    def before_lines(self):
        return self.hardware + CYCLES_PER_INSTRUCTION * self.instructions

    def cycles(self, costs):
        return (self.before_lines() + costs.line * self.lines +
                costs.invocation * self.invocations)


@dataclass
class Costs:
    """The fitted parameters, in cycles."""
    line: float        # a cache line from beyond the first-level cache
    invocation: float  # one call of the systolic array beside its registers,
                       # transfers and computation


def fit(core, systolic, driver, cpu_ratio, systolic_ratio):
    """The costs with which core / driver and systolic / driver are the ratios;
    both equations are linear. `driver` must make no invocations."""
    line = ((cpu_ratio * driver.before_lines() - core.before_lines()) /
            (core.lines - cpu_ratio * driver.lines))
    driver_cycles = driver.cycles(Costs(line, 0))
    without = systolic.cycles(Costs(line, 0))
    return Costs(line, (systolic_ratio * driver_cycles - without) /
                 systolic.invocations)


def host_costs(counts, costs):
    """The core's costs as the `host` group of a machine description: what our
    own compiler's host code does, by the same kernels and lines."""
    def per_unit(kernel, sizes, units):
        work = Work.of_step(counts, {"times": 1, "kernel": kernel,
                                     "sizes": sizes})
        return work.cycles(costs) / units
    return {
        "copy_cycles_per_byte": per_unit("copy_bytes", [4096], 4096),
        "transpose_cycles_per_byte": per_unit("copy_block_i8", [256, 16, 16],
                                              4096),
        "op_cycles_per_element": per_unit("mul_f32", [4096], 4096),
        # An index and a table entry are loaded: one load more than a copy.
        "lookup_cycles_per_element":
            per_unit("copy_block_i8", [1, 4096, 4096], 4096) + CYCLES_PER_INSTRUCTION,
        "memset_cycles_per_byte": per_unit("set_bytes", [4096], 4096),
    }


def compare_lines(counts):
    """Prints each kernel's lines by the rules beside the simulated ones, at the
    size that also checks its instructions. Transposes are left out: the
    simulated cache counts loads only."""
    for kernel, row in counts["kernels"].items():
        if kernel.startswith("transpose"):
            continue
        sizes = row["check"]["sizes"]
        if kernel.startswith("copy_block"):
            sizes = sizes + sizes[-1:]
        rule, simulated = LINES[kernel](*sizes), row["check"]["lines"]
        print(f"{kernel:16} {str(row['check']['sizes']):14} {rule:8.0f} by rule"
              f" {simulated:8} simulated")
    for kernel in ("matmul_i32", "driver_tile"):
        for row in counts["kernels"][kernel]["lines"]:
            sizes = row["sizes"]
            rule = (LINES[kernel](1, *sizes) if kernel == "matmul_i32" else
                    LINES[kernel](*sizes))
            print(f"{kernel:16} {str(sizes):14} {rule:8.0f} by rule "
                  f"{row['each']:8.0f} simulated (used)")


if __name__ == "__main__":
    compare_lines(recount.load())
