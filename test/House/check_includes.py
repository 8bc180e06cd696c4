"""Fails on an include against the direction of dependency (design: one
direction, Support to tools), and on a cycle between directories of one layer.

    check_includes.py SOURCE_DIR
"""
import os
import re
import sys

# The layers, lowest first; a directory belongs to the first pattern it matches.
LAYERS = [
    ("Support", r"Support"),
    ("Numerics", r"Numerics"),
    ("Compression", r"Compression"),
    ("Machine", r"Machine"),
    ("Dialect/*/IR", r"Dialect/\w+/IR"),
    ("Analysis", r"Analysis"),
    ("Transforms, Conversion, Baselines, Import, Target, Execution, Campaign",
     r"Dialect/\w+/Transforms|Conversion|Baselines|Import|Target|Execution|"
     r"Campaign"),
    ("Pipelines", r"Pipelines"),
    ("tools", r"InitAll\.h|tools"),
]
INCLUDE = re.compile(r'^\s*#\s*include\s+"edgebert/([^"]+)"', re.M)


def layer(path):
    """(rank, directory) of a path below include/edgebert or lib."""
    for rank, (_, pattern) in enumerate(LAYERS):
        match = re.match(rf"(?:{pattern})(?=/|$)", path)
        if match:
            return rank, match.group()
    return None, None


def sources(root):
    for top in ("include/edgebert", "lib", "tools"):
        for directory, _, files in os.walk(os.path.join(root, top)):
            for name in sorted(files):
                if name.endswith((".h", ".cpp", ".c", ".js")):
                    path = os.path.join(directory, name)
                    relative = os.path.relpath(path, os.path.join(root, top))
                    yield path, "tools" if top == "tools" else relative


def main(root):
    errors, peers, files = [], {}, 0
    for path, below in sources(root):
        files += 1
        shown = os.path.relpath(path, root)
        rank, home = layer(below)
        if rank is None:
            errors.append(f"{shown}: in none of the layers "
                          f"{[name for name, _ in LAYERS]}")
            continue
        with open(path) as file:
            text = file.read()
        for target in INCLUDE.findall(text):
            target_rank, target_home = layer(target)
            if target_rank is None:
                errors.append(f"{shown}: includes edgebert/{target}, which is "
                              "in no layer")
            elif target_rank > rank:
                errors.append(
                    f"{shown}: layer '{LAYERS[rank][0]}' includes "
                    f"edgebert/{target} of the later layer "
                    f"'{LAYERS[target_rank][0]}'")
            elif target_rank == rank and target_home != home:
                peers.setdefault((home, target_home), shown)
    for (a, b), where in sorted(peers.items()):
        if (b, a) in peers and a < b:
            errors.append(f"{a} and {b} include each other: {where}, "
                          f"{peers[b, a]}")
    print("\n".join(errors) if errors else
          f"{files} files include in one direction")
    return bool(errors)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
