"""Shared by use-lite.py and thesis-10.py: compress a model, run the result."""
import json
import os
import shutil

import numpy as np

from report import BUILD, run, tool

OUT = os.path.join(BUILD, "bench", "compression")


class Model:
    """A model, what it is calibrated and evaluated on, and how."""

    def __init__(self, name, onnx, calibration, evaluation, output,
                 exclude=()):
        self.name, self.onnx = name, onnx
        self.calibration, self.evaluation = calibration, evaluation
        self.output, self.exclude = output, exclude
        self.directory = os.path.join(OUT, name)
        os.makedirs(self.directory, exist_ok=True)

    def step(self, kind, data=False, **options):
        """One pass of a pipeline, as text; options as the pass spells them."""
        if data:
            options["data"] = self.calibration
        if self.exclude:
            options["exclude"] = ",".join(self.exclude)
        text = " ".join(f"{key.replace('_', '-')}={value}"
                        for key, value in options.items())
        return f"{kind}{{{text}}}"

    def quantize(self, strategy, bits, group=None, **options):
        """Weights to symmetric int, one scale per output or group of inputs."""
        where = {"granularity": "group", "group_size": group} if group else {}
        return self.step("numfmt-quantize-weights",
                         data=strategy not in ("rtn", "mse", "percentile"),
                         strategy=strategy, format=f"!numfmt.int<{bits}>",
                         **where, **options)

    def prune(self, strategy, sparsity, **options):
        return self.step("mask-prune",
                         data=strategy not in ("magnitude", "random"),
                         strategy=strategy, sparsity=sparsity, **options)

    def compress(self, steps, key="work", measure=True):
        """Paths of the compressed model, with its codes and masks and folded,
        and the report of its storage."""
        out = os.path.join(self.directory, key)
        shutil.rmtree(out, ignore_errors=True)
        report = os.path.join(self.directory, key + ".json")
        steps = list(steps)
        if measure:
            steps.append(self.step("edgebert-compression-report",
                                   output=report))
        self.command = [tool("edgebert-compile"), self.onnx, "-o", out,
                        "--emit=model", "--bytecode"]
        if steps:
            self.command.append("--compress=" + ",".join(steps))
        run(self.command)
        storage = None
        if measure:
            with open(report) as file:
                storage = json.load(file)
        return out, storage

    def evaluate(self, out):
        """The output on the evaluation data."""
        results = os.path.join(self.directory, "outputs.npz")
        run([tool("edgebert-run"), os.path.join(out, "model.mlirbc"),
             "--inputs=" + self.evaluation, "--outputs=" + results,
             "--device=host"])
        with np.load(results) as arrays:
            found = {name: arrays[name] for name in self.output}
        os.remove(results)
        return found


def perplexity(logits, targets):
    """exp of the mean negative log likelihood per token."""
    nll = []
    for row, wanted in zip(logits, targets):
        row = row.astype(np.float64)
        row -= row.max(-1, keepdims=True)
        norm = np.log(np.exp(row).sum(-1))
        nll.append(norm - row[np.arange(len(wanted)), wanted])
    return float(np.exp(np.mean(nll)))


def divergence(logits, reference):
    """Mean Kullback-Leibler divergence of tokens from the reference's."""
    total = 0.0
    for rows in zip(logits, reference):
        found, wanted = (row.astype(np.float64) for row in rows)
        found, wanted = (x - np.log(np.exp(x - x.max(-1, keepdims=True))
                                    .sum(-1, keepdims=True))
                         - x.max(-1, keepdims=True) for x in (found, wanted))
        total += float((np.exp(wanted) * (wanted - found)).sum(-1).mean())
    return total / len(logits)


def cosine(found, wanted):
    """Mean cosine of rows."""
    found = found.reshape(wanted.shape).astype(np.float64)
    scale = np.linalg.norm(found, axis=1) * np.linalg.norm(wanted, axis=1)
    return float(np.mean((found * wanted).sum(1) / scale))
