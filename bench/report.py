"""Shared by the benches: run tools, collect metrics, print and write them."""
import json
import os
import platform
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build")
BIN = os.path.join(BUILD, "bin")
SHARED = os.environ.get("EDGEBERT_SHARED",
                        os.path.join(os.path.dirname(ROOT), "shared"))


def tool(name):
    return os.path.join(BIN, name)


def shared(*parts):
    """A file of the development data; ends the bench where it is absent."""
    path = os.path.join(SHARED, *parts)
    if not os.path.exists(path):
        sys.exit(f"skipped: no {path} (development data, not shipped)")
    return path


def run(command, unset=()):
    """Standard output of a command; ends the bench if it fails."""
    env = {k: v for k, v in os.environ.items() if k not in unset}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def median_ms(command, runs):
    """Median milliseconds of an edgebert-run command's forward."""
    # OpenBLAS takes the processor for what it is, not for what CI pins.
    out = run([*command, f"--time={runs}"],
              ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"))
    return float(re.search(r"median ([\d.]+) ms", out).group(1))


def machine():
    model = platform.machine()
    with open("/proc/cpuinfo") as cpuinfo:
        match = re.search(r"model name\s*: (.*)", cpuinfo.read())
        if match:
            model = match.group(1)
    return f"{model}, {os.cpu_count()} cores"


class Report:
    def __init__(self, name):
        self.name, self.rows = name, []

    def add(self, metric, value, unit, command, peer=None, peer_value=None):
        self.rows.append({
            "metric": metric, "value": value, "unit": unit, "peer": peer,
            "peer_value": peer_value,
            "command": command if isinstance(command, str) else
            " ".join(os.path.relpath(c, ROOT) if c.startswith("/") else c
                     for c in command),
            "machine": machine()})

    def finish(self):
        width = max(len(row["metric"]) for row in self.rows)
        for row in self.rows:
            peer = (f"  ({row['peer']}: {row['peer_value']:.4g})"
                    if row["peer"] else "")
            print(f"{row['metric']:{width}}  {row['value']:.4g} "
                  f"{row['unit']}{peer}")
        os.makedirs(os.path.join(BUILD, "bench"), exist_ok=True)
        path = os.path.join(BUILD, "bench", self.name + ".json")
        with open(path + ".tmp", "w") as file:
            json.dump(self.rows, file, indent=1)
            file.write("\n")
        os.replace(path + ".tmp", path)
        print("wrote", os.path.relpath(path, ROOT))
