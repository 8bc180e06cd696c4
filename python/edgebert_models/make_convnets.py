#!/usr/bin/env python3
"""Write a convolutional network with random weights, and data for it.

    make_convnets.py lenet|resnet18 OUT.onnx DATA.npz [--rows N] [--seed N]

lenet is LeNet-5 with ReLU and max pooling on 1x28x28 (1.3 MFLOP); resnet18 is
the ImageNet network on 3x32x32 with its batch norms folded (74 MFLOP, 11.2 M
weights). DATA holds --rows random images as `input`.
Needs Debian's python3-numpy and python3-onnx.
"""
import argparse

import numpy as np
from onnx import save

from encoder_graph import Graph


def conv(g, x, n_in, n_out, size, name, stride=1, pad=0):
    w = g.weight(name + "/w", (n_out, n_in, size, size),
                 (2 / (n_in * size * size)) ** 0.5)
    b = g.weight(name + "/b", (n_out,), 0.05)
    return g.node("Conv", [x, w, b], name, kernel_shape=[size] * 2,
                  strides=[stride] * 2, pads=[pad] * 4)


def dense(g, x, n_in, n_out, name):
    w = g.weight(name + "/w", (n_out, n_in), (2 / n_in) ** 0.5)
    return g.node("Gemm", [x, w, g.weight(name + "/b", (n_out,), 0.05)], name,
                  transB=1)


def lenet(g):
    x = g.input("input", "f4", [1, 1, 28, 28])
    n_in = 1
    for number, (channels, pad) in enumerate(((6, 2), (16, 0)), 1):
        x = conv(g, x, n_in, channels, 5, f"conv{number}", pad=pad)
        x = g.node("Relu", [x], f"relu{number}")
        x = g.node("MaxPool", [x], f"pool{number}", kernel_shape=[2, 2],
                   strides=[2, 2])
        n_in = channels
    x = g.node("Flatten", [x], "flatten", axis=1)
    for number, (n_in, n_out) in enumerate(((400, 120), (120, 84)), 1):
        x = dense(g, x, n_in, n_out, f"fc{number}")
        x = g.node("Relu", [x], f"fc{number}/relu")
    g.output(dense(g, x, 84, 10, "fc3"), "logits", [1, 10])


def resnet18(g):
    x = g.input("input", "f4", [1, 3, 32, 32])
    x = conv(g, x, 3, 64, 7, "conv1", stride=2, pad=3)
    x = g.node("Relu", [x], "relu1")
    x = g.node("MaxPool", [x], "pool1", kernel_shape=[3, 3], strides=[2, 2],
               pads=[1] * 4)
    n_in = 64
    for stage, channels in enumerate((64, 128, 256, 512), 1):
        for block in range(2):
            g.prefix = f"layer{stage}.{block}/"
            stride = 2 if stage > 1 and block == 0 else 1
            y = conv(g, x, n_in, channels, 3, "conv1", stride, 1)
            y = g.node("Relu", [y], "relu1")
            y = conv(g, y, channels, channels, 3, "conv2", 1, 1)
            if stride > 1:
                x = conv(g, x, n_in, channels, 1, "shortcut", stride)
            x = g.node("Add", [y, x], "add")
            x = g.node("Relu", [x], "relu2")
            n_in = channels
    g.prefix = ""
    x = g.node("GlobalAveragePool", [x], "pool2")
    x = g.node("Flatten", [x], "flatten", axis=1)
    g.output(dense(g, x, 512, 1000, "fc"), "logits", [1, 1000])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=["lenet", "resnet18"])
    parser.add_argument("model")
    parser.add_argument("data")
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    g = Graph(0, 1, 0, args.seed)
    {"lenet": lenet, "resnet18": resnet18}[args.network](g)
    model = g.model(args.network)
    shape = [d.dim_value
             for d in model.graph.input[0].type.tensor_type.shape.dim]
    shape[0] = args.rows
    images = np.random.default_rng(args.seed + 1).standard_normal(shape, "f4")
    save(model, args.model)
    np.savez(args.data, input=images)


if __name__ == "__main__":
    main()
