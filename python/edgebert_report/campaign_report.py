#!/usr/bin/env python3
"""Turn the summary of a fault campaign into an HTML page with plots.

    campaign_report.py DIRECTORY/summary.json OUT.html

The page has no links to elsewhere: plots are inline SVG. Needs Debian's
python3-matplotlib.
"""
import html
import math
import sys

import numpy as np

from html_report import STYLE, fail, load, plt, svg, write

OUTCOMES = ("identical", "tolerable", "sdc", "detected", "non-finite")
COLORS = ("#d9d9d9", "#9ecae1", "#cb181d", "#e0843a", "#000000")


def read(path):
    summary = load(path)
    if "heat_map" not in summary:
        fail(f"{path}: expected the summary.json of edgebert-campaign")
    return summary


def struck(summary):
    return [site for site in summary["sites"] if site["trials"]]


def plot_heat_map(summary):
    """Failure rate by layer (down) and bit of the word (across)."""
    sites = struck(summary)
    if not sites:
        return "<p>no trial had exactly one fault</p>"
    lines = {site["site"]: line for line, site in enumerate(sites)}
    bits = max(site["bits"] for site in sites)
    rates = np.full((len(sites), bits), np.nan)
    for cell in summary["heat_map"]:
        rates[lines[cell["site"]], cell["bit"]] = cell["failure_rate"]
    figure, axes = plt.subplots(
        figsize=(2.5 + 0.35 * max(bits, 8), 0.9 + 0.2 * len(sites)))
    image = axes.imshow(100 * rates[:, ::-1], aspect="auto", cmap="Reds",
                        vmin=0, interpolation="nearest")
    axes.set_xticks(range(bits), range(bits - 1, -1, -1), fontsize=7)
    axes.set_yticks(range(len(sites)), [site["name"] for site in sites],
                    fontsize=7)
    axes.set_xlabel("bit (0 is the least significant)")
    figure.colorbar(image, ax=axes, label="failures, %")
    return svg(figure)


def plot_outcomes(summary):
    """Shares of outcomes of each layer."""
    sites = struck(summary)
    if not sites:
        return ""
    figure, axes = plt.subplots(figsize=(9, 1.2 + 0.2 * len(sites)))
    left = np.zeros(len(sites))
    for outcome, color in zip(OUTCOMES, COLORS):
        share = np.array([100 * site[outcome] / site["trials"]
                          for site in sites])
        axes.barh(range(len(sites)), share, left=left, color=color,
                  label=outcome)
        left += share
    axes.set_yticks(range(len(sites)), [site["name"] for site in sites],
                    fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel("% of trials")
    axes.legend(ncols=5, loc="lower center", bbox_to_anchor=(0.5, 1))
    return svg(figure)


def percent(rate):
    return (f"{100 * rate['estimate']:.3f} % "
            f"[{100 * rate['low99']:.3f}, {100 * rate['high99']:.3f}]")


def loss(entry):
    text = f"{entry['mean']:.4g}"
    if "low99" in entry:
        text += f" [{entry['low99']:.4g}, {entry['high99']:.4g}]"
    return text


def table(rows, key):
    head = (key, "trials", *OUTCOMES, "failures, 99 %", "delta loss, 99 %")
    lines = ["<tr>" + "".join(f"<th>{name}</th>" for name in head) + "</tr>"]
    for name, row in rows:
        cells = [f"{row['trials']:,}"] + [f"{row[o]:,}" for o in OUTCOMES]
        cells += [percent(row["failure_rate"]), loss(row["delta_loss"])]
        lines.append(f"<tr><th>{html.escape(str(name))}</th>" + "".join(
            f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return "<table>" + "\n".join(lines) + "</table>"


def facts(summary):
    lines = [f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td>"
             "</tr>" for name, value in summary["campaign"].items()]
    network = summary["network_failure_rate"]
    lines.append(f"<tr><th>failures of the network</th><td>{percent(network)}"
                 "</td></tr>")
    alike = network["sites_weighted_alike"]
    if not math.isnan(alike):
        lines.append("<tr><th>layers weighted alike</th><td>"
                     f"{100 * alike:.3f} %</td></tr>")
    return "<table>" + "\n".join(lines) + "</table>"


def main(arguments):
    if len(arguments) != 2:
        fail("expected SUMMARY.json OUT.html")
    summary = read(arguments[0])
    page = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Fault campaign</title>
<style>{STYLE}</style></head><body>
<h1>Fault campaign</h1>
{facts(summary)}
{table([("all", summary["all"])], "")}
<h2>Failures by layer and bit</h2>
{plot_heat_map(summary)}
<h2>Outcomes by layer</h2>
{plot_outcomes(summary)}
<h2>By field, bit and layer</h2>
{table([(f["key"], f) for f in summary["fields"]], "field")}
{table([(b["key"], b) for b in summary["bits"]], "bit")}
{table([(s["name"], s) for s in struck(summary)], "layer")}
</body></html>
"""
    write(arguments[1], page)


if __name__ == "__main__":
    main(sys.argv[1:])
