"""mutate.py SEED COUNT MODEL...: import COUNT broken copies of the models.

Each copy keeps one node of a model and changes bytes, attributes, dimensions or
operator types. edgebert-translate must accept it or say what is wrong; it must
not crash. Prints the seed and number of a copy that it does not survive.
"""
import collections
import copy
import os
import random
import subprocess
import sys
import tempfile

import onnx

SEED, COUNT, PATHS = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
ODD = [0, 1, -1, 2, -2, 7, 1 << 31, -(1 << 31), 1 << 40, (1 << 63) - 1,
       -(1 << 63)]
MODELS = [onnx.load(path) for path in PATHS]
OPERATORS = sorted({node.op_type for m in MODELS for node in m.graph.node})


def only(field, keep):
    kept = [copy.deepcopy(entry) for entry in field if keep(entry)]
    del field[:]
    field.extend(kept)


def mutant(pick):
    """The bytes of one broken model."""
    model = copy.deepcopy(pick.choice(MODELS))
    graph = model.graph
    node = copy.deepcopy(pick.choice(graph.node))
    only(graph.node, lambda other: other == node)
    only(graph.input, lambda v: v.name in node.input)
    only(graph.initializer, lambda t: t.name in node.input)
    only(graph.output, lambda v: v.name in node.output)
    for output in graph.output:
        output.type.tensor_type.ClearField("shape")
    node = graph.node[0]
    for _ in range(pick.choice([1, 1, 2, 3])):
        what = pick.randrange(5)
        numbers = [a for a in node.attribute if a.type in (2, 7)]
        if what == 0 and numbers:
            attribute = pick.choice(numbers)
            attribute.i = pick.choice(ODD)
            if attribute.ints:
                attribute.ints[pick.randrange(len(attribute.ints))] = (
                    pick.choice(ODD))
        elif what == 1 and graph.input:
            dims = pick.choice(graph.input).type.tensor_type.shape.dim
            if dims:
                pick.choice(dims).dim_value = pick.choice(ODD)
        elif what == 2:
            node.op_type = pick.choice(OPERATORS)
        elif what == 3 and graph.initializer:
            tensor = pick.choice(graph.initializer)
            if tensor.dims:
                tensor.dims[pick.randrange(len(tensor.dims))] = (
                    pick.choice(ODD))
            if tensor.data_type == onnx.TensorProto.INT64:
                tensor.raw_data = (pick.choice(ODD) % (1 << 64)).to_bytes(
                    8, "little") + tensor.raw_data[8:]
        elif what == 4:
            model.opset_import[0].version = pick.randrange(9, 18)
    data = bytearray(model.SerializeToString())
    if pick.random() < 0.3:
        data[pick.randrange(len(data))] = pick.randrange(256)
    return data


results = collections.Counter()
with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "mutant.onnx")
    for number in range(COUNT):
        pick = random.Random(f"{SEED}/{number}")
        with open(path, "wb") as file:
            file.write(mutant(pick))
        done = subprocess.run(
            ["edgebert-translate", "--import-onnx", path, "-o", os.devnull],
            capture_output=True, text=True, errors="replace", timeout=60)
        results[done.returncode] += 1
        if done.returncode not in (0, 1) or (
                done.returncode == 1 and "error: " not in done.stderr):
            sys.exit(f"seed {SEED}, copy {number}: exit code "
                     f"{done.returncode}\n{done.stderr}")
print(f"{results[0]} imported, {results[1]} refused")
