"""The test format of the roundtrip suite (its own module, so that lit's worker
processes can find the class)."""
import lit.formats


class OptTests(lit.formats.ShTest):
    """The tests that call edgebert-opt."""

    def getTestsInDirectory(self, suite, path, lit_config, local_config):
        for test in super().getTestsInDirectory(suite, path, lit_config,
                                                local_config):
            with open(test.getSourcePath(), encoding="utf-8") as file:
                if "edgebert-opt" in file.read():
                    yield test
