"""check_sizes.py COUNT SEED DIR: encoders of random sizes agree in all forms.

Each is one layer of a random family with a random number of tokens, heads,
columns a head and feed-forward columns, mostly no multiples of 16.
"""
import os
import random
import subprocess
import sys

count, seed, out = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
here = os.path.dirname(os.path.abspath(__file__))
make = os.path.join(here, "..", "..", "..", "python", "edgebert_models",
                    "make_encoders.py")
rng = random.Random(seed)
os.makedirs(out, exist_ok=True)
for number in range(count):
    family = rng.choice(["bert", "distilbert", "opt"])
    heads = rng.randint(1, 4)
    sizes = {"layers": 1, "tokens": rng.randint(1, 40), "heads": heads,
             "hidden": heads * rng.randint(2, 20), "ffn": rng.randint(1, 70),
             "vocab": rng.randint(2, 70), "rows": 2}
    name = os.path.join(out, str(number))
    options = [f"--{size}={value}" for size, value in sizes.items()]
    print(family, *options, flush=True)
    subprocess.run([sys.executable, make, family, name + ".onnx",
                    name + ".npz", *options], check=True)
    done = subprocess.run([sys.executable, os.path.join(here, "check_model.py"),
                           name + ".onnx", name + ".npz", name + ".out"],
                          stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.stdout)
    print(done.stdout.splitlines()[0])
print("all sizes agree")
