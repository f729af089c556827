"""What the pages show of a study, gathered from its parameters, claims and figures."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from tegum.build.project import Project
from tegum.build.sync import of_paper
from tegum.data.files import read_bytes, read_text
from tegum.data.netcdf import load_dataset
from tegum.errors import TegumError
from tegum.experiment.params import ROW_STAGES, Sweep, Value
from tegum.experiment.rooms import load, source_files
from tegum.figures import QUOTED, Figure, collect
from tegum.ledger.claim import Verdict
from tegum.site.claims import Shown
from tegum.site.latents import LatentView, latent_views

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
STAGES = (*ROW_STAGES, "measure")
MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#|$]")
SIZE = re.compile(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True)
class FigureView:
    """One figure of a study, with its texts filled in."""

    name: str
    caption: str
    shows: str
    surprise: str
    width: int
    height: int
    """Of its SVG, in points."""

    @property
    def heading(self) -> str:
        """Its name as words."""
        return escaped(self.name.replace("_", " "))

    @property
    def alt(self) -> str:
        """For those who cannot see it: the caption's first sentence, and what it shows."""
        return f"{self.caption.split('. ')[0].rstrip('.')}. {self.shows}"


@dataclass(frozen=True)
class SweepView:
    """One sweep: its axes with their values, and what it sets for itself."""

    name: str
    axes: dict[str, str]
    cells: int
    fixed: dict[str, str]


@dataclass(frozen=True)
class FileView:
    """A file that can be fetched from the site."""

    path: str
    size: str


@dataclass(frozen=True)
class StudyView:
    """One study."""

    name: str
    title: str
    question: str
    expect: str
    """What its parameters say is to be expected."""
    minutes: str
    yaml: str
    sweeps: list[SweepView]
    claims: list[Shown]
    figures: list[FigureView]
    files: list[FileView]
    latents: list[LatentView]

    @property
    def counts(self) -> dict[str, int]:
        """Verdict to the number of its claims."""
        return counted(claim.row for claim in self.claims)

    @property
    def heading(self) -> str:
        """Its title as Markdown."""
        return escaped(self.title)

    @property
    def slug(self) -> str:
        """Its heading's anchor in the results schema."""
        return self.name.replace("_", "-")


def counted(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Verdict to the number of claims with it."""
    verdicts = [row["verdict"] for row in rows]
    return {verdict: verdicts.count(verdict) for verdict in VERDICTS}


def escaped(text: str) -> str:
    """Text as Markdown in which nothing is markup."""
    return MARKDOWN.sub(r"\\\g<0>", text)


def study_view(project: Project, study: str) -> StudyView:
    """A study as its page shows it.

    Raises:
        TegumError: where its claims or figures are not there.
    """
    params, layout = project.params[study], project.layout
    rows = project.claims_of(study)
    declared = collect(load(study, "figures")) if project.figures(study) else {}
    quoted = {name: _quotes(figure) for name, figure in declared.items()}
    larger = {row["id"]: row for row in of_paper([study])}
    shown = [
        Shown(
            row, tuple(n for n, claims in quoted.items() if claim in claims), larger.get(row["id"])
        )
        for claim, row in rows.items()
    ]
    text = read_text(f"params/{study}.yaml")
    data = [layout.measure(study, sweep) for sweep in params.sweeps]
    files = [*data, layout.results(study, "claims"), f"params/{study}.yaml"]
    minutes = _remark(text, "Minutes").rstrip(".").lower()
    return StudyView(
        name=study,
        title=params.title,
        question=params.question,
        expect=_remark(text, "Expect"),
        minutes=f": minutes, {minutes}" if minutes else "",
        yaml=text.rstrip(),
        sweeps=[_sweep(name, sweep) for name, sweep in params.sweeps.items()],
        claims=shown,
        figures=[_figure(project, study, figure.told(rows)) for figure in declared.values()],
        files=[FileView(file, _size(file)) for file in files],
        latents=latent_views([load_dataset(path) for path in data]),
    )


def modules(study: str) -> list[dict[str, str]]:
    """Name and text of each source file of a study's room."""
    found = []
    for name in (*STAGES, "params", "schema", "claims", "figures"):
        for file in source_files(study, name):
            found.append({"name": _inside(file, study), "text": read_text(file).rstrip()})
    known = {file["name"] for file in found}
    for file in source_files(study, "params"):
        for other in sorted(Path(file).parent.glob("*.py")):
            name = _inside(str(other), study)
            if name not in known and name != "\\_\\_init\\_\\_.py":
                found.append({"name": name, "text": read_text(other).rstrip()})
    return found


def _inside(file: str, study: str) -> str:
    parts = Path(file).parts
    return escaped("/".join(parts[len(parts) - parts[::-1].index(study) :]))


def _quotes(figure: Figure) -> set[str]:
    texts = f"{figure.caption} {figure.shows} {figure.surprise}"
    return {match[1] for match in QUOTED.finditer(texts)}


def _figure(project: Project, study: str, figure: Figure) -> FigureView:
    path = project.layout.figure(study, figure.name, "svg")
    size = SIZE.search(content(path)[:2000])
    width, height = (round(float(n)) for n in size.groups()) if size else (640, 400)
    return FigureView(figure.name, figure.caption, figure.shows, figure.surprise, width, height)


def content(path: str | Path) -> bytes:
    """What a file of the results holds.

    Raises:
        TegumError: where it is not there.
    """
    try:
        return read_bytes(path)
    except TegumError as error:
        raise TegumError(f"{error}; run dvc pull, or snakemake") from None


def _sweep(name: str, sweep: Sweep) -> SweepView:
    set_here = {f"{s}.{k}": v for s in STAGES for k, v in getattr(sweep, s).items()}
    set_here |= {"kind": sweep.kind} if sweep.kind else {}
    axes = {axis: _values(values) for axis, values in sweep.axes.items()}
    fixed = {key: str(value) for key, value in set_here.items()}
    return SweepView(name, axes, math.prod(map(len, sweep.axes.values())), fixed)


def _values(values: Sequence[Value]) -> str:
    """Values of an axis; of many the first ones and the last."""
    texts = [f"{v:g}" if isinstance(v, float) else str(v) for v in values]
    return ", ".join(texts if len(texts) <= 9 else [*texts[:4], "…", texts[-1]])


def _size(path: str) -> str:
    size = len(content(path))
    return f"{size / 2**20:.1f} MiB" if size >= 2**20 else f"{max(size // 1024, 1)} KiB"


def _remark(text: str, word: str) -> str:
    """What the comments at the head of a params file say after `# Word:`."""
    found = re.search(rf"^# {word}: (.*(?:\n#   .*)*)", text, re.MULTILINE)
    words = re.sub(r"\n#\s+", " ", found[1]) if found else ""
    return words[:1].upper() + words[1:]
