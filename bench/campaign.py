"""Fault campaigns: trials per second of one thread's processor time

One random activation bit per trial, networks with random weights
(python/edgebert_models): BERT-base with 128 tokens emulated in AFP8, ResNet-18
on 3x32x32 and LeNet-5 in f32. A forward is the golden run of the same engine;
that of BERT in f32 is the peer of the emulated one.
"""
import os
import re

from report import BUILD, ROOT, Report, run, tool

report = Report("campaign")
MODELS = os.path.join(ROOT, "python", "edgebert_models")


def make(script, name, *options):
    """The directory of a random network."""
    directory = os.path.join(BUILD, "bench", "campaign-" + name)
    os.makedirs(directory, exist_ok=True)
    run(["/usr/bin/python3", os.path.join(MODELS, script), name,
         os.path.join(directory, "model.onnx"),
         os.path.join(directory, "rows.npz"), *options])
    return directory


def measure(program, directory, trials, window, repeats=3):
    """Milliseconds of a forward, trials per second of the thread, share of
    identical ones; the best run."""
    command = [tool("edgebert-campaign"), program,
               "--inputs=" + os.path.join(directory, "rows.npz"), "--bench",
               f"--trials={trials}", f"--window={window}"]
    runs = []
    for _ in range(repeats):
        found = re.search(r"forward ([\d.]+) ms.* rate ([\d.e+]+), "
                          r"identical ([\d.]+)", run(command))
        runs.append([float(text) for text in found.groups()])
    best = max(runs, key=lambda entry: entry[1])
    return command, min(entry[0] for entry in runs), best[1], best[2]


def bench_bert():
    directory = make("make_encoders.py", "bert", "--rows=2", "--no-golden")
    out = os.path.join(directory, "out")
    run([tool("edgebert-compile"), os.path.join(directory, "model.onnx"),
         "--calibrate=" + os.path.join(directory, "rows.npz"),
         "--emit=model,compressed", "--bytecode", "-o", out])
    command, forward, rate, identical = measure(out, directory, 200, 16, 1)
    report.add("bert_trials_per_s", rate, "trials/s", command)
    report.add("bert_trials_per_forward", rate * forward / 1e3,
               "trials in the time of a forward", command)
    report.add("bert_forward_ms", forward, "ms, emulated", command)
    report.add("bert_identical", identical, "of the trials", command)
    command, plain, _, _ = measure(os.path.join(out, "model.mlirbc"),
                                   directory, 1, 1, 1)
    report.add("emulated_over_fp32_forward", forward / plain, "ratio", command,
               "f32 forward, ms", plain)


def bench_convolutions(name, metric, trials):
    directory = make("make_convnets.py", name)
    command, forward, rate, identical = measure(
        os.path.join(directory, "model.onnx"), directory, trials, 512)
    report.add(metric + "_trials_per_s", rate, "trials/s", command)
    report.add(metric + "_trials_per_forward", rate * forward / 1e3,
               "trials in the time of a forward", command)
    report.add(metric + "_identical", identical, "of the trials", command)


bench_bert()
bench_convolutions("resnet18", "resnet18", 10000)
bench_convolutions("lenet", "lenet", 100000)
report.finish()
