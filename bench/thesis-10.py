"""Quantization x sparsity on a language model: tables 10.1-10.4 of the thesis

Perplexity per token of the small OPT-style model (not OPT-125M, and trained on
WikiText-2's test split: compare rows, not numbers) on 64 validation windows,
through the JIT. First the methods by themselves, then AWQ and RTN with groups of
128 and magnitude pruning per layer, in both orders, with transferred masks and
iterated. This model hardly notices 4 bits (its perplexity moves by 0.1), so the
mean Kullback-Leibler divergence from the f32 model's tokens is shown too: it
ranks what perplexity cannot. Needs ../shared.

    tools/dev bench thesis-10            all rows
    tools/dev bench thesis-10 --quick    the metrics, and AWQ at 25 and 50 %
"""
import os
import sys

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "compression"))
from report import Report, shared
from runs import Model, divergence, perplexity

GROUP = 128
model = Model("wikitext2-opt",
              shared("models", "wikitext2-opt", "wikitext2-opt.onnx"),
              shared("models", "wikitext2-opt", "wikitext2-calib.npz"),
              shared("models", "wikitext2-opt", "wikitext2-valid.npz"),
              ("logits",))
with np.load(model.evaluation) as data:
    targets = data["targets"]
report = Report("thesis-10")
reference, perplexities, divergences = {}, {}, {}


def quantize(strategy, bits, group=GROUP):
    return model.quantize(strategy, bits, group)


def prune(sparsity, strategy="magnitude", **options):
    if sparsity == "2:4":
        options["pattern"], sparsity = "2:4", 0.5
    return model.prune(strategy, sparsity, **options)


def measure(metric, steps, note=""):
    out, storage = model.compress(steps, measure=bool(steps))
    logits = model.evaluate(out)["logits"]
    value = perplexity(logits, targets)
    reference.setdefault("logits", logits)
    away = divergence(logits, reference["logits"])
    text = f"{metric:36} {value:10.2f}  KL {away:.5f}"
    if storage:
        text += (f"  zeros {100 * storage['zeros'] / storage['weights']:5.1f} %"
                 f"  {storage['bits_per_weight']:5.2f} bits/weight")
    print(text + note, flush=True)
    report.add(metric + "_ppl", value, "perplexity per token",
               list(model.command))
    report.add(metric + "_kl", away, "nats per token from f32",
               list(model.command))
    perplexities[metric], divergences[metric] = value, away
    return storage


def share(sparsity):
    return 0.5 if sparsity == "2:4" else sparsity


def name(sparsity):
    return "2_4" if sparsity == "2:4" else f"{round(100 * sparsity)}"


QUICK = "--quick" in sys.argv[1:]
SPARSITIES = [0.25, 0.5] if QUICK else [0.1, 0.25, 0.5, "2:4"]
ROUNDERS = ["awq"] if QUICK else ["awq", "rtn"]
print("dense and the methods by themselves")
measure("dense", [])
rounded_away = {}
for bits in (8, 4, 3):
    for strategy in ("rtn", "gptq", "awq") if QUICK else (
            "rtn", "mse", "gptq", "awq"):
        storage = measure(f"{strategy}_int{bits}", [quantize(strategy, bits)])
        # Rounding alone removes so many: pruning less changes nothing.
        rounded_away[strategy, bits] = storage["zeros"] / storage["weights"]
for strategy in () if QUICK else ("rtn", "gptq", "awq"):
    measure(f"{strategy}_int4_g64", [quantize(strategy, 4, 64)])
for sparsity in SPARSITIES:
    for strategy in ("magnitude", "wanda", "obd", "sparsegpt"):
        measure(f"{strategy}_{name(sparsity)}", [prune(sparsity, strategy)])

print("\ntable 10.1: masks of the quantized weights on the original ones")
for strategy in ROUNDERS:
    for bits in (8, 4, 3):
        out, _ = model.compress([quantize(strategy, bits)], "quantized")
        for sparsity in SPARSITIES:
            no_op = rounded_away[strategy, bits] >= share(sparsity)
            measure(f"induced_{strategy}{bits}_{name(sparsity)}",
                    [prune(sparsity, scores_of=os.path.join(
                        out, "model-compressed.mlirbc"))],
                    "  *" if no_op else "")

print("\ntables 10.2 and 10.3: orders, and masks of the original weights")
for strategy in ROUNDERS:
    for bits in (8, 4, 3):
        for sparsity in SPARSITIES:
            no_op = rounded_away[strategy, bits] >= share(sparsity)
            q, s = quantize(strategy, bits), prune(sparsity)
            key = f"{strategy}{bits}_{name(sparsity)}"
            measure("sq_" + key, [s, q])
            measure("qs_" + key, [q, s], "  *" if no_op else "")
            measure("inverse_induced_" + key,
                    [q, prune(sparsity, scores_of=model.onnx)])
            # AWQ stores W s, with s from the inputs' magnitudes: pruning what
            # is stored is activation-aware. It does better than pruning W here,
            # so it is not why the thesis's Q -> S collapses.
            if strategy == "awq":
                measure("qs_stored_" + key,
                        [q, prune(sparsity, score_stored="true")])

print("\ntable 10.4: iterated")
for strategy in ROUNDERS:
    q8, q4 = quantize(strategy, 8), quantize(strategy, 4)
    measure(f"sqsq_{strategy}", [prune(0.1), q8, prune(0.25), q4])
    measure(f"qsqs_{strategy}", [q8, prune(0.1), q4, prune(0.25)])

print("\nboth at 50 % and 4 bits")
masks = os.path.join(model.directory, "masks.npz")
for label, steps in {
        "sparsegpt_then_gptq": [prune(0.5, "sparsegpt"), quantize("gptq", 4)],
        "wanda_then_awq": [prune(0.5, "wanda"), quantize("awq", 4)],
        "joint": [prune(0.5, "sparsegpt", quantize="!numfmt.int<4>",
                        granularity="group", group_size=GROUP, masks=masks),
                  model.step("mask-verify", against=masks)]}.items():
    measure(f"{label}_50_int4", steps)

print("\n* the threshold of the quantized weights is 0: rounding alone removed "
      "as many, so that pruning changes nothing")
report.finish()
for low, high in (("gptq_int4", "rtn_int4"), ("awq_int4", "rtn_int4"),
                  ("gptq_int3", "rtn_int3"), ("awq_int3", "rtn_int3"),
                  ("sparsegpt_50", "magnitude_50"),
                  ("wanda_50", "magnitude_50")):
    by_ppl, by_kl = (values[low] < values[high]
                     for values in (perplexities, divergences))
    print(f"{low} against {high}: perplexity "
          f"{'lower' if by_ppl else 'NOT LOWER'}, divergence "
          f"{'lower' if by_kl else 'NOT LOWER'}")
