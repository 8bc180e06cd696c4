"""lit configuration of the GoogleTests: every *Tests in this directory."""
import os

import lit.formats

config.name = "EdgeBERT-Unit"
config.suffixes = []
config.test_source_root = os.path.dirname(os.path.abspath(__file__))
config.test_exec_root = config.test_source_root
config.test_format = lit.formats.GoogleTest(".", "Tests")
for name in ("EDGEBERT_SHARED", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS",
             "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
# lit already fills the cores; BLAS threads of small matrices would only spin.
config.environment["OPENBLAS_NUM_THREADS"] = "1"
