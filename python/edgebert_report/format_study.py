#!/usr/bin/env python3
"""Which number format a model needs: accuracy by format, and the fewest bits.

format_study.py MODEL DATA.npz --labels=ARRAY [--bind=INPUT=ARRAY]
                [--formats='F G ...'] [--search=FAMILY,...]
                [--report=FILE.json] [--plot=FILE.png]

MODEL is an .onnx or the model form (.mlir, .mlirbc); DATA has its inputs and a
class for each row. Weights and activations of every matrix product and
convolution are rounded (--weights=0, --activations=0: not), under metadata for
each tensor or, with --weight-blocks and --activation-blocks, for each block.

--formats evaluates formats as they are spelled in types, separated by spaces.
--search looks for the
narrowest format of a family (fixed, float, afp, bfp, int, posit) that loses at
most --threshold points of accuracy (thesis 8.5.1): bisection over the width,
as more bits do not hurt; at each width over all radix points, starting from
those near the last good one, as accuracy is not monotone in the radix. At the
width found, every radix is evaluated and the best is reported.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

# Family: range of widths, and the formats of one width by radix.
FAMILIES = {
    "fixed": (2, 32, lambda n: {f: f"fixed<{n - 1 - f},{f}>"
                                for f in range(n)}),
    "float": (4, 31, lambda n: {m: f"float<{n - 1 - m},{m}>"
                                for m in range(1, 23) if 2 <= n - 1 - m <= 8}),
    "afp": (2, 16, lambda n: {n - 1 - e: f"afp<{n},{e}>"
                              for e in range(1, min(n - 1, 7) + 1)}),
    "bfp": (2, 16, lambda n: {n - 1: f"bfp<8,{n - 1}>"}),
    "int": (2, 16, lambda n: {n - 1: f"int<{n}>"}),
    "posit": (3, 24, lambda n: {es: f"posit<{n},{es}>" for es in range(4)
                                if (n - 2) << es <= 126}),
}


def find_tool(name, directory):
    for place in (directory, os.path.join(os.path.dirname(os.path.abspath(
            __file__)), "..", "..", "build", "bin")):
        if place and os.path.exists(os.path.join(place, name)):
            return os.path.join(place, name)
    return name


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"format_study.py: {' '.join(command)}\n{done.stderr}")
    return done.stdout


class Study:
    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.opt, self.run, compiler = (
            find_tool(name, options.tools) for name in (
                "edgebert-opt", "edgebert-run", "edgebert-compile"))
        self.model, self.known = options.model, {}
        if options.model.endswith(".onnx"):
            run([compiler, options.model, "-o", directory, "--bytecode",
                 "--emit=model"])
            self.model = os.path.join(directory, "model.mlirbc")

    def accuracy(self, kind=None):
        """Per cent of the rows; f32 without a format."""
        if kind in self.known:
            return self.known[kind]
        program = self.model
        if kind:
            options = []
            for what, blocks in (("weights", self.options.weight_blocks),
                                 ("activations",
                                  self.options.activation_blocks)):
                if getattr(self.options, what):
                    options += [f"{what}={kind}",
                                f"{what[:-1]}-blocks={blocks}"]
            program = os.path.join(self.directory, "emulated.mlirbc")
            run([self.opt, self.model, "--numfmt-emulate=" + " ".join(options),
                 "--emit-bytecode", "-o", program])
        command = [self.run, program, "--inputs=" + self.options.data,
                   "--labels=" + self.options.labels]
        command += [f"--bind={binding}" for binding in self.options.bind]
        if self.options.limit:
            command.append(f"--limit={self.options.limit}")
        match = re.search(r"accuracy: ([\d.]+) % of (\d+)", run(command))
        if not match:
            sys.exit("format_study.py: expected an accuracy of " + program)
        self.known[kind] = float(match.group(1))
        self.rows = int(match.group(2))
        print(f"{kind or 'f32':>20}  {self.known[kind]:6.2f} %", flush=True)
        return self.known[kind]

    def search(self, family):
        """The result and the log of one family."""
        least, most, formats_of = FAMILIES[family]
        bound = self.accuracy() - self.options.threshold
        near, tried = None, []

        def passes(width):
            nonlocal near
            candidates = formats_of(width)
            middle = near if near is not None else width // 2
            for radix in sorted(candidates, key=lambda r: (abs(r - middle), r)):
                accuracy = self.accuracy(candidates[radix])
                tried.append({"format": candidates[radix], "width": width,
                              "radix": radix, "accuracy": accuracy})
                if accuracy >= bound:
                    near = radix
                    return True
            return False

        low, high, good = least, most, None
        while low <= high:
            width = (low + high) // 2
            if passes(width):
                good, high = width, width - 1
            else:
                low = width + 1
        best = None
        if good is not None:
            for radix, kind in formats_of(good).items():
                accuracy = self.accuracy(kind)
                if best is None or accuracy > best["accuracy"]:
                    best = {"format": kind, "width": good, "radix": radix,
                            "accuracy": accuracy}
        return {"family": family, "best": best, "tried": tried}


def plot(report, path):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    kinds = [row["format"] for row in report["formats"]]
    figure, axes = pyplot.subplots(figsize=(7, 1.5 + 0.3 * len(kinds)))
    axes.barh(kinds[::-1], [row["accuracy"] for row in report["formats"]][::-1])
    axes.axvline(report["f32"], color="black", linestyle="--",
                 label=f"f32: {report['f32']:.2f} %")
    axes.set_xlabel(f"accuracy of {report['rows']} rows, per cent")
    axes.legend(loc="lower left")
    figure.tight_layout()
    # The name's end decides the kind of picture.
    part = os.path.splitext(path)
    part = part[0] + ".part" + (part[1] or ".png")
    figure.savefig(part)
    os.replace(part, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("data")
    parser.add_argument("--labels", default="labels")
    parser.add_argument("--bind", action="append", default=[],
                        help="INPUT=ARRAY, as of edgebert-run")
    parser.add_argument("--formats", default="")
    parser.add_argument("--search", default="")
    parser.add_argument("--threshold", type=float, default=1.0,
                        help="points of accuracy that may be lost")
    parser.add_argument("--limit", type=int, default=0, help="rows to run")
    parser.add_argument("--weights", type=int, default=1)
    parser.add_argument("--activations", type=int, default=1)
    parser.add_argument("--weight-blocks", default="tensor")
    parser.add_argument("--activation-blocks", default="tensor")
    parser.add_argument("--report", help="FILE.json")
    parser.add_argument("--plot", help="FILE.png or .svg")
    parser.add_argument("--tools", help="where edgebert-opt is")
    options = parser.parse_args()
    families = [name for name in options.search.split(",") if name]
    for name in families:
        if name not in FAMILIES:
            parser.error(f"--search: expected some of {', '.join(FAMILIES)}, "
                         f"got '{name}'")
    formats = options.formats.split()
    with tempfile.TemporaryDirectory() as directory:
        study = Study(options, directory)
        report = {"model": options.model, "data": options.data,
                  "f32": study.accuracy(),
                  "formats": [{"format": kind, "accuracy": study.accuracy(kind)}
                              for kind in formats],
                  "search": [study.search(name) for name in families],
                  "rows": study.rows}
    for found in report["search"]:
        best = found["best"]
        print(f"{found['family']}: " + (
            f"{best['format']}, {best['width']} bits, {best['accuracy']:.2f} %"
            if best else "no format is good enough") +
            f" ({len(found['tried'])} formats tried)")
    if options.report:
        with open(options.report + ".part", "w") as file:
            json.dump(report, file, indent=1)
            file.write("\n")
        os.replace(options.report + ".part", options.report)
    if options.plot:
        plot(report, options.plot)


if __name__ == "__main__":
    main()
