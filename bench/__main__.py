"""make bench: every benchmark, as tables.

The events and the fifty tags of the tag step are not ours to carry: they are read from ../shared/bench, and that
benchmark is left out, with a word, where the folder is missing.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared" / "bench"


def main() -> None:
    """Run them one after the other."""
    generator, tags = SHARED / "generate_events.py", SHARED / "fifty_tags.json"
    print("## The tag step: 2M customers, 50M events, 50 tags\n", flush=True)
    if generator.is_file() and tags.is_file():
        sizes = ["2000000", "50000000"]
        command = [sys.executable, "-m", "bench.tag_step", *sizes, "--generator", str(generator), "--tags", str(tags)]
        subprocess.run(command, check=True)
        print("\n## A refresh against a full build: 2M customers, 50M events, 50 tags\n", flush=True)
        subprocess.run([*command[:2], "bench.refresh", *command[3:]], check=True)
    else:
        print(f"left out: there is no {generator.name} and {tags.name} in ../shared/bench")
    print("\n## The whole build of the simulated retailer\n", flush=True)
    subprocess.run([sys.executable, "-m", "bench.build"], check=True)
    print("\n## The doors: events acknowledged, on the disk\n", flush=True)
    subprocess.run([sys.executable, "-m", "bench.live.ingest"], check=True)
    if generator.is_file() and tags.is_file():
        print("\n## From the door to the profile: 1M customers, 20M facts, 50 tags\n", flush=True)
        with tempfile.TemporaryDirectory(prefix="huaxiang-bench-") as folder:
            subprocess.run([sys.executable, "-m", "bench.live.follow", "--folder", folder], check=True)
            print("\n## The preview of a definition: the same customers\n", flush=True)
            subprocess.run([sys.executable, "-m", "bench.preview", "--folder", folder], check=True)


if __name__ == "__main__":
    main()
