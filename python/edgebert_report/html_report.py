#!/usr/bin/env python3
"""Turn a report of edgebert-run into an HTML page with plots.

    html_report.py REPORT.json OUT.html

The page has no links to elsewhere: plots are inline SVG. Needs Debian's
python3-matplotlib.
"""
import html
import io
import json
import math
import os
import re
import sys
import tempfile

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402 (the backend comes first)

# The same file from the same report.
matplotlib.rcParams["svg.hashsalt"] = "edgebert"
matplotlib.rcParams["font.size"] = 9
COLORS = {"compute": "#3b6fb6", "dma": "#e0843a", "host": "#8a8a8a"}
HOST = ("register write", "register read", "interrupt", "host copy",
        "host transpose", "host op", "host expand")


def fail(message):
    sys.exit(os.path.basename(sys.argv[0]) + ": " + message)


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        fail(f"{path}: {error}")


def read(path):
    report = load(path)
    if "operations" not in report:
        fail(f"{path}: expected the report of a run in the scheduled or "
             f"command form, which has 'operations'; got the "
             f"{report.get('form', '?')} form")
    return report


def shares(operation):
    cycles = operation["cycles"]
    return {"compute": cycles["compute"],
            "dma": cycles["dma read"] + cycles["dma write"],
            "host": sum(cycles[kind] for kind in HOST)}


def svg(figure):
    text = io.StringIO()
    figure.savefig(text, format="svg", bbox_inches="tight",
                   metadata={"Date": None})
    plt.close(figure)
    # What precedes the element only matters in a file of its own.
    return re.sub(r"^.*?(?=<svg)", "", text.getvalue(), flags=re.S)


def plot_cycles(operations, rows):
    figure, axes = plt.subplots(figsize=(9, 0.6 + 0.24 * len(operations)))
    names = [operation["name"] or "(no name)" for operation in operations]
    left = [0.0] * len(operations)
    for part, color in COLORS.items():
        width = [shares(operation)[part] / rows / 1e3
                 for operation in operations]
        axes.barh(range(len(names)), width, left=left, color=color,
                  label=part)
        left = [a + b for a, b in zip(left, width)]
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("thousand cycles per inference")
    axes.legend(loc="lower right")
    return svg(figure)


def roofline(operations, report):
    """Points of the roofline: (name, MACs per byte, MACs per cycle, bound).

    Cycles are those of the chip (compute and transfers), since the host is
    not what the roofs are about.
    """
    points = []
    for operation in operations:
        moved = operation["bytes_in"] + operation["bytes_out"]
        parts = shares(operation)
        cycles = parts["compute"] + parts["dma"]
        if operation["macs"] and moved and cycles:
            points.append((operation["name"], operation["macs"] / moved,
                           operation["macs"] / cycles, operation["bound"]))
    return points


def plot_roofline(operations, report):
    points = roofline(operations, report)
    if not points:
        return "<p>no operation has multiply-accumulates</p>"
    peak, bus = report["peak_macs_per_cycle"], report["bus_bytes_per_cycle"]
    figure, axes = plt.subplots(figsize=(9, 4.5))
    low = min(0.5 * min(p[1] for p in points), 0.25 * peak / bus)
    high = max(2 * max(p[1] for p in points), 4 * peak / bus)
    axes.plot([low, peak / bus, high], [low * bus, peak, peak], color="black",
              label=f"{peak} MACs/cycle, {bus} bytes/cycle")
    for part, color in COLORS.items():
        some = [p for p in points if p[3] == part]
        axes.scatter([p[1] for p in some], [p[2] for p in some], color=color,
                     label=f"whole time mostly {part}" if some else None)
    # Operations of one shape are nearly one point: name it once.
    groups = {}
    for name, x, y, _ in points:
        where = (round(20 * math.log10(x)), round(20 * math.log10(y)))
        groups.setdefault(where, []).append((name, x, y))
    for (name, x, y), *more in groups.values():
        text = f"{name} and {len(more)} more" if more else name
        axes.annotate(text, (x, y), textcoords="offset points", xytext=(4, -9),
                      fontsize=7)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("MACs per byte moved between memory and chip")
    axes.set_ylabel("MACs per cycle of compute and transfers")
    axes.legend(loc="upper left")
    axes.grid(True, which="both", linewidth=0.3)
    return svg(figure)


