"""Where a study's room is: in tegum, in the project's folder `studies/`, or in another package.

An installed package offers a study by an entry point of the group `tegum.studies`, whose name is
the study's and whose value is the package that is its room.
"""

import os
import sys
from importlib import import_module, metadata
from importlib.util import find_spec
from types import ModuleType

GROUP = "tegum.studies"
FOLDER = "studies"


def room(study: str) -> str | None:
    """The package that is the study's room; None where there is none."""
    if find_spec(f"tegum.studies.{study}"):
        return f"tegum.studies.{study}"
    if os.path.isdir(os.path.join(FOLDER, study)):
        if os.getcwd() not in sys.path:
            sys.path.append(os.getcwd())
        return f"{FOLDER}.{study}"
    found = metadata.entry_points(group=GROUP, name=study)
    return next((entry.value for entry in found), None)


def load(study: str, name: str) -> ModuleType:
    """A module of a study's room.

    Raises:
        ModuleNotFoundError: where the study has no room, or no such module.
    """
    place = room(study)
    if place is None:
        raise ModuleNotFoundError(f"no room of the study {study!r}")
    return import_module(f"{place}.{name}")


def module_of(study: str, stage: str, kinds: list[str]) -> str:
    """The name of the module of a stage: that of the first kind that has one, or the stage's."""
    place = room(study)
    package = find_spec(f"{place}.{stage}") if place else None
    if package is not None and package.submodule_search_locations:
        for kind in kinds:
            if find_spec(f"{place}.{stage}.{kind}"):
                return f"{stage}.{kind}"
    return stage


def source_files(study: str, name: str) -> list[str]:
    """The source files of a module, or of all modules of a package, of a study's room."""
    place = room(study)
    spec = find_spec(f"{place}.{name}") if place else None
    if spec is None:
        return []
    folders = spec.submodule_search_locations
    if not folders:
        return [str(spec.origin)]
    return [os.path.join(f, n) for f in folders for n in sorted(os.listdir(f)) if n.endswith(".py")]
