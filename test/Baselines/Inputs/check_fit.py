"""The fit of bench/thesis-9 on programs written before: SOURCE CORE SYSTOLIC
DRIVER."""
import importlib
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(sys.argv[1], "bench"))
bench = importlib.import_module("thesis-9")
counts = bench.recount.load()
tables = {}
for name, path in zip(bench.PROGRAMS, sys.argv[2:]):
    with open(path) as file:
        tables[name] = bench.work_of(counts, json.load(file),
                                     bench.OMITTED[name])
sums = {name: bench.total(table) for name, table in tables.items()}
costs = bench.core_model.fit(*(sums[name] for name in bench.PROGRAMS),
                             bench.CPU_RATIO, bench.SYSTOLIC_RATIO)
core, systolic, driver = (sums[name].cycles(costs) for name in bench.PROGRAMS)
print(f"{core / driver:.4f} over the core, {systolic / driver:.4f} over the array")
print(f"a line costs {costs.line:.1f} cycles, a call {costs.invocation:.0f}")
# The sums by module and category are the whole.
parts = sum(sum(row.values()) for row in
            bench.cycles_of(tables["systolic"], costs).values())
print(f"parts / whole {parts / systolic:.6f}")
