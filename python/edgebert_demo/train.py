#!/usr/bin/python3
"""Train the demo encoder and write its vocabulary, weights and data sets.

    train.py --data build/demo-data --out models/demo

Reads DATA/messages.jsonl (fetch.py) and OUT/demo-sentences.tsv; writes
DATA/weights.npz and, into OUT, vocab.txt and demo-dev.npz, heldout-test.npz and
calib.npz with logits from this framework.  Needs torch; one thread, fixed seeds
and a fixed number of epochs, so that a rerun with the same torch repeats it.
"""
import argparse
import collections
import hashlib
import json
import math
import os
import random
import time

# OpenBLAS reads this when loaded; torch.set_num_threads does not reach it.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from tokenizer import FIXED, SEP, SEQ, UNK, Tokenizer, pad, words
from tokenize_text import read_rows

VOCAB, EMBEDDING, HIDDEN, HEADS, FFN, LAYERS = 2000, 64, 128, 2, 512, 4
MASK_VALUE = -10000.0
EPOCHS, BATCH_TOKENS, PEAK_RATE = 12, 2048, 1e-3
TEST_ROWS, CALIBRATION_ROWS = 400, 128

# Words kept out of the vocabulary: names of people, hosts and mailing lists
# that slip through the lower-case rule of learn_vocab, and obscenities.
BLOCKED = set("""
    kevin garrigues fahrl draig kre rah vipul pudge zzzz exmh ilug fork ftoc
    spamd spambayes spamassassin tmda tm al'qaeda al razor sa
    porn ass crap suck sex sexual
    """.split())
# Words mostly written with a capital that name nobody.
ALLOWED = set("""
    i'm i've i'd i'll hi hello dear thanks thank cheers congratulations however
    unfortunately sincerely mr dr sir english american european internet java
    linux unix windows perl python apache newsletter mortgage annuity viagra
    pentium january february march april june july august september october
    november december monday tuesday wednesday thursday friday saturday sunday
    """.split())


# ------------------------------------------------------------------ vocabulary
def learn_vocab(texts):
    """The fixed pieces and the words found in most texts.

    A word qualifies only if at least 40 % of its uses that are not in capitals
    are written small: that leaves out names of people and places."""
    seen = collections.Counter()
    small, titled = collections.Counter(), collections.Counter()
    for text in texts:
        seen.update({w for w in words(text) if w[0].isalpha() and w.isascii()})
        for token in text.split():
            token = token.strip(".,:;!?\"'()<>*-")
            if len(token) == 1 or not token.isupper():
                titled_here = token[:1].isupper() and token not in ("I", "A")
                (titled if titled_here else small)[token.lower()] += 1
    ranked = sorted(seen, key=lambda w: (-seen[w], w))
    keep = [w for w in ranked if w in ALLOWED or w not in BLOCKED and
            small[w] >= max(1, 0.4 * (small[w] + titled[w]))]
    return FIXED + keep[:VOCAB - len(FIXED)]


# ----------------------------------------------------------------------- model
class Linear(nn.Module):
    """y = x W + b with W stored [in, out], as the ONNX MatMul wants it."""

    def __init__(self, inputs, outputs):
        super().__init__()
        scale = math.sqrt(2.0 / (inputs + outputs))
        self.weight = nn.Parameter(torch.randn(inputs, outputs) * scale)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return torch.matmul(x, self.weight) + self.bias


