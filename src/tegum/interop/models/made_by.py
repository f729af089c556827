"""What made activations that are kept: they are made anew where it is other."""

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

from tegum.controls import models, weights
from tegum.data import files

CONTROLS = models, weights
"""What draws the weights of a `StandIn`."""


@cache
def made_by() -> dict[str, str]:
    """Versions of the libraries that compute them, and a digest of the modules that ask them."""
    sources = sorted(Path(__file__).parent.glob("*.py")) + [Path(m.__file__) for m in CONTROLS]  # pyright: ignore
    code = hashlib.sha256(b"".join(files.read_bytes(path) for path in sources)).hexdigest()
    versions = {name: metadata.version(name) for name in ("numpy", "torch", "transformers")}
    return versions | {"code": code}
