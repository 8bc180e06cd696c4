#!/usr/bin/env python3
"""Turn reports on early exit into an HTML page with plots.

    exit_report.py OUT.html SWEEP.json [RUN.json ...]

SWEEP.json is what `edgebert-run --sweep-exits --report` wrote: accuracy, layers
and energy by threshold. Each RUN.json is the report of a run of a program
compiled with --early-exit: latency and energy of its sentences, by exit. The
page has no links to elsewhere. Needs Debian's python3-matplotlib.
"""
import html
import os
import sys

from html_report import STYLE, fail, load, plt, svg, write


def read(path, key, kind):
    report = load(path)
    if key not in report:
        fail(f"{path}: expected the report of {kind}, which has '{key}'")
    return report


def plot_curve(sweep):
    """Accuracy and layers by threshold."""
    curve = sweep.get("curve", [])
    if not curve:
        return "<p>the recording has no labels, or no thresholds were tried</p>"
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5))
    full = sweep["all_layers"]["accuracy"]
    thresholds = [point[0] for point in curve]
    layers = [100 * point[1] / sweep["exits"] for point in curve]
    accuracy = [100 * point[2] for point in curve]
    left.plot(thresholds, accuracy, color="#3b6fb6", label="accuracy")
    left.axhline(100 * full - 1, color="#8a8a8a", linestyle="--",
                 label="all layers less 1 point")
    left.set_xlabel("threshold, nats")
    left.set_ylabel("accuracy, %")
    other = left.twinx()
    other.plot(thresholds, layers, color="#e0843a")
    other.set_ylabel("layers run, %")
    left.legend(loc="lower left")
    right.plot(layers, accuracy, color="#3b6fb6")
    right.axvline(60, color="#8a8a8a", linestyle="--")
    right.axhline(100 * full - 1, color="#8a8a8a", linestyle="--")
    right.set_xlabel("layers run, %")
    right.set_ylabel("accuracy, %")
    figure.tight_layout()
    return svg(figure)


def outcome_table(outcomes):
    keys = [("threshold", "threshold", 1, 4), ("mean_exit", "mean exit", 1, 3),
            ("accuracy", "accuracy, %", 100, 2), ("p50_ms", "p50, ms", 1, 3),
            ("p95_ms", "p95, ms", 1, 3), ("p99_ms", "p99, ms", 1, 3),
            ("missed", "missed", 1, 0), ("microjoule", "uJ", 1, 1),
            ("volts_after_first_layer", "V after the first layer", 1, 2)]
    rows = [["" if key not in outcome else f"{factor * outcome[key]:.{digits}f}"
             for key, _, factor, digits in keys] +
            [" ".join(map(str, outcome["histogram"]))] for outcome in outcomes]
    head = [name for _, name, _, _ in keys] + ["rows by exit"]
    return "<table>" + "".join(
        "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>"
                         for cell in row) + "</tr>"
        for tag, row in [("th", head)] + [("td", row) for row in rows]
    ) + "</table>"


def plot_run(run):
    """Latency of the sentences in order, and energy by exit."""
    exits = run["exits"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5))
    latencies = sorted(exits["row_ms"])
    count = len(latencies)
    left.step(latencies, [100 * (i + 1) / count for i in range(count)],
              where="post", color="#3b6fb6")
    if "target_ms" in exits:
        left.axvline(exits["target_ms"], color="#8a8a8a", linestyle="--",
                     label="target")
        left.legend(loc="lower right")
    left.set_xlabel("latency, ms")
    left.set_ylabel("sentences, %")
    layers = range(1, len(exits["histogram"]) + 1)
    mean = [[joule for exit_, joule in zip(exits["row_exits"],
                                           exits["row_microjoule"])
             if exit_ == layer] for layer in layers]
    right.bar(layers, exits["histogram"], color="#3b6fb6")
    right.set_xlabel("exit layer")
    right.set_ylabel("sentences")
    other = right.twinx()
    other.plot(layers, [sum(m) / len(m) if m else float("nan") for m in mean],
               "o", color="#e0843a")
    other.set_ylabel("uJ per sentence")
    figure.tight_layout()
    return svg(figure)


def main(arguments):
    if len(arguments) < 2:
        fail("expected OUT.html SWEEP.json [RUN.json ...]")
    sweep = read(arguments[1], "thresholds", "--sweep-exits")
    runs = [(path, read(path, "exits", "a program compiled with --early-exit"))
            for path in arguments[2:]]
    target = f", target {sweep['target_ms']} ms" if "target_ms" in sweep else ""
    best = ("<h2>Fewest layers within 1 point</h2>" +
            outcome_table([sweep["best"]]) if "best" in sweep else "")
    sections = "".join(
        f"<h2>{html.escape(os.path.basename(path))}</h2>"
        f"{outcome_table([run['exits']])}{plot_run(run)}"
        for path, run in runs)
    write(arguments[0], f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Early exit</title>
<style>{STYLE}</style></head><body>
<h1>Early exit of {html.escape(os.path.basename(sweep['recording']))}</h1>
<p>{sweep['rows']} rows, {sweep['exits']} exits, machine
{html.escape(sweep['machine'])}{target}. First line: all layers.</p>
{outcome_table([sweep['all_layers']] + sweep['thresholds'])}
{best}
<h2>Accuracy and layers by threshold</h2>
{plot_curve(sweep)}
{sections}
</body></html>
""")


if __name__ == "__main__":
    main(sys.argv[1:])
