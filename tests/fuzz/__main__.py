"""`python -m fuzz SECONDS [SEED]`: every fuzzer in turn until the time is over, then the counts."""

import os
import sys
import tempfile
import time
from collections import Counter

from fuzz.fuzzers import FUZZERS, run

AT_ONCE = 25


def main(seconds: float, first: int) -> int:
    """Print counts and failures; status 1 when there is a failure."""
    total = {name: Counter() for name in FUZZERS}
    failures: list[str] = []
    end, seed = time.monotonic() + seconds, first
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        while time.monotonic() < end:
            for name in FUZZERS:
                total[name] += run(name, range(seed, seed + AT_ONCE), failures)
            seed += AT_ONCE
        os.chdir("/")
    for name, counts in total.items():
        print(f"{name:12}", ", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    print(f"seeds {first} to {seed - 1}, {len(failures)} failures")
    print("\n".join(failures[:5]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
