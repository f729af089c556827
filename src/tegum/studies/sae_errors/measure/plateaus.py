"""Outputs along lines that leave an activation, in several kinds of directions."""

import numpy as np
import xarray as xr

from tegum.controls.activations import matched_gaussian
from tegum.data.found import rows_of
from tegum.experiment.cell import Rows, SweepView
from tegum.metrics import perturbations as change
from tegum.metrics.geometry import unit
from tegum.studies.sae_errors.measure import reconstruction
from tegum.studies.sae_errors.params import Plateaus
from tegum.studies.sae_errors.schema import LINES, SCHEMAS
from tegum.studies.sae_errors.world import Array, Downstream, directions, features
from tegum.synthetic.draws import Draws


def by_cell(sweep: SweepView[Plateaus], rows: Rows) -> xr.Dataset:
    """Divergences (cell, line, distance) and where they have risen to half, (cell, line)."""
    found, places = [], np.linspace(0.0, 1.0, sweep.params.positions)
    for i, cell in enumerate(sweep.cells):
        section, p = cell.upstream["fit"], cell.params
        world = directions(section, cell.stream("data"))
        f = features(section, cell.stream("evaluation"), section.samples)
        x = f @ world
        reader = Downstream(world, p.threshold, p.n_outputs, cell.stream("data"))
        rebuilt = reconstruction(rows["fit"].isel(cell=i))
        steps = places * np.linalg.norm(x, axis=1).mean()
        to, curves = change.divergence_from(reader(x)), []
        for line in lines(f, world, rebuilt, cell.stream("control")):
            curves.append(np.stack([to(reader(x + step * line)) for step in steps], axis=1))
        half = [change.half_height(places, curve).mean() for curve in curves]
        found.append({"kl": [curve.mean(0) for curve in curves], "half": half})
    labels = {"line": LINES, "distance": places}
    return rows_of(SCHEMAS["measure/plateaus"], found, labels)


def lines(f: Array, world: Array, rebuilt: Array, seed: int) -> list[Array]:
    """Unit directions that leave each activation, (sample, input), in the order of `LINES`.

    Args:
        f: features, (sample, feature).
        world: their directions, (feature, input).
        rebuilt: reconstructions of the activations, (sample, input).
        seed: of the random directions.
    """
    x = f @ world
    drawn = [
        change.isotropic(x.shape, Draws(seed), 0),
        matched_gaussian(x, seed) - x.mean(0),
        np.roll(x, 1, axis=0) - x,
        rebuilt - x,
        -world[f.argmax(1)],
    ]
    return [unit(direction) for direction in drawn]
