"""check_timeline.py REPORT TRACE MODEL PAGE: what a report, its trace and its
page must agree on."""
import json
import re
import sys

import onnx

report, trace = (json.load(open(path)) for path in sys.argv[1:3])
nodes = {node.name for node in onnx.load(sys.argv[3]).graph.node}
page = open(sys.argv[4]).read()
failed = []


def check(condition, what):
    if not condition:
        failed.append(what)


totals, operations = report["totals"], report["operations"]
for kind, cycles in totals["cycles"].items():
    check(cycles == sum(o["cycles"][kind] for o in operations),
          f"operations' {kind} cycles do not sum to {cycles}")
check(totals["cycles_total"] == sum(totals["cycles"].values()), "parts")
# Constants and results have names of their own.
unknown = [o["name"] for o in operations if o["name"] not in nodes]
check(len(unknown) <= 3, f"not ONNX nodes: {unknown}")
for operation in operations:
    check(0 <= operation["utilisation"] <= 0.5, operation["name"])
    check(operation["bound"] in ("compute", "dma", "host"), operation["name"])

clock = trace["otherData"]["megahertz"]
tracks, ends, busy = {}, {}, {}
for event in trace["traceEvents"]:
    if event["ph"] == "M":
        tracks[event["tid"]] = event["args"]["name"]
        continue
    track, arguments = tracks[event["tid"]], event["args"]
    begin, cycles = arguments["cycle"], arguments["cycles"]
    check(abs(event["ts"] * clock - begin) < 0.5 and
          abs(event["dur"] * clock - cycles) < 0.5, f"times of {event}")
    check(begin >= ends.get(track, 0), f"overlap on {track} at {begin}")
    check(arguments["operation"] in {o["name"] for o in operations},
          f"operation of {event}")
    ends[track] = begin + cycles
    busy[track] = busy.get(track, 0) + cycles
check(busy == {k: v for k, v in totals["busy"].items() if v},
      f"busy: {busy} in the trace, {totals['busy']} in the report")
check(max(ends.values()) <= totals["cycles_total"], "events behind the end")

check(page.count("<svg") == 2, "two plots")
check(not re.search(r"(src|href)\s*=\s*[\"'](?!#)", page.replace("xlink:", "")),
      "the page needs other files")
for operation in operations:
    check(operation["name"] in page, f"{operation['name']} is not on the page")
if failed:
    sys.exit("\n".join(failed[:20]))
