"""onnxruntime from npm as a peer, one thread; a part of other benches."""
import json
import os
import subprocess
import sys

import numpy as np
from report import BUILD, ROOT, run

VERSION = "1.30.0"
PEER = f"onnxruntime {VERSION}, 1 thread"


class OnnxRuntime:
    """Ready to time one model on one feed."""

    def __init__(self, model, feeds):
        node = os.path.join(BUILD, "bench", "node")
        os.makedirs(node, exist_ok=True)
        if not os.path.isdir(node + "/node_modules/onnxruntime-node"):
            done = subprocess.run(
                ["npm", "install", "--prefix", node, "--silent",
                 "--ignore-scripts", "onnxruntime-node@" + VERSION],
                capture_output=True)
            if done.returncode:
                sys.exit("skipped: npm could not install onnxruntime-node " +
                         VERSION)
        path = os.path.join(BUILD, "bench", "feeds.json")
        with open(path, "w") as file:
            json.dump({name: {
                "type": {"f4": "float32", "i8": "int64"}[value.dtype.str[1:]],
                "dims": value.shape, "data": np.ravel(value).tolist()}
                for name, value in feeds.items()}, file)
        self.command = ["env", f"NODE_PATH={node}/node_modules", "node",
                        os.path.join(ROOT, "bench", "forward.js"), model]
        self.feeds = path

    def median_ms(self, runs):
        return float(run([*self.command, str(runs), self.feeds]))
