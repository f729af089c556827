"""`tegum new-study NAME`: the parameters and the room of a new study, ready to build."""

from pathlib import Path

from tegum.data.files import forget, read_text, write_bytes
from tegum.errors import TegumError
from tegum.experiment.params import NAME, RESERVED
from tegum.experiment.rooms import FOLDER

TEMPLATES = Path(__file__).parent
KINDS = ("toy", "dictionary", "measure-only")
"""What a new study can be made from: trained models, dictionaries on known features, or
measurements alone."""
PACKAGE = Path("src/tegum/studies")


def _room(name: str) -> Path:
    """In tegum's own checkout beside its studies; elsewhere in the project's folder `studies/`."""
    return (PACKAGE if PACKAGE.is_dir() else Path(FOLDER)) / name


def _in_a_project() -> None:
    if not Path("params").is_dir() or not Path("Snakefile").is_file():
        raise TegumError("no params/ and Snakefile here: run this in the project's root")


def new_study(name: str, kind: str = "toy") -> list[str]:
    """Write the files of a new study; returns their paths.

    Args:
        name: of the study.
        kind: one of `KINDS`.

    Raises:
        TegumError: outside a project, for a name that cannot be one, or a study that is there.
    """
    _in_a_project()
    if kind not in KINDS:
        raise TegumError(f"kind {kind!r}: expected one of {', '.join(KINDS)}")
    if not NAME.fullmatch(name):
        raise TegumError(f"{name!r} cannot name a study: use a-z, 0-9 and _, a letter first")
    if name in RESERVED:
        raise TegumError(f"{name!r} cannot name a study: it means something else; choose another")
    room = _room(name)
    places = {"params.yaml": f"params/{name}.yaml"}
    places |= {f"{s}.yaml": f"params/{s}/{name}.yaml" for s in ("smoke", "paper")}
    files = {}
    for template in sorted([*TEMPLATES.glob("common/*.txt"), *TEMPLATES.glob(f"{kind}/*.txt")]):
        file = template.name.removesuffix(".txt")
        files[places.get(file, f"{room}/{file}")] = read_text(template)
    if room.parts[0] == FOLDER:
        files.setdefault(f"{FOLDER}/__init__.py", '"""Studies of this project."""\n')
    there = [p for p in files if Path(p).exists() and Path(p).parent.name != FOLDER]
    if there:
        raise TegumError(f"{there[0]} is there already: choose another name, or remove it")
    title = name.replace("_", " ").capitalize()
    package = ".".join(room.parts).removeprefix("src.")
    for path, text in files.items():
        text = text.replace("tegum.studies.@NAME@", package)
        write_bytes(path, text.replace("@NAME@", name).replace("@TITLE@", title).encode())
    return list(files)


def remove_study(name: str) -> list[str]:
    """Remove a study's parameters, room, results and data; returns what is gone.

    Raises:
        TegumError: outside a project, or where there is no such study.
    """
    _in_a_project()
    if not NAME.fullmatch(name) or not Path("params", f"{name}.yaml").is_file():
        raise TegumError(f"no study {name!r}: there is no params/{name}.yaml")
    overlays = [Path("params", s, f"{name}.yaml") for s in ("smoke", "paper")]
    files = [Path("params", f"{name}.yaml"), *overlays, Path("params", "schema", f"{name}.json")]
    scales = ("", "smoke/", "paper/")
    folders = [_room(name), *(Path(f"{t}/{s}{name}") for t in ("data", "results") for s in scales)]
    gone = [p for p in (*files, *folders) if p.exists()]
    for path in gone:
        forget(path)
    return [str(p) for p in gone]
