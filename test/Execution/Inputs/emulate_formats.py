"""Every format, rounding and block rule: a compiled program against the CLI.

emulate_formats.py EDGEBERT-RUN DIRECTORY: both must give the same bits, for
numfmt.choose_metadata and numfmt.emulate. The random stream of the CLI's first
array is computed here a second time.
"""
import os
import subprocess
import sys

import numpy

RUN, DIRECTORY = sys.argv[1:]
FORMATS = ["afp<8,3>", "afp<8,3,paper>", "int<8>", "int<4>", "affine<8>",
           "float<4,3>", "float<4,3,fn>", "float<5,2,saturate>",
           "float<2,1,finite>", "float<4,3,flush>", "float<8,7>", "fixed<3,4>",
           "fixed<8,20>", "bfp<8,7>", "mx<4,3>", "mx<5,2>", "mx<2,1>",
           "posit<8,2>", "posit<16,1>"]
ROUNDINGS = ["stochastic", "ties_away", "ties_up", "toward_zero",
             "nearest_even"]
METADATA = {"afp": "i8", "bfp": "i8", "mx": "i8", "int": "f32",
            "affine": "i64"}
BLOCKS = [("tensor", "", ""), ("axis=1", "axis 1", "96x"),
          ("row", "blocks [1, 0]", "8x1x"),
          ("group=32", "blocks [1, 32]", "8x3x")]


def mix(x):
    x ^= x >> 16
    x = x * 0x7feb352d & 0xffffffff
    x ^= x >> 15
    x = x * 0x846ca68b & 0xffffffff
    return x ^ x >> 16


def stream(seed, tensor):
    low = mix(seed & 0xffffffff ^ mix(tensor & 0xffffffff))
    high = mix(low ^ mix(((seed >> 32) + 0x9e3779b9) & 0xffffffff)
               ^ mix(((tensor >> 32) + 0x85ebca6b) & 0xffffffff))
    value = high << 32 | low
    return value - (1 << 64) if value >> 63 else value


random = numpy.random.default_rng(3)
x = random.standard_normal((8, 96)).astype(numpy.float32) * 3
x.flat[::7] = numpy.round(x.flat[::7] * 16) / 32  # ties
x[3, :8] = [0, -0.0, 1e-30, -1e-40, 0.5, -0.5, 100, -1e-3]
path, arrays, program, out = (os.path.join(DIRECTORY, name) for name in (
    "x.npy", "x.npz", "program.mlir", "out.npz"))
numpy.save(path, x)
numpy.savez(arrays, x=x)

cases = []
for i, kind in enumerate(FORMATS):
    rules = BLOCKS if kind.split("<")[0] in METADATA else BLOCKS[:1]
    other = f"{kind[:-1]},{ROUNDINGS[i % 5]}>"
    cases += [(kind, rules[i % len(rules)]), (other, rules[-1 - i % len(rules)])]
for rounding in ROUNDINGS:
    cases += [(f"int<8,{rounding}>", BLOCKS[0]),
              (f"float<4,3,{rounding}>", BLOCKS[0])]

real, text, results = "tensor<8x96xf32>", [], []
for n, (kind, (_, where, shape)) in enumerate(cases):
    operand, kinds = "", real
    noise = f"stream {stream(9, 0)}" if "stochastic" in kind else ""
    if kind.split("<")[0] in METADATA:
        metadata = f"tensor<{shape}{METADATA[kind.split('<')[0]]}>"
        text.append(f"  %m{n} = numfmt.choose_metadata %x {where} as "
                    f"!numfmt.{kind} : {real} -> {metadata}")
        operand, kinds = f", %m{n}", f"{real}, {metadata}"
    text.append(f"  %y{n} = numfmt.emulate %x{operand} {where} {noise} as "
                f"!numfmt.{kind} : {kinds} -> {real}")
    results.append(f"%y{n}")
kinds = ", ".join([real] * len(results))
named = ", ".join(f"{real} {{edgebert.name = \"y{n}\"}}"
                  for n in range(len(results)))
with open(program, "w") as file:
    file.write(f"func.func @main(%x: {real} {{edgebert.name = \"x\"}}) -> "
               f"({named}) {{\n" + "\n".join(text) +
               f"\n  return {', '.join(results)} : {kinds}\n}}\n")
subprocess.run([RUN, program, "--inputs=" + arrays, "--outputs=" + out],
               check=True, stdout=subprocess.DEVNULL)
got = numpy.load(out)
wrong = 0
for n, (kind, (rule, _, _)) in enumerate(cases):
    reference = os.path.join(DIRECTORY, "y.npy")
    subprocess.run([RUN, f"--emulate={kind}", f"--blocks={rule}", "--seed=9",
                    "--inputs=" + path, "--outputs=" + reference], check=True,
                   stdout=subprocess.DEVNULL)
    y = numpy.load(reference)
    if (got[f"y{n}"].view(numpy.uint32) != y.view(numpy.uint32)).any():
        wrong += 1
        where = (got[f"y{n}"] != y).nonzero()
        print(f"{kind} {rule}: {len(where[0])} differ, {x[where][:3]}: "
              f"{got[f'y{n}'][where][:3]} {y[where][:3]}")
print(f"{len(cases)} cases, {wrong} wrong")
