"""The sources of an installed package as a text that needs no download."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tegum.data import files


@dataclass(frozen=True)
class PackageText:
    """Sources of a package in the order of their paths, without its tests."""

    texts: tuple[str, ...]
    digest: str
    """SHA-256 of the paths and the contents: equal texts have equal ones."""


def package_text(package: str, folders: Sequence[str]) -> PackageText | None:
    """The sources in some folders of a package; None where it is not installed.

    Nothing of the package is imported or run.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    root = Path(spec.submodule_search_locations[0])
    paths = sorted(
        path.relative_to(root).as_posix()
        for folder in folders
        for path in (root / folder).rglob("*.py")
        if "tests" not in path.relative_to(root).parts
    )
    texts = tuple(files.read_text(root / path) for path in paths)
    digest = hashlib.sha256()
    for path, text in zip(paths, texts, strict=True):
        digest.update(f"{path}\0{len(text)}\0{text}".encode())
    return PackageText(texts, digest.hexdigest())
