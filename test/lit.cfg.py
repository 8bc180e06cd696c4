"""lit configuration: FileCheck tests in test/, GoogleTests in unittests/.

Features: `shared` where the project's development data (../shared, or
$EDGEBERT_SHARED) is present; tests that need it say `REQUIRES: shared`.
Substitutions: %shared, %python (Debian's python3, which has numpy and onnx).
"""
import os

import lit.formats

config.name = "EdgeBERT"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "CMakeLists.txt", "lit.cfg.py"]
config.test_source_root = os.path.join(config.edgebert_source_dir, "test")
config.test_exec_root = os.path.join(config.edgebert_binary_dir, "test")

path = [os.path.join(config.edgebert_binary_dir, "bin"),
        config.llvm_tools_dir, os.environ["PATH"]]
config.environment["PATH"] = os.pathsep.join(path)
config.environment["FILECHECK_OPTS"] = "-enable-var-scope"
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "HOME", "OPENBLAS_CORETYPE",
             "OPENBLAS_L2_SIZE"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

shared = os.environ.get(
    "EDGEBERT_SHARED",
    os.path.join(os.path.dirname(config.edgebert_source_dir), "shared"))
if os.path.isdir(shared):
    config.available_features.add("shared")
    config.environment["EDGEBERT_SHARED"] = shared
else:
    lit_config.note(f"no {shared}: tests that need it are skipped")
config.substitutions += [
    ("%shared", shared),
    ("%python", "/usr/bin/python3"),
    ("%models", os.path.join(config.edgebert_source_dir, "models")),
]