class Layer(nn.Module):
    """One post-norm encoder layer."""

    def __init__(self, drop):
        super().__init__()
        self.query = Linear(HIDDEN, HIDDEN)
        self.key = Linear(HIDDEN, HIDDEN)
        self.value = Linear(HIDDEN, HIDDEN)
        self.attn_out = Linear(HIDDEN, HIDDEN)
        self.attn_norm = nn.LayerNorm(HIDDEN, eps=1e-5)
        self.ffn_in = Linear(HIDDEN, FFN)
        self.ffn_out = Linear(FFN, HIDDEN)
        self.ffn_norm = nn.LayerNorm(HIDDEN, eps=1e-5)
        self.drop = nn.Dropout(drop)

    def forward(self, x, bias):
        rows, length, _ = x.shape

        def split(t):
            return t.reshape(rows, length, HEADS, -1).permute(0, 2, 1, 3)

        q, k, v = split(self.query(x)), split(self.key(x)), split(self.value(x))
        scale = 1.0 / math.sqrt(HIDDEN // HEADS)
        scores = torch.matmul(q, k.transpose(-1, -2)) * scale + bias
        context = torch.matmul(torch.softmax(scores, dim=-1), v)
        context = context.permute(0, 2, 1, 3).reshape(rows, length, HIDDEN)
        x = self.attn_norm(x + self.drop(self.attn_out(context)))
        inner = functional.gelu(self.ffn_in(x))
        return self.ffn_norm(x + self.drop(self.ffn_out(inner)))


class Encoder(nn.Module):
    """Embedding, one layer applied LAYERS times, classifier on token 0."""

    def __init__(self, drop=0.1):
        super().__init__()
        self.word = nn.Embedding(VOCAB, EMBEDDING)
        nn.init.normal_(self.word.weight, std=0.3)
        self.position = nn.Parameter(torch.randn(SEQ, EMBEDDING) * 0.02)
        self.emb_norm = nn.LayerNorm(EMBEDDING, eps=1e-5)
        self.emb_proj = Linear(EMBEDDING, HIDDEN)
        self.layer = Layer(drop)
        self.pooler = Linear(HIDDEN, HIDDEN)
        self.classifier = Linear(HIDDEN, 2)
        self.drop = nn.Dropout(drop)

    def forward(self, ids, mask):
        """ids, mask [B, S] -> logits [B, 2]."""
        bias = (1.0 - mask.to(torch.float32))[:, None, None, :] * MASK_VALUE
        x = self.word(ids) + self.position[:ids.shape[1]]
        x = self.emb_proj(self.drop(self.emb_norm(x)))
        for _ in range(LAYERS):
            x = self.layer(x, bias)
        pooled = torch.tanh(self.pooler(x[:, 0]))
        return self.classifier(self.drop(pooled))


def logits_of(model, ids, mask):
    """float32 [N, 2], all rows padded to SEQ."""
    model.eval()
    with torch.no_grad():
        parts = [model(torch.from_numpy(ids[at:at + 32]),
                       torch.from_numpy(mask[at:at + 32])).numpy()
                 for at in range(0, len(ids), 32)]
    model.train()
    return np.concatenate(parts).astype(np.float32)


# -------------------------------------------------------------------- training
def batches(sequences, rng):
    """Rows of similar length together, about BATCH_TOKENS ids a batch."""
    order = sorted(range(len(sequences)),
                   key=lambda i: len(sequences[i]) + 8 * rng.random())
    result, current = [], []
    for i in order:
        if current and len(sequences[i]) * (len(current) + 1) > BATCH_TOKENS:
            result.append(current)
            current = []
        current.append(i)
    result.append(current)
    rng.shuffle(result)
    return result


def train(model, sequences, labels, dev):
    """AdamW with label smoothing and word dropout; keeps the weights of the
    epoch that does best on `dev`."""
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.05},
         {"params": vectors, "weight_decay": 0.01}],
        lr=0.0, betas=(0.9, 0.98))
    rng, start = random.Random(1), time.time()
    queue = [b for _ in range(EPOCHS) for b in [None] + batches(sequences, rng)]
    steps, step, best, state = len(queue) - EPOCHS, 0, (-1.0, 0.0), None
    # Spam is the rarer class: weigh it so that both count equally.
    share = labels.mean()
    weight = torch.tensor([0.5 / (1 - share), 0.5 / share], dtype=torch.float32)
    losses = collections.deque(maxlen=60)
    for part in queue[1:] + [None]:
        if part is None:
            logits = logits_of(model, *dev[:2])
            loss = float(functional.cross_entropy(
                torch.from_numpy(logits), torch.from_numpy(dev[2])))
            score = (float((logits.argmax(1) == dev[2]).mean()), -loss)
            if score > best and step > 0.6 * steps:
                best = score
                state = {n: t.clone() for n, t in model.state_dict().items()}
            print(f"step {step}/{steps}: train loss {np.mean(losses):.4f}, "
                  f"dev loss {loss:.4f}, dev accuracy {score[0]:.4f}, "
                  f"{time.time() - start:.0f} s", flush=True)
            continue
        ids, mask = pad([sequences[i] for i in part],
                        max(len(sequences[i]) for i in part))
        ids, mask = torch.from_numpy(ids), torch.from_numpy(mask)
        gone = (torch.rand(ids.shape) < 0.15) & (ids > SEP)
        ids = torch.where(gone, torch.full_like(ids, UNK), ids)
        loss = functional.cross_entropy(model(ids, mask),
                                        torch.from_numpy(labels[part]),
                                        weight=weight, label_smoothing=0.05)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        rate = PEAK_RATE * min((step + 1) / 100, max(0.02, 1 - step / steps))
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        losses.append(float(loss))
        step += 1
    model.load_state_dict(state)


