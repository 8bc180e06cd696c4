"""lit configuration: FileCheck tests in test/, GoogleTests in unittests/.

Two suites come from here. "EdgeBERT" is every test; "EdgeBERT-Roundtrip" runs
the .mlir tests of edgebert-opt again with --verify-roundtrip, so that each piece
of IR in the suite is also printed, parsed and compared.

Features, for `REQUIRES:`
  shared        the project's development data (../shared or $EDGEBERT_SHARED)
  npm           npm is there and its registry answers
  riscv64       a RISC-V cross-compiler, and qemu-user to run its programs
  clang-format  the one version whose formatting is ours
  asan          the tools were built with sanitizers
Substitutions: %shared, %models, %source (the tree), %clang-format, %python
(Debian's python3, which has numpy and onnx), %check-driver (compiles and runs a
C driver, test/Target/Inputs).
"""
import os
import shutil
import subprocess
import sys

import lit.formats

sys.path.insert(0, os.path.join(config.edgebert_source_dir, "test"))
sys.dont_write_bytecode = True
import roundtrip_format

roundtrip = getattr(config, "edgebert_roundtrip", False)

config.name = "EdgeBERT-Roundtrip" if roundtrip else "EdgeBERT"
config.test_format = (roundtrip_format.OptTests if roundtrip
                      else lit.formats.ShTest)(execute_external=False)
config.suffixes = [".mlir"] if roundtrip else [".mlir", ".test"]
config.excludes = ["Inputs", "CMakeLists.txt", "lit.cfg.py"]
config.test_source_root = os.path.join(config.edgebert_source_dir, "test")
config.test_exec_root = os.path.join(
    config.edgebert_binary_dir, "test-roundtrip" if roundtrip else "test")
if roundtrip:
    # The command word only, not paths and prose that contain it.
    config.substitutions.append((r"(?<![\w/.-])edgebert-opt(?= )",
                                 "edgebert-opt --verify-roundtrip"))

path = [os.path.join(config.edgebert_binary_dir, "bin"),
        config.llvm_tools_dir, os.environ["PATH"]]
config.environment["PATH"] = os.pathsep.join(path)
config.environment["FILECHECK_OPTS"] = "-enable-var-scope"
# The machine's own settings that tools, OpenBLAS and npm need.
for name, value in os.environ.items():
    if (name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "HOME", "NODE_EXTRA_CA_CERTS")
            or name.lower().startswith(("openblas_", "npm_config_"))
            or name.lower().endswith("_proxy")):
        config.environment[name] = value

shared = os.environ.get(
    "EDGEBERT_SHARED",
    os.path.join(os.path.dirname(config.edgebert_source_dir), "shared"))


def note(text):
    if not roundtrip:
        lit_config.note(text)


if os.path.isdir(shared):
    config.available_features.add("shared")
    config.environment["EDGEBERT_SHARED"] = shared
else:
    note(f"no {shared}: tests that need it are skipped")


def npm_answers():
    """Whether packages can be had; asked once per run of lit, and briefly."""
    if not shutil.which("npm"):
        return note("no npm: tests of fetched models are skipped")
    try:
        done = subprocess.run(["npm", "ping"], capture_output=True, timeout=20,
                              stdin=subprocess.DEVNULL)
        if done.returncode == 0:
            return True
    except subprocess.TimeoutExpired:
        pass
    return note("npm's registry does not answer: tests of fetched models are "
                "skipped")


if not roundtrip and npm_answers():
    config.available_features.add("npm")
clang_format = shutil.which("clang-format-22")
if clang_format:
    config.available_features.add("clang-format")
else:
    note("no clang-format-22: the test of formatting is skipped")
if all(map(shutil.which, ("riscv64-linux-gnu-gcc", "qemu-riscv64"))):
    config.available_features.add("riscv64")
else:
    note("no riscv64-linux-gnu-gcc or qemu-riscv64: tests that run RISC-V "
         "programs are skipped")
if config.edgebert_sanitize:
    config.available_features.add("asan")

check_driver = " ".join(
    ["/usr/bin/python3", os.path.join(config.test_source_root, "Target",
                                      "Inputs", "check_driver.py"),
     f"--source={config.edgebert_source_dir}",
     f"--build={config.edgebert_binary_dir}"]
    + ["--asan"] * config.edgebert_sanitize)

config.substitutions += [
    ("%check-driver", check_driver),
    ("%shared", shared),
    ("%python", "/usr/bin/python3"),
    ("%source", config.edgebert_source_dir),
    ("%clang-format", clang_format or "clang-format-22"),
    ("%models", os.path.join(config.edgebert_source_dir, "models")),
]
