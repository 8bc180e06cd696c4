"""Text to token ids for the demo encoder.

A word-level vocabulary with a few English suffix pieces.  Words that are not in
it become [UNK]: nothing can be spelled letter by letter, so that token ids of
real messages cannot reveal a name, an address or a number.
"""
import re

import numpy as np

SEQ = 64
PAD, UNK, CLS, SEP = 0, 1, 2, 3
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
# Stand-ins for what differs in every message; [CAPS] precedes a run of words
# written in capital letters.
CLASSES = ["[URL]", "[MAIL]", "[MONEY]", "[NUM]", "[CAPS]"]
PUNCTUATION = ["!", "!!", "?", "%", ":"]
SUFFIXES = [
    "##s", "##es", "##'s", "##ed", "##d", "##ing", "##er", "##ers", "##ly",
    "##ion", "##ions", "##able", "##ment", "##ments", "##ness", "##ity",
    "##al", "##ful", "##less", "##n't",
]
FIXED = SPECIAL + CLASSES + PUNCTUATION + SUFFIXES

# A suffix is split off only behind a stem of at least this many letters.
MIN_STEM = 4

_TOKEN = re.compile(
    r"""(?P<URL>(?:https?|ftp)://\S+|www\.\S+|\b[\w-]+(?:\.[\w-]+)*
              \.(?:com|net|org|edu|info|biz)\b(?:/\S*)?)
      | (?P<MAIL>[\w.+-]+@[\w.-]+)
      | (?P<MONEY>[$\u00a3\u20ac]\s?\d[\d.,]*|\b(?:usd|us\$)\s?\d[\d.,]*)
      | (?P<NUM>\d[\d.,:/-]*)
      | (?P<WORD>[^\W\d_]+(?:['\u2019][^\W\d_]+)?)
      | (?P<BANG>!+) | (?P<MARK>[?%:])""",
    re.VERBOSE | re.IGNORECASE)


def words(text):
    """Yields the surface tokens of `text`: lower-case words, [CLASS] stand-ins
    and punctuation marks."""
    in_caps = False
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match.group()
        if kind == "WORD":
            if len(token) >= 3:
                if token.isupper() and not in_caps:
                    yield "[CAPS]"
                in_caps = token.isupper()
            yield token.lower().replace("\u2019", "'")
        elif kind == "BANG":
            yield token[:2]
        elif kind == "MARK":
            yield token
        else:
            yield f"[{kind}]"


class Tokenizer:
    """Maps text to ids with a vocabulary (list of pieces, index = id)."""

    def __init__(self, vocab):
        if vocab[:len(SPECIAL)] != SPECIAL:
            raise ValueError(f"vocabulary must start with {SPECIAL}")
        self.ids = {piece: i for i, piece in enumerate(vocab)}

    @classmethod
    def load(cls, path):
        with open(path, encoding="utf-8") as file:
            return cls(file.read().split("\n")[:-1])

    def word(self, token):
        """The ids of one surface token: the whole word, the longest known stem
        and a suffix piece, or [UNK]."""
        if token in self.ids:
            return [self.ids[token]]
        for cut in range(len(token) - 1, MIN_STEM - 1, -1):
            stem, suffix = token[:cut], "##" + token[cut:]
            if stem in self.ids and suffix in self.ids:
                return [self.ids[stem], self.ids[suffix]]
        return [UNK]

    def encode(self, text):
        """[CLS] pieces [SEP], cut to SEQ ids."""
        ids = [i for token in words(text) for i in self.word(token)]
        return [CLS] + ids[:SEQ - 2] + [SEP]


def pad(sequences, length=SEQ):
    """Lists of ids to (input_ids, attention_mask), both int64 [N, length]."""
    ids = np.full((len(sequences), length), PAD, np.int64)
    mask = np.zeros((len(sequences), length), np.int64)
    for row, sequence in enumerate(sequences):
        ids[row, :len(sequence)] = sequence
        mask[row, :len(sequence)] = 1
    return ids, mask
