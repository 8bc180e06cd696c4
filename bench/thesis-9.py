"""Cycles of an ALBERT-base layer on the core, a systolic array, EdgeBERT (thesis 9.6)

    tools/dev bench thesis-9             the table
    tools/dev bench thesis-9 --recount   count the core's instructions again

The programs are lowered from the model form by edgebert-write-baseline. What
the core executes is counted (baselines/counts.json), hardware has the cycles of
the machine description, and two costs that no source gives are fitted to the
two speedups the thesis reports for its own EdgeBERT program. With those costs
our compiler's program runs on the simulator.
"""
import argparse
import json
import os
import sys

from report import BUILD, ROOT, Report, run, tool

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "baselines"))
import core_model
import recount
from core_model import Work

CPU_RATIO, SYSTOLIC_RATIO = 64.1, 2.12  # thesis 9.6.2 and its introduction
MODULES = ["attention", "post-processing", "ffn"]
CATEGORIES = ["register", "read", "write", "compute", "malloc", "memset",
              "transpose"]
PROGRAMS = ["core", "systolic", "thesis-driver"]
# The baselines leave these out (thesis 9.5.8), which favours them.
OMITTED = {"core": {"softmax", "layer norm"},
           "systolic": {"softmax", "layer norm"}, "thesis-driver": set()}
# The simulator's kinds of cycles as the thesis's columns. It does not tell a
# re-layout from the transpose of the keys: both are "transpose". Interrupts
# are split over the commands that raise them.
REPORTED = {"register write": "register", "register read": "register",
            "dma read": "read", "dma write": "write", "compute": "compute",
            "host copy": "memset", "host memset": "memset",
            "host malloc": "malloc", "host transpose": "transpose",
            "host expand": "transpose",
            "host op": "compute", "host lookup": "compute"}
LOADS = ("mask_load", "input_load", "aux_load")
STORES = ("mask_store", "input_store", "aux_store")

OUT = os.path.join(BUILD, "bench", "thesis-9")


def make_model(name, *options):
    """Paths of a model and its inputs."""
    os.makedirs(OUT, exist_ok=True)
    model, inputs = (os.path.join(OUT, name + end) for end in (".onnx", ".npz"))
    run(["/usr/bin/python3",
         os.path.join(ROOT, "bench", "models", "make_albert_layer.py"), model,
         inputs, *options])
    return model, inputs


def lower(model, program):
    """The baseline's steps."""
    imported = os.path.splitext(model)[0] + ".mlirbc"
    run([tool("edgebert-translate"), "--import-onnx", model, "--emit-bytecode",
         "-o", imported])
    return json.loads(run(
        [tool("edgebert-opt"), imported, "-o", "/dev/null",
         f"--edgebert-write-baseline=program={program}"]))


def count_layer(path):
    """Executes the core's program of the whole layer."""
    for form, end in (("c", ".c"), ("json", ".json")):
        run([tool("edgebert-opt"), path + ".mlirbc", "-o", "/dev/null",
             "--edgebert-write-baseline=program=core "
             f"format={form} output={path}{end}"])
    recount.check_program(path + ".c", path + ".json", recount.load())


def work_of(counts, program, omitted):
    """Work by module and category."""
    table = {m: {c: Work() for c in CATEGORIES} for m in MODULES}
    for step in program["steps"]:
        if step["kind"] not in omitted:
            row = table[step["module"]]
            row[step["category"]] += Work.of_step(counts, step)
    return table


def total(table):
    return sum((work for row in table.values() for work in row.values()),
               Work())


def cycles_of(table, costs):
    return {m: {c: work.cycles(costs) for c, work in row.items()}
            for m, row in table.items()}


def write_machine(counts, costs):
    """The asic machine with the fitted core as its host."""
    path = os.path.join(OUT, "fitted-core.yaml")
    lines = ["# asic with the core fitted by tools/dev bench thesis-9",
             "base: asic", "host:"]
    lines += [f"  {key}: {value:.6f}"
              for key, value in core_model.host_costs(counts, costs).items()]
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    return path


def categorise(cycles, commands):
    """A report's cycles as the thesis's columns."""
    row = dict.fromkeys(CATEGORIES, 0)
    cycles = dict(cycles)
    interrupts = cycles.pop("interrupt", 0)
    for kind, value in cycles.items():
        if kind not in REPORTED:
            sys.exit(f"the report has cycles of the kind '{kind}', which this "
                     f"bench does not know; it knows {', '.join(REPORTED)}")
        row[REPORTED[kind]] += value
    count = max(1, sum(commands.values()))
    loads = sum(commands[name] for name in LOADS)
    stores = sum(commands[name] for name in STORES)
    row["read"] += interrupts * loads / count
    row["write"] += interrupts * stores / count
    row["compute"] += interrupts * (count - loads - stores) / count
    return row


