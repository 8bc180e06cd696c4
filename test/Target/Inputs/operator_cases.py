"""Writes a program of one linalg operation per operator of a C driver's host
part, and arrays on which wrong operators show: MODULE.mlir ARRAYS.npz.

Every operator is applied to random and to adversarial values: ends of ranges,
both zeros, infinities, NaN, denormals, ties of rounding.
"""
import sys

import numpy as np

COUNT = 37  # no multiple of a vector's lanes
INTEGERS = {"i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64}
FLOATS = {"f32": np.float32, "f64": np.float64}

BINARY_INTEGER = ["addi", "subi", "muli", "andi", "ori", "xori", "maxsi",
                  "minsi", "maxui", "minui"]
DIVISIONS = ["divsi", "divui", "remsi", "remui", "ceildivsi", "ceildivui",
             "floordivsi"]
SHIFTS = ["shli", "shrui", "shrsi"]
BINARY_FLOAT = ["addf", "subf", "mulf", "divf", "maximumf", "minimumf"]
ORDERS = ["eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge"]
FLOAT_ORDERS = ["oeq", "ogt", "oge", "olt", "ole", "one", "ord", "ueq", "ugt",
                "uge", "ult", "ule", "une", "uno"]
# Exact, or expanded alike for both (edgebert-expand-math).
UNARY = ["absf", "ceil", "floor", "round", "roundeven", "trunc", "sqrt",
         "rsqrt"]
EXPANDED = ["erf", "exp", "expm1", "log", "log1p", "log2", "sin", "cos",
            "tanh", "atan"]
REDUCTIONS = {"f32": ["addf", "mulf", "maximumf", "minimumf"],
              "f64": ["addf"],
              "i32": ["addi", "muli", "maxsi", "minui", "andi", "ori", "xori"]}

ARGUMENTS, RESULTS, BODY, ARRAYS = [], [], [], {}
random = np.random.default_rng(3)


def argument(type_, values, shape=None):
    name = f"a{len(ARGUMENTS)}"
    values = np.asarray(values)
    shape = "x".join(map(str, values.shape))
    ARGUMENTS.append((name, f"memref<{shape}x{type_}>"))
    ARRAYS[name] = values
    return ARGUMENTS[-1]


def operation(inputs, result, lines, count=COUNT):
    """out = f(inputs), element by element; lines compute %r from %x0, %x1."""
    output = (f"%r{len(RESULTS)}", f"memref<{count}x{result}>")
    RESULTS.append(output)
    maps = ", ".join(["affine_map<(d) -> (d)>"] * (len(inputs) + 1))
    scalars = [kind.split("x")[-1][:-1] for _, kind in inputs]
    arguments = ", ".join(f"%x{i}: {kind}" for i, kind in enumerate(scalars))
    BODY.append(
        f"  {output[0]} = memref.alloc() : {output[1]}\n"
        f"  linalg.generic {{indexing_maps = [{maps}], "
        f'iterator_types = ["parallel"]}}\n'
        f"    ins({', '.join('%' + name for name, _ in inputs)} : "
        f"{', '.join(kind for _, kind in inputs)}) "
        f"outs({output[0]} : {output[1]}) {{\n"
        f"  ^bb0({arguments}, %o: {result}):\n    " + "\n    ".join(lines)
        + f"\n    linalg.yield %r : {result}\n  }}")


def integers(dtype):
    info = np.iinfo(dtype)
    special = np.array([0, 1, -1, 2, 3, 7, info.min, info.max, info.min + 1,
                        info.max - 1], dtype)
    rest = random.integers(info.min, info.max, COUNT - special.size,
                           dtype=dtype, endpoint=True)
    values = np.concatenate([special, rest])
    return random.permutation(values)


def floats(dtype):
    tiny = np.finfo(dtype).tiny
    special = np.array([0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 0.5, 1.5,
                        -2.5, tiny, -tiny / 4, np.finfo(dtype).max, 1e-3],
                       dtype)
    rest = random.normal(size=COUNT - special.size).astype(dtype) * 4
    return random.permutation(np.concatenate([special, rest]))


def add_integers():
    for type_, dtype in INTEGERS.items():
        a = argument(type_, integers(dtype))
        b = argument(type_, integers(dtype))
        divisor = integers(dtype)
        divisor[(divisor == 0) | (divisor == -1)] = 3
        d = argument(type_, divisor)
        bits = np.iinfo(dtype).bits
        s = argument(type_, random.integers(0, bits, COUNT).astype(dtype))
        for names, other in ((BINARY_INTEGER, b), (DIVISIONS, d), (SHIFTS, s)):
            for name in names:
                operation([a, other], type_,
                          [f"%r = arith.{name} %x0, %x1 : {type_}"])
        for order in ORDERS:
            operation([a, b], "i1",
                      [f"%r = arith.cmpi {order}, %x0, %x1 : {type_}"])
        operation([a], type_, [f"%r = math.absi %x0 : {type_}"])
        operation([a], "i1", [f"%r = arith.trunci %x0 : {type_} to i1"])
        operation([a, b], type_, [
            f"%c = arith.cmpi slt, %x0, %x1 : {type_}",
            f"%r = arith.select %c, %x1, %x0 : {type_}"])
        for name in ("sitofp", "uitofp"):
            for to in FLOATS:
                operation([a], to, [f"%r = arith.{name} %x0 : {type_} to {to}"])
        for to, wide in INTEGERS.items():
            if np.iinfo(wide).bits > bits:
                for name in ("extsi", "extui"):
                    operation([a], to,
                              [f"%r = arith.{name} %x0 : {type_} to {to}"])
                w = argument(to, integers(wide))
                operation([w], type_,
                          [f"%r = arith.trunci %x0 : {to} to {type_}"])
        for name in ("index_cast", "index_castui"):
            operation([a, b], type_, [
                f"%i = arith.{name} %x0 : {type_} to index",
                f"%j = arith.{name} %x1 : {type_} to index",
                "%k = arith.maxsi %i, %j : index",
                f"%r = arith.{name} %k : index to {type_}"])
    flag = argument("i1", random.integers(0, 2, COUNT).astype(bool))
    for name in ("extsi", "extui"):
        operation([flag], "i32", [f"%r = arith.{name} %x0 : i1 to i32"])
    operation([flag], "f32", ["%r = arith.uitofp %x0 : i1 to f32"])
    operation([flag], "f32", ["%r = arith.sitofp %x0 : i1 to f32"])
    other = argument("i1", random.integers(0, 2, COUNT).astype(bool))
    for name in ("andi", "ori", "xori"):
        operation([flag, other], "i1", [f"%r = arith.{name} %x0, %x1 : i1"])


def add_floats():
    for type_, dtype in FLOATS.items():
        a, b = (argument(type_, floats(dtype)) for _ in range(2))
        for name in BINARY_FLOAT:
            operation([a, b], type_,
                      [f"%v = arith.{name} %x0, %x1 : {type_}",
                       *quiet(type_)])
        operation([a], type_, [f"%v = arith.negf %x0 : {type_}",
                               *quiet(type_)])
        for order in FLOAT_ORDERS:
            operation([a, b], "i1",
                      [f"%r = arith.cmpf {order}, %x0, %x1 : {type_}"])
        for name in UNARY:
            operation([a], type_, [f"%v = math.{name} %x0 : {type_}",
                                   *quiet(type_)])
        operation([a, b], type_, [f"%v = math.copysign %x0, %x1 : {type_}",
                                  *quiet(type_)])
        operation([a, b], type_, [f"%v = math.fma %x0, %x1, %x0 : {type_}",
                                  *quiet(type_)])
        # a * b + c rounds twice.
        operation([a, b], type_, [f"%m = arith.mulf %x0, %x1 : {type_}",
                                  f"%v = arith.addf %m, %x0 : {type_}",
                                  *quiet(type_)])
        small = argument(type_, random.uniform(0, 120, COUNT).astype(dtype))
        for to in INTEGERS:
            for name in ("fptosi", "fptoui"):
                operation([small], to,
                          [f"%r = arith.{name} %x0 : {type_} to {to}"])
        whole = "i32" if type_ == "f32" else "i64"
        operation([a], whole, [f"%r = arith.bitcast %x0 : {type_} to {whole}"])
        bits = argument(whole, integers(INTEGERS[whole]))
        operation([bits], type_,
                  [f"%r = arith.bitcast %x0 : {whole} to {type_}"])
    x = argument("f32", floats(np.float32))
    positive = argument("f32", np.abs(floats(np.float32)))
    for name in EXPANDED:
        source = positive if name.startswith("log") else x
        if name in ("sin", "cos"):
            source = argument("f32", random.normal(size=COUNT).astype("f") * 9)
        operation([source], "f32", [f"%v = math.{name} %x0 : f32",
                                    *quiet("f32")])
    operation([x], "f64", ["%v = arith.extf %x0 : f32 to f64", *quiet("f64")])
    y = argument("f64", floats(np.float64))
    operation([y], "f32", ["%v = arith.truncf %x0 : f64 to f32",
                           *quiet("f32")])


def quiet(type_):
    """Which NaN comes out of an operation is nobody's promise."""
    return [f"%n = arith.cmpf uno, %v, %v : {type_}",
            f"%z = arith.constant 1.25 : {type_}",
            f"%r = arith.select %n, %z, %v : {type_}"]


def add_reductions():
    for type_, names in REDUCTIONS.items():
        for rows, columns in ((3, 53), (2, 16), (1, 7)):
            if type_ in FLOATS:
                values = random.normal(size=(rows, columns))
            else:
                values = random.integers(-2**31, 2**31, (rows, columns))
            dtype = {**INTEGERS, **FLOATS}[type_]
            a = argument(type_, values.astype(dtype))
            for name in names:
                for along, count in ((1, rows), (0, columns)):
                    reduction(a, type_, name, along, count)


def reduction(array, type_, name, along, count):
    output = (f"%r{len(RESULTS)}", f"memref<{count}x{type_}>")
    RESULTS.append(output)
    kept = "d0" if along else "d1"
    kinds = ('"parallel", "reduction"' if along else '"reduction", "parallel"')
    start = "1.0" if type_ in FLOATS else "1"
    BODY.append(
        f"  {output[0]} = memref.alloc() : {output[1]}\n"
        f"  %c{len(RESULTS)} = arith.constant {start} : {type_}\n"
        f"  linalg.fill ins(%c{len(RESULTS)} : {type_}) "
        f"outs({output[0]} : {output[1]})\n"
        f"  linalg.generic {{indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>"
        f", affine_map<(d0, d1) -> ({kept})>], iterator_types = [{kinds}]}}\n"
        f"    ins(%{array[0]} : {array[1]}) "
        f"outs({output[0]} : {output[1]}) {{\n"
        f"  ^bb0(%x: {type_}, %o: {type_}):\n"
        f"    %r = arith.{name} %o, %x : {type_}\n"
        f"    linalg.yield %r : {type_}\n  }}")


def main(module, arrays):
    add_integers()
    add_floats()
    add_reductions()
    arguments = ", ".join(f'%{name}: {kind} {{edgebert.name = "{name}"}}'
                          for name, kind in ARGUMENTS)
    results = ", ".join(kind for _, kind in RESULTS)
    with open(module, "w") as file:
        file.write(f"func.func @main({arguments}) -> ({results}) {{\n"
                   + "\n".join(BODY) + "\n  return "
                   + ", ".join(name for name, _ in RESULTS)
                   + f" : {results}\n}}\n")
    np.savez(arrays, **ARRAYS)
    print(f"{len(RESULTS)} operations")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
