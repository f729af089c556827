"""Errors of dictionaries beside changes that are as long, token by token."""

import numpy as np
import xarray as xr

from tegum.controls.activations import matched_gaussian
from tegum.data.found import rows_of
from tegum.experiment.cell import Rows, SweepView
from tegum.metrics import perturbations as change
from tegum.studies.sae_errors.params import Errors
from tegum.studies.sae_errors.schema import MOVES, QUALITY, SCHEMAS, SUBSTITUTIONS
from tegum.studies.sae_errors.world import Array, Downstream, directions, features
from tegum.synthetic.draws import Draws

LABELS = {"substitution": SUBSTITUTIONS, "move": MOVES}


def by_cell(sweep: SweepView[Errors], rows: Rows) -> xr.Dataset:
    """Means over samples: (cell, substitution) and (cell, move)."""
    fit, found = rows["fit"], []
    for i, cell in enumerate(sweep.cells):
        section, row = cell.upstream["fit"], fit.isel(cell=i)
        world = directions(section, cell.stream("data"))
        x = features(section, cell.stream("evaluation"), section.samples) @ world
        p = cell.params
        reader = Downstream(world, p.threshold, p.n_outputs, cell.stream("data"))
        rebuilt = row["reconstruction"].values
        changed = substitutions(x, rebuilt, cell.stream("control"))
        clean = reader(x)
        kl = [change.divergence(clean, reader(x + delta)).mean() for delta in changed]
        length = [np.linalg.norm(delta, axis=1).mean() for delta in changed]
        moved = moves(row, np.linalg.norm(rebuilt - x, axis=1), Draws(cell.stream("control")))
        start = reader(rebuilt)
        each = np.array([change.divergence(start, reader(rebuilt + d)) for d in moved])
        found.append({"kl": kl, "length": length, "moved_kl": np.nanmean(each, axis=1)})
    schema = SCHEMAS["measure/errors"]
    return rows_of(schema, found, LABELS).merge(fit[list(QUALITY)])


def substitutions(x: Array, rebuilt: Array, seed: int) -> list[Array]:
    """Changes of the activations x (sample, input), in the order of `SUBSTITUTIONS`."""
    error = rebuilt - x
    size = np.linalg.norm(error, axis=1)
    again = change.isotropic((2, *x.shape), Draws(seed), 0)
    norms = np.linalg.norm(x, axis=1)
    return [
        error,
        change.as_long_as(again[0], size),
        change.as_long_as(again[1], size),
        change.as_long_as(matched_gaussian(error, seed), size),
        change.as_long_as(np.roll(error, 1, axis=0), size),
        change.as_long_as(rebuilt, norms) - x,
    ]


def moves(row: xr.Dataset, length: Array, draws: Draws) -> list[Array]:
    """Changes of the reconstructions of a row, in the order of `MOVES`: each (sample, input).

    NaN in the samples in which active latents cannot move so far and stay active.
    """
    codes, rows = row["latents"].values, row["directions"].values
    inside = change.within_support(codes, rows, length, draws, 2)
    outside = change.as_long_as(_inactive(codes, draws) @ rows, length)
    random = change.as_long_as(change.isotropic(inside.shape, draws, 4), length)
    lost = np.isnan(inside)
    return [inside, *(np.where(lost, np.nan, other) for other in (outside, random))]


def _inactive(codes: Array, draws: Draws) -> Array:
    """Positive numbers for as many inactive latents of each sample as are active, else 0."""
    drawn = np.abs(change.isotropic(codes.shape, draws, 3)) * (codes <= 0)
    ranks = (-drawn).argsort(axis=1).argsort(axis=1)
    return drawn * (ranks < (codes > 0).sum(1, keepdims=True))
