"""python -m huaxiang.jobs ROOT ID: do one job that the server took."""

import sys
from pathlib import Path

from huaxiang.jobs.child import run_child

if __name__ == "__main__":
    sys.exit(run_child(Path(sys.argv[1]), int(sys.argv[2])))