def simulate(model, inputs, machine, schedule="best"):
    """The report of the command form, and the command that makes it."""
    out = os.path.splitext(model)[0] + "-" + schedule
    run([tool("edgebert-compile"), model, "--calibrate=" + inputs, "-o", out,
         "--bytecode", "--schedule=" + schedule])
    command = [tool("edgebert-run"), out + "/command.mlirbc",
               "--inputs=" + inputs, "--outputs=" + out + "/y.npz",
               "--machine=" + machine, "--report=" + out + "/report.json"]
    run(command)
    with open(out + "/report.json") as file:
        return json.load(file), command


def compiled(model, inputs, core, machine):
    """Our compiler's program: cycles by module and category, and the command.
    An operation is in the module in which the program `core` has it, else (the
    encoding of the input) in that of the operation before."""
    report, command = simulate(model, inputs, machine)
    modules = {step["op"]: step["module"] for step in core["steps"]}
    table = {m: dict.fromkeys(CATEGORIES, 0) for m in MODULES}
    module = MODULES[0]
    for operation in report["operations"]:
        module = modules.get(operation["name"], module)
        row = categorise(operation["cycles"], operation["commands"])
        for category, cycles in row.items():
            table[module][category] += cycles
    if round(layer_cycles(table)) != report["totals"]["cycles_total"]:
        sys.exit(f"the operations take {layer_cycles(table)} cycles, the report "
                 f"says {report['totals']['cycles_total']}")
    return table, command


def show(title, table):
    print(f"\n{title}")
    print(f"{'M cycles':16}" + "".join(f"{c:>11}" for c in CATEGORIES) +
          f"{'total':>11}")
    rows = list(table.items())
    rows.append(("layer", {c: sum(row[c] for _, row in rows)
                           for c in CATEGORIES}))
    for name, row in rows:
        values = [row[c] for c in CATEGORIES]
        print(f"{name:16}" + "".join(f"{v / 1e6:11.2f}"
                                     for v in values + [sum(values)]))


def layer_cycles(table):
    return sum(sum(row.values()) for row in table.values())


