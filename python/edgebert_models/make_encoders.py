#!/usr/bin/env python3
"""Write a transformer of a known family with random weights, and data for it.

    make_encoders.py FAMILY OUT.onnx DATA.npz [--layers N] [--tokens N]
                     [--hidden N] [--heads N] [--ffn N] [--vocab N]
                     [--image N] [--patch N] [--rows N] [--seed N] [--no-golden]
                     [--spans Z,Z,...] [--ramp R]

FAMILY is bert, albert, distilbert, tinybert, opt or vit; without options it has
its published sizes. DATA holds --rows random inputs and, unless --no-golden, the
outputs that numpy computes for them, each as golden_NAME. --spans gives each
head of every layer an attention span (0 turns it off) with a ramp of R tokens.
Needs Debian's python3-numpy and python3-onnx.
"""
import argparse
import dataclasses

import numpy as np
from onnx import save

from encoder_graph import Graph
from onnx_numpy import evaluate


@dataclasses.dataclass
class Family:
    layers: int = 12
    hidden: int = 768
    heads: int = 12
    ffn: int = 3072
    vocab: int = 30522
    tokens: int = 128
    embedding: int = 0         # width of the tables where it is not `hidden`
    activation: str = "erf"
    mask: str = "add"          # add, select, causal or none
    scale: str = "scores"      # where 1/sqrt(d) is multiplied in
    pre_norm: bool = False
    types: bool = False
    pooler: bool = False
    shared: bool = False
    image: int = 224
    patch: int = 16


FAMILIES = {
    "bert": Family(types=True, pooler=True),
    "albert": Family(types=True, pooler=True, shared=True, embedding=128,
                     vocab=30000, activation="tanh"),
    "distilbert": Family(layers=6, mask="select", scale="query"),
    "tinybert": Family(layers=4, hidden=312, ffn=1200, types=True, pooler=True),
    "opt": Family(vocab=50272, activation="relu", mask="causal", scale="query",
                  pre_norm=True),
    "vit": Family(mask="none", pre_norm=True, vocab=1000),
}


def embed_tokens(g, f):
    """[1, tokens, hidden], and the table of the tokens."""
    ids = g.input("input_ids", "i8", [1, f.tokens])
    width = f.embedding or f.hidden
    table = g.weight("token/table", (f.vocab, width), 0.5)
    x = g.node("Gather", [table, ids], "token/Gather")
    if f.types:
        kinds = g.input("token_type_ids", "i8", [1, f.tokens])
        x = g.node("Add", [x, g.node(
            "Gather", [g.weight("type/table", (2, width), 0.5), kinds],
            "type/Gather")], "type/Add")
    x = g.node("Add", [x, g.weight("position/table", (1, f.tokens, width),
                                   0.5)], "position/Add")
    if not f.pre_norm:
        x = g.norm(x, "embedding/norm", size=width)
    if f.embedding:
        x = g.linear(x, width, f.hidden, "embedding/project")
    return x, table


def embed_patches(g, f):
    pixels = g.input("pixel_values", "f4", [1, 3, f.image, f.image])
    w = g.weight("patch/w", (f.hidden, 3, f.patch, f.patch),
                 (3 * f.patch ** 2) ** -0.5)
    x = g.node("Conv", [pixels, w, g.weight("patch/b", (f.hidden,), 0.1)],
               "patch/Conv", kernel_shape=[f.patch] * 2, strides=[f.patch] * 2)
    x = g.node("Reshape", [x, g.constant([1, f.hidden, -1], "i8")],
               "patch/Reshape")
    x = g.node("Transpose", [x], "patch/Transpose", perm=[0, 2, 1])
    x = g.node("Concat", [g.weight("class/token", (1, 1, f.hidden), 0.5), x],
               "class/Concat", axis=1)
    return g.node("Add", [x, g.weight("position/table",
                                      (1, f.tokens, f.hidden), 0.5)],
                  "position/Add")


def make_mask(g, f):
    """What is done to the scores [1, heads, tokens, tokens]."""
    if f.mask == "none":
        return None
    if f.mask == "causal":
        upper = np.triu(np.full((f.tokens, f.tokens), -1e4), 1)
        mask = g.constant(upper[None, None], name="causal")
        return lambda scores: g.node("Add", [scores, mask], "/scores/Mask")
    mask = g.input("attention_mask", "i8", [1, f.tokens])
    mask = g.node("Unsqueeze", [mask, g.constant([1, 2], "i8")],
                  "mask/Unsqueeze")
    if f.mask == "select":
        empty = g.node("Equal", [mask, g.constant(0, "i8")], "mask/Equal")
        empty = g.node("Expand", [empty, g.constant(
            [1, f.heads, f.tokens, f.tokens], "i8")], "mask/Expand")
        low = g.constant(np.finfo("f4").min)
        return lambda scores: g.node("Where", [empty, low, scores],
                                     "/scores/Where")
    mask = g.node("Cast", [mask], "mask/Cast", to=1)
    mask = g.node("Sub", [g.constant(1), mask], "mask/Sub")
    mask = g.node("Mul", [mask, g.constant(-1e4)], "mask/Mul")
    return lambda scores: g.node("Add", [scores, mask], "/scores/Mask")


