"""Barriers between all models of a seed, and what curves, pulls and pushes found."""

from itertools import combinations

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.alignment import aligned, canonical, permuted
from tegum.metrics.alignment_checks import checks
from tegum.metrics.connectivity import basins, relative_barrier
from tegum.metrics.two_layer import Weights
from tegum.studies.basins.params import Measure
from tegum.studies.basins.schema import PAIRS, PATHS, PHASES, SCHEMAS
from tegum.studies.basins.world import look, solutions


def by_cell(sweep: SweepView[Measure], rows: Rows) -> xr.Dataset:
    """What fits found, where there are any; otherwise what lies between the models of each cell."""
    if "fit" in rows:
        kind, fit = sweep.cells[0].upstream["fit"].kind, rows["fit"]
        names = SCHEMAS[f"measure/{kind}"].layout
        coords = {n: fit[n] for n in SCHEMAS[f"measure/{kind}"].coords}
        return SCHEMAS[f"measure/{kind}"].dataset({n: fit[n].values for n in names}, coords)
    train = rows["train"]
    each = [_cell(cell, train.isel(cell=i)) for i, cell in enumerate(sweep.cells)]
    found = {name: np.stack([one[name] for one in each]) for name in each[0]}
    levels = train["noise"].values
    named = {"phase": PHASES, "phase_other": PHASES, "noise": levels, "noise_other": levels}
    return SCHEMAS["measure"].dataset(found, named | {"path": PATHS, "pair": PAIRS})


def _cell(cell: Cell[Measure], row: xr.Dataset) -> dict[str, np.ndarray | float]:
    p, models = cell.params, solutions(row)
    here = look(cell, cell.upstream["train"], p.threshold)
    rng = np.random.default_rng(cell.stream("control"))
    counted = here.counts(models)
    grid = models.bias.shape[:3]
    flat = Weights(*(part.reshape(-1, *part.shape[3:]) for part in models))
    positions = np.linspace(0, 1, p.positions)
    n = len(flat.bias)
    paths = np.tile(here.loss(flat)[None, :, None, None], (3, 1, n, p.positions))
    for i, j in combinations(range(n), 2):
        for which, both in enumerate(_ends(flat.at(i), flat.at(j), rng)):
            found = here.path(both, p.positions)
            paths[which, i, j], paths[which, j, i] = found, found[::-1]
    barriers = relative_barrier(paths, positions)
    shown = paths.reshape(3, *grid, *grid, p.positions)
    ends = models.at(0, 0, 0), models.at(0, 0, 1)
    pairs = [shown[:, *place] for place in _pairs()]
    return {
        **{name: getattr(counted, name) for name in ("mono_per_feature", "coverage")},
        "loss": here.loss(models),
        "barrier": barriers.reshape(3, *grid, *grid),
        "path_loss": np.stack(pairs, axis=1),
        "n_basins": np.array([basins(b, p.same_basin).max() + 1 for b in barriers]),
        "loss_change": row["loss_change"].values,
        **checks(*ends, here.inputs, here.targets, rng, p.brute_force),
    }


def _pairs() -> list[tuple[int, ...]]:
    """Phase, noise and start of both ends of each of the `PAIRS`: as trained, other starts."""
    mono, poly = -1, 0
    ends = {"mono": mono, "poly": poly}
    each = [[ends[end] for end in pair.split("_")] for pair in PAIRS]
    return [(0, first, 0, 0, last, 1) for first, last in each]


def _ends(first: Weights, last: Weights, rng: np.random.Generator) -> list[tuple[Weights, Weights]]:
    """The ends of each of the `PATHS`."""
    one, other = canonical(first), canonical(last)
    shuffled = permuted(other, rng.permutation(len(other.bias)))
    return [(first, last), (one, aligned(one, other)), (one, shuffled)]
