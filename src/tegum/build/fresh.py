"""`snakemake --config fresh=true`: every row computed anew, and compared with what was known."""

import os
import sys
from pathlib import Path

from tegum.data import files
from tegum.errors import TegumError

FRESH = "TEGUM_FRESH"
"""Variable by which the jobs of a build know that nothing is to be reused."""


def wanted() -> bool:
    """Whether this process belongs to a build that computes all anew."""
    return FRESH in os.environ


def told(logs: Path, since: float) -> str:
    """One line about all jobs that were logged since then."""
    known, differing, largest = 0, 0, 0.0
    for path in logs.rglob("*.json"):
        try:
            match files.read_json(path):
                case {"started": float(at), "rows": {"known": n, "differing": d, "largest": x}}:
                    if at >= since:
                        known, differing = known + n, differing + d
                        largest = max(largest, float(x))
        except TegumError as error:
            print(error, file=sys.stderr)
    by = f", by at most {largest:.1e} of their value" if differing else ""
    return f"computed anew: {differing} of {known} rows differ from those that were known{by}"
