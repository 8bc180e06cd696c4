#!/usr/bin/env python3
"""Write a BERT-shaped encoder with a classifier behind each layer, with random
weights, and data for it.

    make_exits.py OUT.onnx DATA.npz [--layers N] [--tokens N] [--hidden N]
                  [--heads N] [--ffn N] [--vocab N] [--classes N] [--rows N]
                  [--seed N]

The output exit_logits stacks the logits of all exits, [layers, classes]. The
classifiers of later layers are surer, as trained ones are. DATA holds --rows
random inputs and random labels. Needs Debian's python3-numpy and python3-onnx.
"""
import argparse
import dataclasses

import numpy as np
from onnx import save

from encoder_graph import Graph
from make_encoders import FAMILIES, embed_tokens, make_inputs, make_mask


def build(f, classes, seed):
    g = Graph(f.hidden, f.heads, f.ffn, seed, f.shared)
    x, _ = embed_tokens(g, f)
    mask = make_mask(g, f)
    exits = []
    for layer in range(f.layers):
        g.prefix = f"/layer{layer}"
        x = g.block(x, f.tokens, f.activation, f.pre_norm, f.scale, mask)
        first = g.node("Gather", [x, g.constant(0, "i8")], "/exit/Gather",
                       axis=1)
        logits = g.linear(first, f.hidden, classes, "/exit")
        exits.append(g.node("Mul", [logits, g.constant(1.0 + layer)],
                            "/exit/Scale"))
    g.prefix = ""
    g.output(g.node("Concat", exits, "exits/Concat", axis=0), "exit_logits",
             [f.layers, classes])
    return g.model("exits")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("data")
    sizes = {"layers": 4, "hidden": 32, "heads": 2, "ffn": 48, "vocab": 50,
             "tokens": 16}
    for size, default in sizes.items():
        parser.add_argument("--" + size, type=int, default=default)
    parser.add_argument("--classes", type=int, default=2)
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.hidden % args.heads:
        parser.error(f"--hidden {args.hidden} is not a multiple of --heads "
                     f"{args.heads}")
    if args.layers < 2:
        parser.error(f"--layers {args.layers}: one exit leaves no choice")
    family = dataclasses.replace(
        FAMILIES["bert"], **{size: getattr(args, size) for size in sizes})
    model = build(family, args.classes, args.seed)
    save(model, args.model)
    data = make_inputs(model, family, args.rows, args.seed)
    rng = np.random.default_rng(args.seed + 2)
    data["labels"] = rng.integers(0, args.classes, args.rows)
    np.savez(args.data, **data)


if __name__ == "__main__":
    main()
