"""Compiles a C driver against the simulator, runs it, and compares its outputs
and its register log, bit by bit, with those of edgebert-run.

    check_driver.py DRIVER.c --inputs=A.npz --outputs=RUN.npz [--log=RUN.eblog]

RUN.npz and RUN.eblog are what `edgebert-run --outputs --log --log-memory` wrote
for the first --limit rows of A.npz. With --riscv64 the driver is compiled for
RISC-V and runs under qemu; the simulator is another process.
"""
import argparse
import os
import re
import subprocess
import sys

import numpy as np


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("driver")
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--outputs", required=True)
    parser.add_argument("--log")
    parser.add_argument("--limit", type=int, default=1)
    parser.add_argument("--machine", default="asic")
    parser.add_argument("--cc", default="clang-22")
    parser.add_argument("--riscv64", action="store_true")
    parser.add_argument("--source", required=True, help="the project's tree")
    parser.add_argument("--build", required=True, help="where it was built")
    parser.add_argument("--asan", action="store_true")
    options = parser.parse_args()

    stem = options.driver[:-len(".c")]
    target = "riscv64" if options.riscv64 else "native"
    harness = os.path.join(options.source, "lib/Target/Harness")

    def out(name):
        return f"{stem}.{target}.{name}"

    def run(command, **keywords):
        done = subprocess.run(command, **keywords)
        if done.returncode:
            sys.exit(f"{command[0]} {' '.join(command[1:3])} ... ended with "
                     f"{done.returncode}")

    warnings = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"]
    sanitize = ["-fsanitize=address,undefined"] if options.asan else []
    hooks = ["-include", f"{harness}/DriverHooks.h",
             f'-DEDGEBERT_DRIVER="{os.path.basename(stem)}.h"',
             f"-I{os.path.dirname(stem) or '.'}"]
    simulator = [f"-L{options.build}/lib", "-lEdgeBERTMachine",
                 "-lEdgeBERTNumerics", "-L/usr/lib/llvm-22/lib", "-lLLVM",
                 "-Wl,-rpath,/usr/lib/llvm-22/lib", "-lm"] + sanitize

    def compile_object(compiler, source, name, flags):
        run([compiler, *warnings, *flags, "-c", source, "-o", out(name)])
        return out(name)

    if options.riscv64:
        run(["riscv64-linux-gnu-gcc", *warnings, *hooks, "-O2",
             "-ffp-contract=off", options.driver, f"{harness}/DriverMain.c",
             f"{harness}/PipedMachine.c", "-static", "-o", out("program"),
             "-lm"])
        server = compile_object(options.cc, f"{harness}/MachineServer.c",
                                "server.o",
                                sanitize + [f"-I{options.source}/include"])
        run(["clang++-22", server, "-o", out("server"), *simulator])
        command = [out("server"), "qemu-riscv64", out("program")]
    else:
        objects = [compile_object(options.cc, options.driver, "driver.o",
                                  hooks + sanitize + ["-O2",
                                                      "-ffp-contract=off"])]
        for name in ("DriverMain", "LinkedMachine"):
            objects.append(compile_object(
                options.cc, f"{harness}/{name}.c", f"{name}.o",
                hooks + sanitize + [f"-I{options.source}/include"]))
        run(["clang++-22", *objects, "-o", out("program"), *simulator])
        command = [out("program")]

    # The table of ports says what to pass.
    with open(options.driver) as file:
        ports = re.findall(r'^    \{"(.*)", "(\w+)", ([01]), (\d+)\},$',
                           file.read(), re.M)
    inputs, expected = np.load(options.inputs), np.load(options.outputs)
    files = []
    for number, (name, dtype, is_output, size) in enumerate(ports):
        files.append(out(f"{number}.raw"))
        if is_output == "0":
            array = inputs[name]
            if array.nbytes != int(size):
                array = array[:options.limit]
            assert array.dtype == np.dtype(dtype), (name, array.dtype, dtype)
            array.tofile(files[-1])
    environment = dict(os.environ, EDGEBERT_MACHINE=options.machine)
    if options.log:
        environment["EDGEBERT_LOG"] = out("eblog")
    run([*command, f"{stem}.bin", *files], env=environment)

    failed = False
    for (name, dtype, is_output, _), path in zip(ports, files):
        if is_output == "0":
            continue
        values = np.fromfile(path, dtype)
        reference = expected[name].ravel()
        assert reference.dtype == values.dtype, (name, reference.dtype)
        bits = f"u{values.itemsize}"
        differing = (values.view(bits) != reference.view(bits)
                     if values.size == reference.size else np.ones(1, bool))
        print(f"{name}: {differing.sum()} of {reference.size} values differ")
        failed |= bool(differing.any())
        for index in np.flatnonzero(differing)[:5]:
            print(f"  [{index}] {values[index]!r}, expected "
                  f"{reference[index]!r}")
    if options.log:
        with open(options.log, "rb") as a, open(out("eblog"), "rb") as b:
            log, other = a.read(), b.read()
        print(f"log of {len(log)} bytes: "
              f"{'equal' if log == other else 'differs'}")
        failed |= log != other
    return failed


if __name__ == "__main__":
    sys.exit(main())
