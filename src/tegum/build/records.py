"""What files were made from: noted by the job that made them, and believed while it is true.

Each job writes a *making* when it ends: the digests of what it read and of what it wrote, and its
parameters and code. Snakemake's own records are written from the makings at the start of every
build: those of a file whose making is true, i.e. which is that file, made from the inputs that are
there, say its parameters; any other says that the job has to run. So neither times nor links nor
what was recorded without running a job decide anything.

`seal` copies the makings of a study into its data, where DVC finds them: a clone with pulled data
knows what a build knows.
"""

import atexit
import base64
import os
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from tegum.build.recipes import Recipe
from tegum.data.digests import Digests
from tegum.data.files import forget, read_json, sha256, write_json
from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL
from tegum.interop.models.places import available

FORMAT = 6
"""Version of the format of Snakemake's records."""
SNAKEMAKE = Path(".snakemake")
MADE = LOCAL / "made"
DIFFERS = "content differs from what was recorded"


@cache
def home() -> Path:
    """Folder of Snakemake's records: one of this process alone where that of the project, which
    is `SNAKEMAKE`, cannot be written to. A checkout of that kind can be planned, not built.
    """
    if os.access(SNAKEMAKE if SNAKEMAKE.is_dir() else Path(), os.W_OK):
        return SNAKEMAKE
    alone = tempfile.TemporaryDirectory(prefix="tegum-")
    atexit.register(alone.cleanup)
    return Path(alone.name)


class Making(BaseModel, frozen=True):
    """What one job read and wrote, by path and digest, and its parameters."""

    params: list[str]
    inputs: dict[str, str]
    outputs: dict[str, str]
    lacking: bool = False
    """Whether the extra `models` was missing; once it is there, the files are made again."""

    def untrue(self, digests: Digests) -> str | None:
        """The first of its files that is not as it says; None when it is true.

        An input that is not there says nothing against it: where only a study that reads another
        was pulled, that other study's rows are absent. Those that are asked for are made anew,
        and then so is what was made from them.
        """
        if self.lacking and available():
            return min(self.outputs)
        there = {f: d for f, d in self.inputs.items() if not _ours(f) or Path(f).exists()}
        files = {**there, **self.outputs}.items()
        return next((f for f, d in files if not (_ours(f) and digests.of(f) == d)), None)


def _ours(file: str) -> bool:
    return file.split("/")[0] in ("data", "results") and ".." not in file.split("/")


def _note(outputs: Iterable[str]) -> Path:
    return MADE / f"{min(outputs)}.json"


def read(files: Iterable[str]) -> dict[str, str]:
    """Digests of what a job is about to read."""
    return {file: sha256(file) for file in files if Path(file).is_file()}


def note(recipe: Recipe, inputs: dict[str, str], lacking: bool = False) -> None:
    """Note what a job has made from the `inputs` that it read."""
    outputs = read(recipe.outputs)
    making = Making(params=recipe.values, inputs=inputs, outputs=outputs, lacking=lacking)
    write_json(_note(outputs), making.model_dump(exclude_defaults=True))


class Makings:
    """The makings of one study that are known here: noted by its jobs, or come with its data.

    Args:
        seal: the file that came with the data; it need not be there.
    """

    def __init__(self, seal: str | Path, digests: Digests) -> None:
        self._digests = digests
        self._sealed = {min(m.outputs): m for m in _sealed(Path(seal)) if m.outputs}

    def _known(self, recipe: Recipe) -> list[Making]:
        noted, sealed = _making(_note(recipe.outputs)), self._sealed.get(min(recipe.outputs))
        whole = set(recipe.outputs)
        return [m for m in (noted, sealed) if m is not None and m.outputs.keys() == whole]

    def of(self, recipe: Recipe) -> Making | None:
        """What the files of a job were made from; None where that is not known.

        Of several, one that has the parameters of today, and its inputs: what was made from other
        buckets of the same rows has the same bytes.
        """
        true = [m for m in self._known(recipe) if m.untrue(self._digests) is None]
        inputs = set(recipe.inputs)
        likes = ((m.params == recipe.values, m.inputs.keys() == inputs, m) for m in true)
        return max(likes, key=lambda like: like[:2], default=(False, False, None))[2]

    def untrue(self, recipe: Recipe) -> str:
        """A file because of which a making is not true: its name, or what is missing."""
        wrong = [m.untrue(self._digests) for m in self._known(recipe)]
        return f"{wrong[0] or recipe.outputs[0]} is not the one of the last run"


def seal(path: str | Path, recipes: Iterable[Recipe], digests: Digests) -> list[str]:
    """Write the makings of a study beside its data.

    Returns the files that were not seen made from the parameters and code of today: where there is
    one, nothing is written.
    """
    makings = Makings(path, digests)
    made, unseen = [], []
    for recipe in recipes:
        making = makings.of(recipe)
        if making is None or making.params != recipe.values:
            unseen += recipe.outputs
        else:
            made.append(making.model_dump(exclude_defaults=True))
    if not unseen:
        write_json(path, {"made": made})
    return unseen


def put(recipe: Recipe, making: Making | None) -> None:
    """Make Snakemake's records of a job say what it was made from, or that it has to run.

    A job of which no file is there has no records: it runs where its files are wanted.
    """
    if making is None and not any(Path(file).exists() for file in recipe.outputs):
        for file in recipe.outputs:
            forget(record_path(file))
        return
    says = {
        "params": list(map(repr, making.params)) if making else [DIFFERS],
        "input": sorted(making.inputs if making else recipe.inputs),
        "input_checksums": {f: f"sha256:{d}" for f, d in making.inputs.items()} if making else {},
        "record_format_version": FORMAT,
    }
    # Without it Snakemake takes the records for those of an old version and reads all of them.
    (home() / "incomplete").mkdir(parents=True, exist_ok=True)
    for file in recipe.outputs:
        known = record_of(file)
        if not says.items() <= known.items():
            whole = {"rule": recipe.rule, "job_hash": 0, "starttime": 0.0, "endtime": 0.0}
            write_json(record_path(file), whole | _kept(known) | says)


def _kept(record: dict[str, Any]) -> dict[str, Any]:
    """Of a record of Snakemake, what says when and by which command."""
    names = ("rule", "code", "shellcmd", "log", "job_hash", "starttime", "endtime")
    return {name: record[name] for name in names if record.get(name) is not None}


def record_path(file: str) -> Path:
    """Where Snakemake keeps its record of one output."""
    name = base64.urlsafe_b64encode(file.encode()).decode()
    parts = [name[i : i + 254] for i in range(0, len(name), 254)]
    return home().joinpath("metadata", *[f"@{p}" for p in parts[:-1]], parts[-1])


def record_of(file: str) -> dict[str, Any]:
    """Snakemake's record of one output; empty where there is none, or a torn one."""
    try:
        record = read_json(record_path(file))
    except TegumError:
        return {}
    return record if isinstance(record, dict) else {}


def _making(path: Path) -> Making | None:
    try:
        return Making.model_validate(read_json(path))
    except (TegumError, ValidationError):
        return None


def _sealed(path: Path) -> list[Making]:
    """The makings in a seal; none of a torn one."""
    try:
        match read_json(path):
            case {"made": [*made]}:
                return [Making.model_validate(m) for m in made]
    except (TegumError, ValidationError):
        pass
    return []
