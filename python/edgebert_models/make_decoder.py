#!/usr/bin/env python3
"""Split a causal language model into a prefill and a step with a KV cache.

    make_decoder.py MODEL.onnx TOKENS.npz OUT_DIR [--slots N] [--prompt N]
                    [--generate N] [--rows N] [--calibration-rows N]

MODEL is an OPT-style decoder of a fixed length: one that make_encoders.py
wrote, or one of the same structure with modules called blocks.N. TOKENS holds
`input_ids` [rows, length]. Written are

    step.onnx      input_ids [1,1], position [1,1], past_key_values.N.{key,value}
                   [1,heads,slots,size] -> logits [1,1,V], present.N.{key,value}
    prefill.onnx   input_ids [1,slots] -> logits [1,slots,V], present.N.{...}
    calib-prefill.npz, calib-step.npz (with `logits`, as f32 has them)
    prompts.npz    input_ids [rows,prompt]; tokens [rows,generate], what MODEL
                   itself continues them with, one argmax after the other

The step writes its key and value into slot `position` and attends to the slots
up to it, so all its shapes are static. Needs Debian's python3-onnx.
"""
import argparse
import os
import re

import numpy as np
import onnx
from onnx import numpy_helper

from encoder_graph import Graph
from onnx_numpy import evaluate

MASKED = -1e4

# Our name of a weight, and where a model with modules blocks.N has it.
LINEAR = {"query": "q", "key": "k", "value": "v", "out": "o", "ffn_in": "fc1",
          "ffn_out": "fc2"}
NORM = {"norm1": "ln1", "norm2": "ln2"}


def read_blocks(weights, nodes):
    """Weights by our names from a model with modules blocks.N."""
    found = {"token/table": weights["tok.weight"],
             "position/table": weights["pos"],
             "final/norm/gamma": weights["lnf.weight"],
             "final/norm/beta": weights["lnf.bias"]}
    layers = {int(m[1]) for m in map(
        lambda name: re.match(r"blocks\.(\d+)\.", name), weights) if m}
    for n in layers:
        for ours, theirs in LINEAR.items():
            matmul = nodes[f"/blocks.{n}/{theirs}/MatMul_output_0"]
            found[f"/layer{n}/{ours}/w"] = weights[matmul.input[1]]
            found[f"/layer{n}/{ours}/b"] = weights[f"blocks.{n}.{theirs}.bias"]
        for ours, theirs in NORM.items():
            for part, name in ("gamma", "weight"), ("beta", "bias"):
                found[f"/layer{n}/{ours}/{part}"] = weights[
                    f"blocks.{n}.{theirs}.{name}"]
    return found


