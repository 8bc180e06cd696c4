"""Kills a campaign again and again until it comes to its end.

    kill_and_resume.py DIRECTORY WHOLE COMMAND...

Each run is killed (-9) when DIRECTORY/trials.csv has grown by a quarter of
WHOLE/trials.csv.
"""
import os
import subprocess
import sys
import time

directory, whole, *command = sys.argv[1:]
path = os.path.join(directory, "trials.csv")
step = os.path.getsize(os.path.join(whole, "trials.csv")) // 4


def size():
    return os.path.getsize(path) if os.path.exists(path) else 0


kills = 0
while True:
    start = size()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    while child.poll() is None and size() < start + step:
        time.sleep(0.002)
    if child.poll() is None:
        child.kill()
        kills += 1
    if child.wait() == 0:
        break
    if child.returncode != -9:
        sys.exit(f"exit code {child.returncode}")
print(f"killed {kills} times")
