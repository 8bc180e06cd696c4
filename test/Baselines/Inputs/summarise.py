"""Totals of programs written by --edgebert-write-baseline, for FileCheck."""
import json
import sys

MODULES = ["attention", "post-processing", "ffn"]
for path in sys.argv[1:]:
    with open(path) as file:
        program = json.load(file)
    layer = program["layer"]
    print(f"{program['program']}: {layer['macs']} MACs, " + ", ".join(
        f"{m} {layer[m]['macs']}" for m in MODULES))
    for module in MODULES:
        elements = ", ".join(f"{kind} {count}" for kind, count in
                             sorted(layer[module]["elements"].items()))
        print(f"{module}: {layer[module]['transposes']} transposes; {elements}")
    hardware, calls, macs, tiles = {}, 0, 0, {}
    for step in program["steps"]:
        if step.get("kernel") == "matmul_i32":
            m, k, n = step["sizes"]
            calls += step["times"]
            macs += step["times"] * m * k * n
        elif step.get("kernel", "").startswith("transpose"):
            print(step["kernel"], step["op"], step["sizes"], step["times"])
        elif step.get("kernel") == "driver_tile":
            sizes = str(step["sizes"])
            tiles[sizes] = tiles.get(sizes, 0) + step["times"]
        elif "hardware" in step:
            name = step["hardware"]
            hardware[name] = hardware.get(name, 0) + step["times"]
    if calls:
        print(f"matmul_i32 {calls} calls, {macs} MACs")
    for sizes, times in tiles.items():
        print("tile", sizes, times)
    for name, times in sorted(hardware.items()):
        print(name, times)
