"""check_report.py REPORT.json KEY=MINIMUM...: fails below a minimum."""
import json
import sys

report = json.load(open(sys.argv[1]))
for condition in sys.argv[2:]:
    key, minimum = condition.split("=")
    if not report[key] >= float(minimum):
        sys.exit(f"{key} is {report[key]}, expected at least {minimum}")
