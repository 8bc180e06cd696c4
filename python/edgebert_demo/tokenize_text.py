#!/usr/bin/python3
"""Turn own texts into an input file for the demo encoder.

    tokenize_text.py texts.txt -o inputs.npz [--vocab models/demo/vocab.txt]

A text file has one text a line, a .tsv file a header and "label<TAB>text" with
label 0 or 1.  The best input looks like the training data: a subject, " : " and
the beginning of a message.  Writes input_ids and attention_mask, int64 [N, 64],
and labels, int64 [N], if there are any.  Needs numpy only.
"""
import argparse
import os

import numpy as np

from tokenizer import Tokenizer, pad

VOCAB = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     "../../models/demo/vocab.txt")


def read_rows(path):
    """[(label, text)]; the label is None for a plain text file."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    if not path.endswith(".tsv"):
        return [(None, line) for line in lines if line.strip()]
    rows = []
    for number, line in enumerate(lines[1:], 2):
        label, tab, text = line.partition("\t")
        if not tab or label not in ("0", "1"):
            raise SystemExit(f"{path}:{number}: expected 0 or 1, a tab and a "
                             f"text, got {line[:40]!r}")
        rows.append((int(label), text))
    return rows


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("texts")
    parser.add_argument("-o", dest="output", required=True)
    parser.add_argument("--vocab", default=VOCAB)
    args = parser.parse_args()

    rows = read_rows(args.texts)
    if not rows:
        raise SystemExit(f"{args.texts}: expected at least one text, got none")
    tokenizer = Tokenizer.load(args.vocab)
    ids, mask = pad([tokenizer.encode(text) for _, text in rows])
    arrays = {"input_ids": ids, "attention_mask": mask}
    if rows[0][0] is not None:
        arrays["labels"] = np.array([label for label, _ in rows], np.int64)
    with open(args.output + ".part", "wb") as file:
        np.savez(file, **arrays)
    os.replace(args.output + ".part", args.output)


if __name__ == "__main__":
    main()
