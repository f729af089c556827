"""What made activations that are kept: they are made anew where it is other."""

from functools import cache
from importlib import metadata
from pathlib import Path

from tegum.controls import models, weights
from tegum.data.files import read_text
from tegum.data.syntax import source_digest, text_digest


@cache
def made_by() -> dict[str, str]:
    """Versions of the libraries that compute them, and a digest of what the code does.

    The code is that of the modules here, which read models, and of those that draw the weights of
    models under a control.
    """
    drawing = [Path(str(module.__file__)) for module in (models, weights)]
    texts = map(read_text, [*sorted(Path(__file__).parent.glob("*.py")), *drawing])
    versions = {name: metadata.version(name) for name in ("numpy", "torch", "transformers")}
    return versions | {"code": text_digest("".join(map(source_digest, texts)))}
