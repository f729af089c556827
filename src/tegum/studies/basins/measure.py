"""Barriers between all models of a seed, and what curves, pulls and pushes found."""

from itertools import combinations

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.alignment import (
    agreement,
    aligned,
    assignment,
    best_of_all,
    canonical,
    permuted,
    rescaled,
)
from tegum.metrics.connectivity import basins, relative_barrier
from tegum.metrics.two_layer import Weights, outputs
from tegum.studies.basins.params import Measure
from tegum.studies.basins.schema import PAIRS, PATHS, PHASES, SCHEMAS
from tegum.studies.basins.world import Look, solutions

SCALES = 0.2, 5.0
"""Between which neurons of a copy are rescaled."""


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


def _cell(cell: Cell[Measure], row: xr.Dataset) -> dict[str, np.ndarray]:
    p, models = cell.params, solutions(row)
    look = Look(cell, cell.upstream["train"])
    rng = np.random.default_rng(cell.stream("control"))
    counted = look.counts(models, p.threshold)
    grid = models.bias.shape[:3]
    flat = Weights(*(part.reshape(-1, *part.shape[3:]) for part in models))
    positions = np.linspace(0, 1, p.positions)
    n = len(flat.bias)
    paths = np.tile(look.loss(flat)[None, :, None, None], (3, 1, n, p.positions))
    for i, j in combinations(range(n), 2):
        for which, ends in enumerate(_ends(flat.at(i), flat.at(j), rng)):
            found = look.path(ends, p.positions)
            paths[which, i, j], paths[which, j, i] = found, found[::-1]
    barriers = relative_barrier(paths, positions)
    shown = paths.reshape(3, *grid, *grid, p.positions)
    pairs = [shown[:, *place] for place in _pairs()]
    return {
        **{name: getattr(counted, name) for name in ("mono_per_feature", "coverage")},
        "loss": look.loss(models),
        "barrier": barriers.reshape(3, *grid, *grid),
        "path_loss": np.stack(pairs, axis=1),
        "n_basins": np.array([basins(b, p.same_basin).max() + 1 for b in barriers]),
        "loss_change": row["loss_change"].values,
        **_exact(cell, look, models.at(0, 0, 0), models.at(0, 0, 1), rng),
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


def _exact(
    cell: Cell[Measure], look: Look, model: Weights, other: Weights, rng: np.random.Generator
) -> dict[str, float]:
    """A permuted, rescaled copy, and the assignment on a few neurons of two models."""
    model, other = model.double(), other.double()
    neurons = len(model.bias)
    scale = np.exp(rng.uniform(*np.log(SCALES), neurons))
    copy = permuted(rescaled(model, scale), rng.permutation(neurons))
    few = [
        Weights(w.encoder[part], w.bias[part], w.decoder[:, part])
        for w in (canonical(model), canonical(other))
        for part in (slice(0, cell.params.brute_force),)
    ]
    order = assignment(*few)
    reached = float(agreement(*few)[np.arange(len(order)), order].sum())
    apart = outputs(model, look.inputs) - outputs(copy, look.inputs)
    return {
        "copy_error": float(np.abs(apart).max()),
        "copy_barrier": look.barrier(canonical(model), aligned(model, copy)),
        "copy_barrier_raw": look.barrier(model, copy),
        "assignment_error": best_of_all(*few) - reached,
    }