def check_statements(tables):
    """What the thesis says of its measurements, and whether it holds here."""
    module = {p: {m: sum(row.values()) for m, row in table.items()}
              for p, table in tables.items()}
    column = {p: {c: sum(row[c] for row in table.values()) for c in CATEGORIES}
              for p, table in tables.items()}
    driver, array = column["thesis-driver"], column["systolic"]
    moving = sum(driver[c] for c in ("read", "write", "malloc", "memset",
                                     "transpose"))
    statements = [
        ("the FFN takes longest", all(m["ffn"] == max(m.values())
                                      for m in module.values())),
        ("attention takes least", all(m["attention"] == min(m.values())
                                      for m in module.values())),
        ("moving data dominates EdgeBERT", moving > sum(driver.values()) / 2),
        ("the systolic array computes longer", array["compute"] >
         driver["compute"]),
        ("its registers take far longer", array["register"] >
         3 * driver["register"]),
    ]
    print("\nWhat the thesis observes (9.6.2), in this model:")
    for text, holds in statements:
        print(f"  {'holds' if holds else 'DIFFERS':8} {text}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recount", action="store_true",
                        help="count the core's instructions and write "
                        "baselines/counts.json")
    if parser.parse_args().recount:
        recount.recount(write=True)
        model, _ = make_model("thesis", "--thesis")
        lower(model, "core")
        return count_layer(os.path.splitext(model)[0])
    counts = recount.load()
    report = Report("thesis-9")
    bench = "tools/dev bench thesis-9"

    model, inputs = make_model("thesis", "--thesis")
    programs = {p: lower(model, p) for p in PROGRAMS}
    works = {p: work_of(counts, programs[p], OMITTED[p]) for p in PROGRAMS}
    sums = {p: total(table) for p, table in works.items()}
    costs = core_model.fit(sums["core"], sums["systolic"],
                           sums["thesis-driver"], CPU_RATIO, SYSTOLIC_RATIO)
    if costs.line < 0 or costs.invocation < 0:
        sys.exit(f"no costs give the thesis's speedups: a line would cost "
                 f"{costs.line:.1f} cycles, an invocation "
                 f"{costs.invocation:.1f}")
    tables = {p: cycles_of(works[p], costs) for p in PROGRAMS}
    layer = {p: layer_cycles(table) for p, table in tables.items()}
    machine = write_machine(counts, costs)
    tables["compiled"], command = compiled(model, inputs, programs["core"],
                                           machine)
    layer["compiled"] = layer_cycles(tables["compiled"])

    macs = programs["core"]["layer"]["macs"]
    print(f"ALBERT-base layer as in the thesis (no bias, no GELU), 128 tokens, "
          f"{macs / 1e6:.0f} M MACs")
    show("(a) Ariane core alone (softmax and layer norm left out, as in the "
         "thesis)", tables["core"])
    show("(b) 32x32 systolic array and the core (the same left out)",
         tables["systolic"])
    show("(c) EdgeBERT, the thesis's program (9.5.4), everything included",
         tables["thesis-driver"])
    show("(d) EdgeBERT, this compiler's program on the simulator, with the same "
         "core (transpose: re-layouts too; compute: encoding too)",
         tables["compiled"])

    ratios = {"cpu_over_edgebert": (layer["core"], "thesis-driver", CPU_RATIO),
              "systolic_over_edgebert": (layer["systolic"], "thesis-driver",
                                         SYSTOLIC_RATIO),
              "cpu_over_compiled": (layer["core"], "compiled", None),
              "systolic_over_compiled": (layer["systolic"], "compiled", None),
              "thesis_driver_over_compiled": (layer["thesis-driver"],
                                              "compiled", None)}
    for metric, (cycles, base, thesis) in ratios.items():
        report.add(metric, cycles / layer[base], "x", bench,
                   thesis and "thesis, fitted to it", thesis)

    print("\nParameters")
    for text, source in [
            ("1 cycle per instruction",
             "single issue (CVA6 documentation); stalls are in the next"),
            (f"{costs.line:.1f} cycles per cache line from beyond L1",
             "fitted to 64.1x; with the other stalls of the core"),
            (f"{costs.invocation:.0f} cycles per call of the systolic array",
             "fitted to 2.12x; what its driver, coherence, interrupts cost"),
            ("instructions per iteration",
             f"counted under qemu, {counts['compiler'].split()[0]} "
             f"{' '.join(counts['flags'])} ({counts['command']})"),
            ("cache lines", "simulated in the same way: L1 of 32 KB, 8 ways, "
             "16-byte lines (CVA6 documentation)"),
            ("EdgeBERT's operations, transfers, register writes",
             "fact sheet 5.9; the thesis's program: thesis 9.5.4, fact sheet "
             "7.2, 7.3"),
            ("array: 32x32 tiles of bytes, 4 commands per call",
             "thesis 9.6.2, ESP's driver of hu_sysarray"),
            ("array: fill 32 + stream 32 + drain 62 cycles per tile",
             "textbook, thesis 2.7"),
            ("array: its transfers cost as EdgeBERT's", "assumed"),
            ("200 cycles per allocation", "assumed (machine description)")]:
        print(f"  {text:54} {source}")
    residual = max(abs(layer[p] / layer["thesis-driver"] / r - 1)
                   for p, r in (("core", CPU_RATIO),
                                ("systolic", SYSTOLIC_RATIO)))
    print(f"  residual of the fit: {residual:.1e} (two parameters, two ratios)")
    loop = counts["kernels"]["matmul_i32"]["instructions"][-1]
    print(f"  the core takes {layer['core'] / macs:.1f} cycles per MAC")
    print(f"  (for (d) to be 64.1x faster it would have to take "
          f"{CPU_RATIO * layer['compiled'] / macs:.1f}, but its inner loop alone "
          f"has {loop:.0f} instructions: the thesis's ratios are those of (c))")
    check_statements({p: tables[p] for p in PROGRAMS})

    whole, inputs = make_model("whole")
    print("\nThe whole layer (bias, scale, softmax, layer norm and GELU "
          "everywhere), same costs")
    whole_layer = {}
    for p in ("core", "systolic"):
        program = lower(whole, p)
        table = cycles_of(work_of(counts, program, set()), costs)
        show({"core": "(a) core", "systolic": "(b) systolic array"}[p], table)
        whole_layer[p] = layer_cycles(table)
    table, command = compiled(whole, inputs, program, machine)
    show("(d) EdgeBERT, this compiler's program", table)
    for p, name in (("core", "cpu_over_best"), ("systolic", "systolic_over_best")):
        report.add(name, whole_layer[p] / layer_cycles(table),
                   "x (whole layer)", bench)

    print("\nThe same layer by schedule, costs of the shipped machine")
    totals = {}
    for schedule in ("thesis", "greedy", "best"):
        run_report, _ = simulate(whole, inputs, "asic", schedule)
        totals[schedule] = run_report["totals"]["cycles_total"]
        report.add(f"{schedule}_cycles", totals[schedule], "cycles", bench)
        print(f"  {schedule:8} {totals[schedule] / 1e6:8.2f} M cycles")
    for other in ("thesis", "greedy"):
        report.add(f"best_over_{other}_cycles",
                   totals["best"] / totals[other],
                   f"ratio (this compiler's {other} schedule)", bench)
    report.add("best_over_thesis_driver_cycles",
               layer_cycles(tables["compiled"]) /
               layer_cycles(tables["thesis-driver"]),
               "ratio (the thesis's program with its memsets, fitted costs)",
               bench)

    report.add("fitted_line_cycles", costs.line, "cycles (fitted)", bench)
    report.add("fitted_invocation_cycles", costs.invocation,
               "cycles (fitted)", bench)
    report.add("fit_residual", residual, "relative", bench)
    report.add("macs", macs, "MACs", bench)
    for p, table in tables.items():
        for m, row in table.items():
            for c, value in row.items():
                report.add(f"{p.replace('-', '_')}_{m.replace('-', '_')}_{c}",
                           round(value), "cycles",
                           command if p == "compiled" else bench)
    print()
    report.finish()


if __name__ == "__main__":
    main()
