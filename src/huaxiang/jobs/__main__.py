"""python -m huaxiang.jobs ROOT ID: do one job that the server took."""

import sys
from pathlib import Path

from huaxiang.loading import load_module

if __name__ == "__main__":
    sys.exit(load_module("huaxiang.jobs.child").run_child(Path(sys.argv[1]), int(sys.argv[2])))