def build(name, f, seed, spans=None, ramp=1.0):
    g = Graph(f.hidden, f.heads, f.ffn, seed, f.shared)
    g.spans, g.ramp = spans, ramp
    table = None
    if name == "vit":
        f = dataclasses.replace(f, tokens=(f.image // f.patch) ** 2 + 1)
        x = embed_patches(g, f)
    else:
        x, table = embed_tokens(g, f)
    mask = make_mask(g, f)
    for layer in range(f.layers):
        g.prefix = f"/layer{layer}"
        x = g.block(x, f.tokens, f.activation, f.pre_norm, f.scale, mask)
    g.prefix = ""
    if f.pre_norm:
        x = g.norm(x, "final/norm")
    if name == "opt":
        head = g.node("Transpose", [table], "head/Transpose", perm=[1, 0])
        logits = g.node("MatMul", [x, head], "head/MatMul")
        g.output(logits, "logits", [1, f.tokens, f.vocab])
        return g.model(name)
    first = g.node("Gather", [x, g.constant(0, "i8")], "first/Gather", axis=1)
    if name == "vit":
        g.output(g.linear(first, f.hidden, f.vocab, "head"), "logits",
                 [1, f.vocab])
        return g.model(name)
    g.output(x, "last_hidden_state", [1, f.tokens, f.hidden])
    if f.pooler:
        pooled = g.node("Gemm", [first, g.weight(
            "pooler/w", (f.hidden, f.hidden), f.hidden ** -0.5),
            g.weight("pooler/b", (f.hidden,), 0.1)], "pooler/Gemm", transB=1)
        g.output(g.node("Tanh", [pooled], "pooler/Tanh"), "pooler_output",
                 [1, f.hidden])
    return g.model(name)


def make_inputs(model, f, rows, seed):
    rng = np.random.default_rng(seed + 1)
    data = {}
    for value in model.graph.input:
        shape = [d.dim_value for d in value.type.tensor_type.shape.dim]
        shape[0] = rows
        if value.name == "input_ids":
            data[value.name] = rng.integers(0, f.vocab, shape)
        elif value.name == "token_type_ids":
            data[value.name] = np.arange(shape[1]) >= rng.integers(
                1, shape[1] + 1, (rows, 1))
        elif value.name == "attention_mask":
            data[value.name] = np.arange(shape[1]) < rng.integers(
                max(1, shape[1] // 2), shape[1] + 1, (rows, 1))
        else:
            data[value.name] = rng.standard_normal(shape, "f4")
    return {name: value if value.dtype == np.float32 else value.astype("i8")
            for name, value in data.items()}


def add_golden(model, data):
    rows = len(next(iter(data.values())))
    results = [evaluate(model, {name: value[row:row + 1]
                                for name, value in data.items()})
               for row in range(rows)]
    for name in results[0]:
        data["golden_" + name] = np.concatenate([r[name] for r in results])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("family", choices=FAMILIES)
    parser.add_argument("model")
    parser.add_argument("data")
    parser.add_argument("--rows", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-golden", action="store_true")
    parser.add_argument("--spans", type=lambda text: [
        float(z) for z in text.split(",")])
    parser.add_argument("--ramp", type=float, default=1.0)
    sizes = ["layers", "hidden", "heads", "ffn", "vocab", "tokens",
             "embedding", "image", "patch"]
    for size in sizes:
        parser.add_argument("--" + size, type=int)
    args = parser.parse_args()
    family = dataclasses.replace(FAMILIES[args.family], **{
        size: getattr(args, size) for size in sizes
        if getattr(args, size) is not None})
    if family.hidden % family.heads:
        parser.error(f"--hidden {family.hidden} is not a multiple of "
                     f"--heads {family.heads}")
    if args.spans and len(args.spans) != family.heads:
        parser.error(f"--spans has {len(args.spans)} numbers for "
                     f"{family.heads} heads")
    if args.ramp <= 0:
        parser.error(f"--ramp {args.ramp} is not more than 0")
    if args.family in ("opt", "vit") and family.embedding:
        parser.error(f"--embedding is not an option of {args.family}")
    if family.image % family.patch:
        parser.error(f"--image {family.image} is not a multiple of "
                     f"--patch {family.patch}")
    model = build(args.family, family, args.seed, args.spans, args.ramp)
    data = make_inputs(model, family, args.rows, args.seed)
    if not args.no_golden:
        add_golden(model, data)
    save(model, args.model)
    np.savez(args.data, **data)


if __name__ == "__main__":
    main()
