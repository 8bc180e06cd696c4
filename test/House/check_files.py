"""Fails on a file that is too long or named after nothing, on a pass file or
tool main out of all proportion, and on text that was meant for later.

    check_files.py SOURCE_DIR
"""
import os
import re
import sys

TOPS = ("include", "lib", "tools", "unittests", "python", "bench", "cmake")
MAX_LINES = 800  # hard limit; aim at less than half of it
DRAWER = re.compile(r"(?:^|[^a-z])(?:utils?|common|misc|helpers?|uncategorized)"
                    r"(?:[^a-z]|$)", re.I)
LATER = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")


def words(name):
    """'LayerNormUtils.cpp' as 'Layer Norm Utils.cpp'."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)


def main(root):
    errors, count = [], 0
    for top in TOPS:
        for directory, subdirectories, files in os.walk(os.path.join(root, top)):
            subdirectories[:] = [d for d in subdirectories
                                 if d not in ("__pycache__", "node_modules")]
            for name in subdirectories + files:
                if DRAWER.search(words(name)):
                    errors.append(
                        f"{os.path.relpath(os.path.join(directory, name), root)}"
                        ": named after no concept; say what it holds")
            for name in files:
                path = os.path.join(directory, name)
                shown = os.path.relpath(path, root)
                with open(path, encoding="utf-8") as file:
                    lines = file.read().split("\n")
                count += 1
                if len(lines) > MAX_LINES:
                    errors.append(f"{shown}: {len(lines)} lines, expected at "
                                  f"most {MAX_LINES}")
                for number, line in enumerate(lines, 1):
                    if LATER.search(line):
                        errors.append(f"{shown}:{number}: unfinished: "
                                      f"'{line.strip()}'")
    print("\n".join(errors) if errors else f"{count} files are well kept")
    return bool(errors)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
