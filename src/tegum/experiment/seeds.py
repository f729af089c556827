"""Named random streams: what is drawn depends on a name, never on the company of a cell."""

import hashlib
import json

PURPOSES = ("data", "init", "evaluation", "control")


def stream_seed(study: str, purpose: str, **coords: float | int | str | bool) -> int:
    """Return the 63-bit integer that names one random stream.

    Args:
        study: name of the study; streams of two studies are independent.
        purpose: one of `PURPOSES`; evaluation data never shares a stream with training data.
        coords: `seed`, and those axes that the parameters declare as reseeding.

    Raises:
        ValueError: for an unknown purpose.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"unknown stream purpose {purpose!r}: use one of {', '.join(PURPOSES)}")
    name = json.dumps([study, purpose, sorted(coords.items())], separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1
