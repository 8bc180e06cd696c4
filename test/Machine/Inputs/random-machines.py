"""Compiles a program for machines with parameters at random, and compares the
accelerator form with the commands, bit by bit.

    random-machines.py COMPRESSED.mlir INPUTS.npz DIRECTORY COUNT SEED
"""
import os
import random
import subprocess
import sys

# What a compiler must respect or a program's meaning depends on.
CHOICES = {
    "sizes": {
        "data_bytes": [256 * n for n in (8, 16, 31, 32, 65, 100, 128, 256)],
        "mask_bytes": [8 * n for n in (32, 64, 100, 127, 256, 1000, 4096)],
        "aux_bytes": [16 * n for n in (4, 8, 16, 33, 64, 128, 256)],
    },
    "addresses": {"address_bits": [12, 16], "aux_base_unit": [1, 16],
                  "checks_addresses": ["true", "false"],
                  "tiled_layout": ["true", "false"]},
    "state": {"persistent_state": ["literal", "cleared_per_operation"]},
    "dma": {"burst_beats": [1, 7, 16, 96, 128, 256],
            "destination": ["true", "false"], "defects": ["true", "false"]},
    "matmul": {"accumulator_bits": [16, 20, 32],
               "skip_zero_vectors": ["true", "false"],
               "lose_sign_on_overflow": ["true", "false"]},
    "softmax": {"raw_input": ["true", "false"], "decoder_period": [3, 4],
                "renormalise": ["true", "false"], "sum_bits": [16, 32],
                "skip_zero_span": ["true", "false"]},
    "layer_norm": {"beta_from_gamma": ["true", "false"],
                   "sum_bits": [16, 20, 32], "vector_sum_bits": [16, 20],
                   "min_variance": [0, 1, 7]},
    "precision": {"afp4": ["true", "false"]},
    "time": {"command_queue_depth": [1, 2, 64],
             "overlap_receive": ["true", "false"]},
}


def describe(rng):
    lines = [f"base: {rng.choice(['asic', 'rtl'])}"]
    for group, keys in CHOICES.items():
        lines.append(f"{group}:")
        lines += [f"  {key}: {rng.choice(values)}"
                  for key, values in keys.items()]
    return "\n".join(lines) + "\n"


def main(program, inputs, directory, count, seed):
    rng = random.Random(int(seed))
    os.makedirs(directory, exist_ok=True)
    placed = set()
    for i in range(int(count)):
        machine = os.path.join(directory, f"machine{i}.yaml")
        with open(machine, "w", encoding="utf-8") as file:
            file.write(describe(rng))
        out = os.path.join(directory, "out")
        text = subprocess.run(
            ["edgebert-compile", program, f"--machine={machine}", "-o", out],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True).stdout
        placed.add(next(line for line in text.splitlines()
                        if line.startswith("on the accelerator")))
        command = ["edgebert-run", "--diff", f"{out}/accelerator.mlir",
                   f"{out}/command.mlir", f"--machine={machine}",
                   f"--inputs={inputs}", "--limit=1"]
        done = subprocess.run(command, capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    print(f"{count} machines compute the same bits")
    # The machines are not all alike.
    assert len(placed) > 2, placed


if __name__ == "__main__":
    main(*sys.argv[1:])
