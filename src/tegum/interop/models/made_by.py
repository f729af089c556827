"""What made activations that are kept: they are made anew where it is other."""

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

from tegum.data import files


@cache
def made_by() -> dict[str, str]:
    """Versions of the libraries that compute them, and a digest of the modules that ask them."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    code = hashlib.sha256(b"".join(files.read_bytes(path) for path in sources)).hexdigest()
    versions = {name: metadata.version(name) for name in ("torch", "transformers")}
    return versions | {"code": code}
