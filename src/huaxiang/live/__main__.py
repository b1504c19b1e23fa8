"""python -m huaxiang.live ROOT [--base BUILD]: the applier of a project, as the server starts it; or make one base."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path

from huaxiang.live.worker import Worker, make_base, parent_lives
from huaxiang.privacy.scrub import install_scrubber


def main() -> None:
    """Run the applier until the process that started it is gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--base", type=int)
    parser.add_argument("--alone", action="store_true", help="do not look for a parent")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    install_scrubber()
    if arguments.base is not None:
        make_base(arguments.root, arguments.base)
        return
    alive = (lambda: True) if arguments.alone else parent_lives(os.getppid())
    Worker(arguments.root, alive).run()


if __name__ == "__main__":
    main()
