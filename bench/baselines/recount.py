#!/usr/bin/env python3
"""Count the instructions of core_kernels.c on riscv64, or check the counts.

    recount.py --check [--counts FILE]   compare counts.json with a fresh count
    recount.py --write                   replace counts.json
    recount.py --program FILE.c --steps FILE.json
                                 compare what a program that
                                 edgebert-write-baseline wrote executes with
                                 the sum of its steps

Compiles the kernels with Debian's riscv64 gcc and runs each under qemu-user
with count_plugin.c at a few sizes. A loop nest costs a fixed number of
instructions per iteration of each of its loops, so those sizes give the counts
of every size exactly; the last size of each kernel only checks that. Cache
lines follow no such rule: where they matter they are simulated (count_plugin.c)
for the sizes of the ALBERT-base layer. Needs clang-22, gcc-riscv64-linux-gnu, libc6-dev-riscv64-cross and qemu-user.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from fractions import Fraction

HERE = os.path.dirname(os.path.abspath(__file__))
COUNTS = os.path.join(HERE, "counts.json")
FLAGS = ["-O2", "-march=rv64gc", "-static"]
CLANG, RISCV_GCC, QEMU = "clang-22", "riscv64-linux-gnu-gcc", "qemu-riscv64"

# kernel: its terms as products of sizes, the sizes to measure (one per term),
# and one more size that the result must predict.
CALL, P0, P01, P012, P02 = (), (0,), (0, 1), (0, 1, 2), (0, 2)
NEST2 = [CALL, P0, P01], [(16, 16), (32, 16), (16, 32)], (48, 80)
LINE = [CALL, P0], [(1024,), (4096,)], (2560,)
KERNELS = {
    # The thesis's tile: rows, k, columns, n. The last changes addresses only.
    "driver_tile": ([CALL, P0, (1,), P01, (1, 2), (0, 2)],
                    [(64, 64, 64, 64), (128, 64, 64, 64), (64, 128, 64, 64),
                     (128, 128, 64, 64), (64, 64, 128, 128),
                     (64, 128, 128, 128)],
                    (128, 192, 192, 384)),
    # m, k, n: the call, a row, an element of the result, a MAC.
    "matmul_i32": ([CALL, P0, P02, P012],
                   [(8, 8, 8), (16, 8, 8), (16, 8, 16), (8, 16, 8)],
                   (24, 40, 56)),
    "transpose_i32": NEST2, "transpose_i8": NEST2, "transpose_bits": NEST2,
    "copy_block_i32": NEST2, "copy_block_i8": NEST2, "add_i8": LINE,
    "softmax_f32": NEST2, "layer_norm_f32": NEST2, "add_row_i32": NEST2,
    "copy_bytes": LINE, "set_bytes": LINE, "add_i32": LINE, "scale_f32": LINE,
    "mul_f32": LINE, "div_f32": LINE, "max_i32": LINE, "convert_i32": LINE,
    "exp_f32": LINE,
    "erf_f32": LINE, "tanh_f32": LINE, "sqrt_f32": LINE,
}
# Kernels with branches on the data or library calls: the counts are a mean.
MEAN = {"softmax_f32", "exp_f32", "erf_f32", "tanh_f32", "sqrt_f32",
        "copy_bytes", "set_bytes", "max_i32"}
MEAN_TOLERANCE = 0.05
# Addresses, so collisions in the cache, depend on the length of paths.
LINES_TOLERANCE = 0.1
# [k, n] of the products of an ALBERT-base layer, a head at a time, and rows,
# k, columns, n of the thesis's tiles of them.
SHAPES = [(768, 64), (64, 128), (128, 64), (768, 768), (768, 3072), (3072, 768)]
TILES = [(64, 768, 64, 64), (128, 64, 128, 128), (128, 128, 64, 64),
         (64, 768, 80, 768), (64, 768, 48, 768), (64, 768, 80, 3072),
         (64, 768, 32, 3072), (16, 3072, 16, 768)]


def missing_tools():
    return [tool for tool in (CLANG, RISCV_GCC, QEMU) if not shutil.which(tool)]


class Counter:
    """Builds a program once; counts what it does between its markers."""

    def __init__(self, directory, sources):
        self.program = os.path.join(directory, "program")
        self.plugin = os.path.join(directory, "plugin.so")
        self.run([CLANG, "-O2", "-shared", "-fPIC", "-o", self.plugin,
                  os.path.join(HERE, "count_plugin.c")])
        self.run([RISCV_GCC, *FLAGS, "-I", HERE, "-o", self.program, *sources,
                  os.path.join(HERE, "core_kernels.c"), "-lm"])
        symbols = dict(reversed(line.split()[::2]) for line in self.run(
            [RISCV_GCC.replace("gcc", "nm"), "--defined-only",
             self.program]).splitlines())
        self.marks = ",".join(f"{key}=0x{symbols['mark_' + key]}"
                              for key in ("begin", "end"))

    @staticmethod
    def run(command, **options):
        done = subprocess.run(command, capture_output=True, text=True,
                              **options)
        if done.returncode:
            sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def count(self, *arguments, what="instructions"):
        """Instructions, or the lines that a first-level cache loads."""
        cache = ",cache=1" if what == "lines" else ""
        out = self.run([QEMU, "-plugin", f"{self.plugin},{self.marks}{cache}",
                        self.program, *map(str, arguments)],
                       env={"PATH": os.environ["PATH"]})
        return int(out.split(what)[1].split()[0])


def solve(rows, values):
    """Exact solution of a small linear system."""
    rows = [[Fraction(x) for x in row] + [Fraction(v)]
            for row, v in zip(rows, values)]
    for i in range(len(rows)):
        pivot = next(j for j in range(i, len(rows)) if rows[j][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for j in range(len(rows)):
            if j != i:
                rows[j] = [a - rows[j][i] * b for a, b in zip(rows[j], rows[i])]
    return [row[-1] for row in rows]


def product(term, sizes):
    value = 1
    for index in term:
        value *= sizes[index]
    return value


def simulate_lines(counter):
    """Lines of one more row of a matmul, by [k, n], and of one tile in the
    second row of tiles."""
    rows, tiles = [], []
    for k, n in SHAPES:
        one, three = (counter.count("matmul_i32", m, k, n, what="lines")
                      for m in (1, 3))
        rows.append({"sizes": [k, n], "each": (three - one) / 2})
    for sizes in TILES:
        count = sizes[3] // sizes[2]
        first, both = (counter.count("driver_tile", *sizes, c, what="lines")
                       for c in (count, 2 * count))
        tiles.append({"sizes": list(sizes),
                      "each": round((both - first) / count, 2)})
    return {"matmul_i32": rows, "driver_tile": tiles}


def count_kernels(directory):
    counter = Counter(directory, [os.path.join(HERE, "count_kernels.c")])
    empty = counter.count("empty", 1)
    kernels = {}
    for name, (terms, points, check) in KERNELS.items():
        measure = lambda sizes: counter.count(name, *sizes) - empty
        coefficients = solve([[product(t, p) for t in terms] for p in points],
                             [measure(p) for p in points])
        predicted = sum(c * product(t, check)
                        for c, t in zip(coefficients, terms))
        measured = measure(check)
        error = abs(predicted - measured) / measured
        if error > (MEAN_TOLERANCE if name in MEAN else 0):
            sys.exit(f"{name}{check}: predicted {float(predicted)}, "
                     f"measured {measured}")
        kernels[name] = {
            "terms": [list(t) for t in terms],
            "instructions": [round(float(c), 4) for c in coefficients],
            "exact": name not in MEAN,
            "check": {"sizes": list(check), "measured": measured,
                      "predicted": round(float(predicted), 1),
                      "lines": counter.count(name, *check, what="lines")}}
    for name, lines in simulate_lines(counter).items():
        kernels[name]["lines"] = lines
    compiler = counter.run([RISCV_GCC, "--version"]).splitlines()[0]
    return {"command": "tools/dev bench thesis-9 --recount",
            "compiler": compiler, "flags": FLAGS,
            "note": "instructions = sum of instructions[i] times the product "
                    "of the sizes named by terms[i]; negative constants of the "
                    "means are rounding of loops the library unrolls. lines: "
                    "16-byte lines that a cache of 32 KB, 8 ways, loads for one "
                    "more row of [k, n] (matmul_i32) or tile (driver_tile)",
            "kernels": kernels}


def load(path=COUNTS):
    with open(path) as file:
        return json.load(file)


def instructions(counts, kernel, sizes):
    row = counts["kernels"][kernel]
    return sum(c * product(t, sizes)
               for c, t in zip(row["instructions"], row["terms"]))


def compare(old, new):
    """One line per kernel whose counts differ."""
    lines = []
    for name in sorted(old["kernels"].keys() | new["kernels"].keys()):
        for what in ("instructions", "lines"):
            a, b = (x["kernels"].get(name, {}).get(what) for x in (old, new))
            if what == "lines" and a and b and all(
                    x["sizes"] == y["sizes"] and
                    abs(x["each"] - y["each"]) <= LINES_TOLERANCE * x["each"] + 1
                    for x, y in zip(a, b)):
                continue
            if a != b:
                lines.append(f"{name}: {a} in counts.json, counted {b}")
    return lines


def require_tools():
    tools = missing_tools()
    if tools:
        sys.exit(f"cannot count: no {', '.join(tools)} (packages clang-22, "
                 "gcc-riscv64-linux-gnu, libc6-dev-riscv64-cross, qemu-user)")


def check_program(source, steps, counts):
    """Prints how far the program is from its steps; they leave out only the
    loops around the calls."""
    require_tools()
    with tempfile.TemporaryDirectory() as directory:
        executed = Counter(directory, [source]).count()
    with open(steps) as file:
        said = sum(step["times"] * instructions(counts, step["kernel"],
                                                step["sizes"])
                   for step in json.load(file)["steps"] if "kernel" in step)
    print(f"executed {executed} instructions, the steps say {said:.0f}: "
          f"{100 * (said - executed) / executed:.3f} % apart")


def recount(write, counts=COUNTS):
    require_tools()
    with tempfile.TemporaryDirectory() as directory:
        new = count_kernels(directory)
    if write:
        with open(COUNTS + ".tmp", "w") as file:
            json.dump(new, file, indent=1)
            file.write("\n")
        os.replace(COUNTS + ".tmp", COUNTS)
        print(f"wrote {COUNTS}: {len(new['kernels'])} kernels")
        return
    old = load(counts)
    lines = compare(old, new)
    if lines and old["compiler"] != new["compiler"]:
        lines.append(f"counts.json is of {old['compiler']}, this is "
                     f"{new['compiler']}")
    print("\n".join(lines) if lines else
          f"{len(new['kernels'])} kernels as in counts.json")
    if lines:
        sys.exit(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--check", action="store_true")
    group.add_argument("--write", action="store_true")
    group.add_argument("--program")
    parser.add_argument("--steps")
    parser.add_argument("--counts", default=COUNTS)
    args = parser.parse_args()
    if args.program:
        check_program(args.program, args.steps, load(args.counts))
    else:
        recount(args.write, args.counts)