def report(name, logits, labels):
    """Prints accuracy, both recalls and how wide the margins are."""
    right = logits.argmax(1) == labels
    margin = np.abs(logits[:, 1] - logits[:, 0])
    print(f"{name}: {len(labels)} rows, accuracy {right.mean():.4f}, "
          f"spam recall {right[labels == 1].mean():.4f}, "
          f"ham recall {right[labels == 0].mean():.4f}, "
          f"margin median {np.median(margin):.2f}, "
          f"below 0.25: {(margin < 0.25).sum()}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", required=True, help="directory of fetch.py")
    parser.add_argument("--out", required=True, help="models/demo")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)

    rows = {"train": [], "dev": [], "test": []}
    with open(os.path.join(args.data, "messages.jsonl"),
              encoding="utf-8") as file:
        for record in map(json.loads, file):
            rows[record["split"]].append((record["label"], record["text"]))
    vocab = learn_vocab([text for _, text in rows["train"]])
    if len(vocab) != VOCAB:
        raise SystemExit(f"expected {VOCAB} pieces, got {len(vocab)}")
    with open(os.path.join(args.out, "vocab.txt"), "w",
              encoding="utf-8") as file:
        file.writelines(piece + "\n" for piece in vocab)
    rows["own"] = read_rows(os.path.join(args.out, "demo-sentences.tsv"))

    tokenizer = Tokenizer(vocab)
    sequences = {n: [tokenizer.encode(t) for _, t in r]
                 for n, r in rows.items()}
    data = {n: (*pad(s), np.array([y for y, _ in rows[n]], np.int64))
            for n, s in sequences.items()}
    for name, (ids, mask, labels) in data.items():
        print(f"{name}: {len(labels)} rows, {labels.sum()} spam, "
              f"{(ids == UNK).sum() / mask.sum():.1%} unknown words")

    model = Encoder()
    train(model, sequences["train"], data["train"][2], data["dev"])
    logits = {n: logits_of(model, *d[:2]) for n, d in data.items()}
    for name, d in data.items():
        report(name, logits[name], d[2])
    np.savez(os.path.join(args.data, "weights.npz"),
             **{n: t.numpy() for n, t in model.state_dict().items()})

    def save(name, source, rows):
        ids, mask, labels, golden = (
            a[rows] for a in (*data[source], logits[source]))
        np.savez(os.path.join(args.out, name), input_ids=ids,
                 attention_mask=mask, labels=labels, logits=golden)
        report(name, golden, labels)

    # Test rows in the order of a hash, independent of the corpus order.
    order = sorted(range(len(rows["test"])), key=lambda i: hashlib.sha256(
        rows["test"][i][1].encode("utf-8")).digest())
    pick = random.Random(7).sample(range(len(rows["train"])), CALIBRATION_ROWS)
    save("demo-dev.npz", "own", slice(None))
    save("heldout-test.npz", "test", order[:TEST_ROWS])
    save("calib.npz", "train", pick)


if __name__ == "__main__":
    main()