def table(operations, rows):
    head = ("operation", "MACs", "bytes", "compute", "dma", "host", "total",
            "utilisation", "bound")
    lines = ["<tr>" + "".join(f"<th>{name}</th>" for name in head) + "</tr>"]
    for operation in operations:
        parts = shares(operation)
        numbers = [operation["macs"],
                   operation["bytes_in"] + operation["bytes_out"],
                   *parts.values(), operation["cycles_total"]]
        cells = "".join(f"<td>{number / rows:,.0f}</td>" for number in numbers)
        lines.append(
            f"<tr><th>{html.escape(operation['name'] or '(no name)')}</th>"
            f"{cells}<td>{100 * operation['utilisation']:.1f} %</td>"
            f"<td>{operation['bound']}</td></tr>")
    return "<table>" + "\n".join(lines) + "</table>"


def summary(report):
    rows, totals = report["rows"], report["totals"]
    energy = report["energy"]
    facts = [
        ("program", f"{report['program']} ({report['form']} form)"),
        ("machine", f"{report['machine']} at {energy['volts']:.2f} V, "
                    f"{energy['megahertz']:.0f} MHz"),
        ("inferences", f"{rows}"),
        ("cycles per inference", f"{totals['cycles_total'] / rows:,.0f}"),
        ("time per inference", f"{energy['milliseconds'] / rows:.3f} ms"),
        ("energy per inference",
         f"{(energy['busy_microjoule'] + energy['idle_microjoule']) / rows:,.2f}"
         " uJ (interpolated between published corners)"),
        ("MACs per inference", f"{totals['macs'] / rows:,.0f}"),
    ]
    for key, name in (("accuracy", "accuracy"),
                      ("agreement", "agreement with the reference")):
        if key in report:
            facts.append((name, f"{100 * report[key]:.2f} %"))
    return "<table>" + "".join(
        f"<tr><th>{name}</th><td>{html.escape(value)}</td></tr>"
        for name, value in facts) + "</table>"


STYLE = """
body { font: 14px sans-serif; max-width: 70em; margin: 2em auto; }
table { border-collapse: collapse; }
td, th { padding: 1px 8px; text-align: right; font-weight: normal; }
th:first-child { text-align: left; }
tr:nth-child(even) { background: #f2f2f2; }
svg { max-width: 100%; height: auto; }
"""


def write(path, page):
    """The file appears complete or not at all."""
    target = os.path.abspath(path)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target))
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(page)
    os.chmod(temporary, 0o644)
    os.replace(temporary, target)


def main(arguments):
    if len(arguments) != 2:
        fail("expected REPORT.json OUT.html")
    report = read(arguments[0])
    operations, rows = report["operations"], report["rows"]
    if not operations or not rows:
        fail(f"{arguments[0]}: the run had no operation on the machine")
    page = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>EdgeBERT run</title>
<style>{STYLE}</style></head><body>
<h1>{html.escape(os.path.basename(report['program']))}</h1>
{summary(report)}
<h2>Where the cycles go</h2>
{plot_cycles(operations, rows)}
<h2>Roofline</h2>
{plot_roofline(operations, report)}
<h2>Operations, per inference</h2>
<p>Cycles are the host's, waiting included; an operation is bound by what most
of them go to. Names are those of the ONNX nodes.</p>
{table(operations, rows)}
</body></html>
"""
    write(arguments[1], page)


if __name__ == "__main__":
    main(sys.argv[1:])
