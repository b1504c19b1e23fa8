"""Time the preview of a definition on a sample, as the editor of tags asks for it.

python -m bench.preview [--customers N --facts N --folder F]. Each of the fifty tags of a built shop is tried three
times by a reader that has the build open; the first time of all draws the sample.
"""

from __future__ import annotations

import os
import statistics
from pathlib import Path

from bench.live.shop import shop_of, shop_parser
from huaxiang.read.current import current_build
from huaxiang.read.preview import preview

_TIMES = 3


def main() -> None:
    """Run and print."""
    arguments = shop_parser(__doc__).parse_args()
    env = shop_of(arguments)
    os.environ |= env
    with current_build(Path(env["BENCH_ROOT"])) as current:
        codes = list(current.project.tags.tags)
        told = [preview(current, current.project, code) for _ in range(_TIMES) for code in codes]
    first, later = told[0].seconds, sorted(each.seconds for each in told[1:])
    slowest = max(told[1:], key=lambda each: each.seconds)
    print(f"{len(codes)} tags, {told[0].sample:,} of {told[0].customers:,} customers, {arguments.facts:,} facts\n")
    print("| the first | p50 | p99 | most |\n|---|---|---|---|")
    p99 = later[int(len(later) * 0.99)]
    print(f"| {first:.2f} s | {statistics.median(later):.2f} s | {p99:.2f} s | {later[-1]:.2f} s ({slowest.code}) |")


if __name__ == "__main__":
    main()
