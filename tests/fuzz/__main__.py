"""python -m tests.fuzz [COUNT] [SEED]: half of COUNT definitions, half files, and COUNT door bodies; prints counts."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from base64 import b64encode
from itertools import zip_longest
from pathlib import Path

from huaxiang.privacy.keys import KEY_VARIABLE
from tests.fuzz.bodies import try_bodies
from tests.fuzz.counts import Counts
from tests.fuzz.definitions import try_definitions
from tests.fuzz.files import try_files


def main() -> int:
    """Try everything; return 1 when something raised or a row is unaccounted for."""
    count, seed = (int(given or usual) for given, usual in zip_longest(sys.argv[1:], ("10000", "1")))
    os.environ[KEY_VARIABLE] = b64encode(bytes(32)).decode()
    warnings.simplefilter("error")
    found: list[Counts] = []
    with tempfile.TemporaryDirectory() as folder:
        for try_all, each in ((try_definitions, count // 2), (try_files, count - count // 2), (try_bodies, count)):
            found.append(try_all(Path(folder) / "fuzz", each, seed))
            print(found[-1], flush=True)
    raised, unaccounted = sum(len(each.raised) for each in found), sum(each.unaccounted for each in found)
    tried, rows = sum(each.tried for each in found), sum(each.rows for each in found)
    print(f"seed {seed}: {tried:,} tried, {raised:,} exceptions; {rows:,} rows, {unaccounted:,} unaccounted")
    return 1 if raised or unaccounted else 0


if __name__ == "__main__":
    sys.exit(main())
