"""What was measured: CPU seconds and bytes of each sweep's jobs, and the speed of a GPU.

`python -m tegum.build.rates` writes the first anew, from what is typical at laptop scale
(`build/estimate.py`) and the files that are there: build, or `dvc pull`, before.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tegum.build.estimate import TYPICAL
from tegum.build.project import CODE, Project
from tegum.build.work import of_cell
from tegum.data import files
from tegum.errors import TegumError
from tegum.experiment.cell import Cell
from tegum.experiment.params import ROW_STAGES

RATES = Path(__file__).with_name("rates.json")
"""`<study>/<stage>/<sweep>` to seconds, bytes, and the work and the matrix entries of all cells."""
GPU = "gpu.json"
"""What `make gpu-check` writes."""


def cells_of(project: Project, study: str, sweep: str, stage: str) -> list[Cell]:
    """The cells of a stage of a sweep; `measure` has those of the last row stage, if any."""
    plan = project.plan(study)
    if stage in ROW_STAGES:
        return list(plan.cells(sweep, stage))
    return list(plan.view(sweep).cells)


def totals(cells: Iterable[Cell]) -> tuple[float, float]:
    """The work and the matrix entries of cells, which share most of their parameters."""
    known: dict[tuple[int, ...], tuple[float, float]] = {}
    work = size = 0.0
    for cell in cells:
        place = (id(cell.params), *map(id, cell.upstream.values()))
        if place not in known:
            one = of_cell(cell)
            known[place] = one.amount, float(one.matrix)
        work, size = work + known[place][0], size + known[place][1]
    return work, size


@dataclass(frozen=True)
class Rate:
    """CPU seconds for a unit of work, and bytes for an entry of the matrix."""

    seconds: float | None
    bytes: float | None
    of: str
    """What it was measured on: a sweep, or all sweeps of a stage."""


class Rates:
    """Rates of all studies' stages, as measured at laptop scale."""

    def __init__(self, measured: Mapping[str, Any]) -> None:
        self._measured = measured

    @classmethod
    def read(cls) -> "Rates":
        """Those that the package comes with."""
        return cls(files.read_json(RATES))

    def of(self, study: str, stage: str, sweep: str, trains: bool) -> Rate:
        """The rate of a sweep's stage; where it was not measured, that of the stage's others.

        Only sweeps that train foretell each other: what the others do is too different.
        """
        name = f"{study}/{stage}/{sweep}"
        near = [self._measured[name]] if name in self._measured else []
        others = [m for n, m in self._measured.items() if n.startswith(f"{study}/{stage}/")]
        seconds = _ratio(near, "seconds", "work")
        own = seconds is not None
        if not own and trains:
            seconds = _ratio(others, "seconds", "work")
        bytes_ = _ratio(near, "bytes", "size") or _ratio(others, "bytes", "size")
        where = sweep if own else "other sweeps" if seconds is not None else "not measured"
        return Rate(seconds, bytes_, where)

    def constant(self, study: str, what: str) -> Mapping[str, Any]:
        """Seconds and bytes of `judge` or `render`, which every scale is given alike."""
        return self._measured.get(f"{study}/{what}", {})


def _ratio(rows: Iterable[Mapping[str, Any]], above: str, below: str) -> float | None:
    known = [r for r in rows if r.get(above) is not None and r.get(below)]
    return sum(r[above] for r in known) / sum(r[below] for r in known) if known else None


@dataclass(frozen=True)
class Speed:
    """How many times as fast as the processor beside it a GPU trains, by model and cells."""

    device: str
    ratios: Mapping[str, Mapping[int, float]]

    @classmethod
    def read(cls, file: str | Path) -> "Speed | None":
        """From what `make gpu-check` wrote; None where there is no such file.

        Raises:
            TegumError: for a file that lacks the speed of the GPU or that of its processor.
        """
        if not Path(file).is_file():
            return None
        found = files.read_json(file)
        parts = [found.get(p) if isinstance(found, dict) else None for p in ("speed", "processor")]
        if not all(isinstance(p, list) and p for p in parts):
            raise TegumError(
                f"{file}: expected the parts 'speed' and 'processor' with a row per model; "
                "run make gpu-check again on the machine with the GPU"
            )
        here = {row["model"]: row["tflops"] for row in parts[1] or ()}
        ratios: dict[str, dict[int, float]] = {}
        for row in parts[0] or ():
            if row["model"] in here:
                ratio = row["tflops"] / here[row["model"]]
                ratios.setdefault(row["model"], {})[row["cells"]] = ratio
        return cls(found.get("machine", {}).get("device", "GPU"), ratios)

    def ratio(self, model: str, cells: int) -> float | None:
        """Of the most cells that were tried and are not more; of the fewest where all are."""
        known = self.ratios.get(model, {})
        if not known:
            return None
        fitting = [n for n in known if n <= cells]
        return known[max(fitting) if fitting else min(known)]


def measured(project: Project, typical: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """What is known of every stage of every sweep at this scale."""
    found: dict[str, dict[str, float]] = {}
    for study in project.studies:
        plan = project.plan(study)
        for sweep in plan.params.sweeps:
            for stage in [*plan.stages(sweep), "measure"]:
                name = f"{study}/{stage}/{sweep}"
                cells = cells_of(project, study, sweep, stage)
                jobs = len({plan.bucket(sweep, stage, c) for c in cells})
                if stage == "measure":
                    jobs, written = 1, [Path(project.layout.measure(study, sweep))]
                else:
                    written = list(Path(project.layout.data(study), stage, sweep).glob("*"))
                work, size = totals(cells)
                row: dict[str, float] = {"work": work, "size": size}
                if name in typical:
                    row["seconds"] = round(typical[name] * jobs, 1)
                if stored := _bytes(written):
                    row["bytes"] = stored
                if row.keys() & {"seconds", "bytes"}:
                    found[name] = row
        figures = map(Path, project.figure_files(study))
        results = [Path(project.layout.results(study, n)) for n in ("claims", "metrics")]
        for what, written in (("judge", results), ("render", list(figures))):
            row = {"bytes": float(_bytes(written))}
            if f"{study}/{what}" in typical:
                row["seconds"] = typical[f"{study}/{what}"]
            found[f"{study}/{what}"] = row
    return found


def _bytes(written: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in written if path.is_file())


def main() -> int:
    """Write the rates anew."""
    project = Project("laptop", "cpu", files.read_json(CODE))
    found = measured(project, files.read_json(TYPICAL))
    files.write_json(RATES, dict(sorted(found.items())))
    timed = sum("seconds" in row for row in found.values())
    print(f"wrote {len(found)} rates, {timed} of them with seconds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