class Decoder:
    """The weights of a model, from which both halves are built."""

    def __init__(self, model):
        self.weights = {w.name: numpy_helper.to_array(w)
                        for w in model.graph.initializer}
        nodes = {node.output[0]: node for node in model.graph.node}
        if "tok.weight" in self.weights:
            self.weights = read_blocks(self.weights, nodes)
        self.layers = sum(name.endswith("/query/w") for name in self.weights)
        self.hidden = self.weights["/layer0/query/w"].shape[0]
        self.vocab = self.weights["token/table"].shape[0]
        scores = next(node for node in model.graph.node
                      if node.op_type == "Softmax")
        self.heads = self.find_heads(model, scores)

    def find_heads(self, model, softmax):
        """The second dimension of what the softmax is taken of."""
        inferred = onnx.shape_inference.infer_shapes(model)
        for value in inferred.graph.value_info:
            if value.name == softmax.input[0]:
                return value.type.tensor_type.shape.dim[1].dim_value
        raise SystemExit("make_decoder.py: the shape of "
                         f"{softmax.input[0]} is not known")

    def graph(self):
        g = Graph(self.hidden, self.heads,
                  self.weights["/layer0/ffn_in/w"].shape[1])
        for name, value in self.weights.items():
            if re.match(r"(/layer|token/|final/)", name):
                g.constant(value, name=name)
        return g

    def head(self, g, x, tokens):
        g.prefix = ""
        x = g.norm(x, "final/norm")
        table = g.node("Transpose", ["token/table"], "head/Transpose",
                       perm=[1, 0])
        g.output(g.node("MatMul", [x, table], "head/MatMul"), "logits",
                 [1, tokens, self.vocab])

    def cache_shape(self, slots):
        return [1, self.heads, slots, self.hidden // self.heads]

    def prefill(self, slots):
        g = self.graph()
        ids = g.input("input_ids", "i8", [1, slots])
        positions = self.weights["position/table"].reshape(-1, self.hidden)
        x = g.node("Gather", ["token/table", ids], "token/Gather")
        x = g.node("Add", [x, g.constant(positions[None, :slots],
                                         name="position/rows")],
                   "position/Add")
        causal = g.constant(np.triu(np.full((slots, slots), MASKED), 1)[
            None, None], name="causal")
        kept = []

        def mask(scores):
            return g.node("Add", [scores, causal], "/scores/Mask")

        def cache(k, v):
            kept.append((k, v))
            return k, v

        for layer in range(self.layers):
            g.prefix = f"/layer{layer}"
            x = g.block(x, slots, "relu", True, "query", mask, cache)
        self.head(g, x, slots)
        self.outputs(g, kept, slots)
        return g.model("prefill")

    def outputs(self, g, kept, slots):
        for layer, pair in enumerate(kept):
            for name, value in zip(("key", "value"), pair):
                g.output(value, f"present.{layer}.{name}",
                         self.cache_shape(slots))

    def step(self, slots):
        g = self.graph()
        ids = g.input("input_ids", "i8", [1, 1])
        position = g.input("position", "i8", [1, 1])
        positions = self.weights["position/table"].reshape(-1, self.hidden)
        x = g.node("Gather", ["token/table", ids], "token/Gather")
        x = g.node("Add", [x, g.node("Gather", [g.constant(
            positions[:slots], name="position/rows"), position],
            "position/Gather")], "position/Add")
        slot = np.arange(slots).reshape(1, 1, slots, 1)
        here = g.node("Equal", [g.constant(slot, "i8", "slot/rows"), position],
                      "slot/Equal")
        before = g.node("LessOrEqual", [g.constant(slot.reshape(
            1, 1, 1, slots), "i8", "slot/columns"), position],
            "slot/LessOrEqual")
        bias = g.node("Where", [before, g.constant(0), g.constant(MASKED)],
                      "slot/Mask")
        kept = []

        def mask(scores):
            return g.node("Add", [scores, bias], "/scores/Mask")

        def cache(*new):
            pair = []
            for name, value in zip(("key", "value"), new):
                past = g.input(f"past_key_values.{len(kept)}.{name}", "f4",
                               self.cache_shape(slots))
                pair.append(g.node("Where", [here, value, past],
                                   f"/cache/{name}"))
            kept.append(pair)
            return pair

        for layer in range(self.layers):
            g.prefix = f"/layer{layer}"
            x = g.block(x, 1, "relu", True, "query", mask, cache)
        self.head(g, x, 1)
        self.outputs(g, kept, slots)
        return g.model("step")


def step_inputs(decoder, ids, result, slots, position):
    """What the step is given after a prefill of `ids` up to `position`, and the
    logits that it should give."""
    inputs = {"input_ids": ids[:, position:position + 1],
              "position": np.array([[position]], "i8"),
              "logits": result["logits"][:, position:position + 1]}
    for layer in range(decoder.layers):
        for name in "key", "value":
            past = result[f"present.{layer}.{name}"].copy()
            past[:, :, position:] = 0
            inputs[f"past_key_values.{layer}.{name}"] = past
    return inputs


def stack(rows):
    return {name: np.concatenate([row[name] for row in rows])
            for name in rows[0]}


def continue_greedily(model, length, prompt, count):
    """`count` tokens after `prompt`, by evaluating the whole model for each."""
    tokens = list(prompt)
    for _ in range(count):
        ids = np.zeros((1, length), "i8")
        ids[0, :len(tokens)] = tokens
        logits = evaluate(model, {"input_ids": ids})["logits"]
        tokens.append(int(logits[0, len(tokens) - 1].argmax()))
    return tokens[len(prompt):]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("tokens")
    parser.add_argument("out")
    parser.add_argument("--slots", type=int)
    parser.add_argument("--prompt", type=int, default=8)
    parser.add_argument("--generate", type=int, default=8)
    parser.add_argument("--rows", type=int, default=2)
    parser.add_argument("--calibration-rows", type=int, default=8)
    args = parser.parse_args()
    model = onnx.load(args.model)
    length = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    slots = args.slots or length
    if slots > length or args.prompt + args.generate > slots:
        parser.error(f"expected --prompt + --generate <= --slots <= {length}, "
                     f"the model's length; got {args.prompt} + "
                     f"{args.generate} and {slots}")
    with np.load(args.tokens) as data:
        ids = data["input_ids"]
    decoder = Decoder(model)
    prefill, step = decoder.prefill(slots), decoder.step(slots)
    os.makedirs(args.out, exist_ok=True)
    onnx.save(prefill, os.path.join(args.out, "prefill.onnx"))
    onnx.save(step, os.path.join(args.out, "step.onnx"))

    rng = np.random.default_rng(0)
    rows = ids[:args.calibration_rows, :slots]
    np.savez(os.path.join(args.out, "calib-prefill.npz"), input_ids=rows)
    steps = []
    for row in rows:
        result = evaluate(prefill, {"input_ids": row[None]})
        steps += [step_inputs(decoder, row[None], result, slots, int(position))
                  for position in rng.integers(0, slots, 4)]
    np.savez(os.path.join(args.out, "calib-step.npz"), **stack(steps))

    prompts = ids[-args.rows:, :args.prompt]
    tokens = [continue_greedily(model, length, prompt, args.generate)
              for prompt in prompts]
    np.savez(os.path.join(args.out, "prompts.npz"), input_ids=prompts,
             tokens=np.array(tokens, "i8"))


if __name__ == "__main__":
    main()
