"""Outputs on small spheres around activations: do directions of features stand out?"""

import numpy as np
import xarray as xr

from tegum.data.found import rows_of
from tegum.experiment.cell import Rows, SweepView
from tegum.metrics import perturbations as change
from tegum.metrics.spheres import KINDS, around, great_circle
from tegum.studies.sae_errors.params import Spheres
from tegum.studies.sae_errors.schema import SCHEMAS
from tegum.studies.sae_errors.world import Array, Downstream, directions, features
from tegum.synthetic.draws import FEATURES, Draws

TOP = 0.01
"""Share of the random directions that change the outputs most."""


def by_cell(sweep: SweepView[Spheres], rows: Rows) -> xr.Dataset:
    """Divergences over the median of random directions of the same activation, (cell, ...)."""
    found = []
    for cell in sweep.cells:
        p = cell.params
        world = directions(p, cell.stream("data"))
        f = features(p, cell.stream("evaluation"), p.samples)
        reader = Downstream(world, p.threshold, p.n_outputs, cell.stream("data"))
        draws = Draws(cell.stream("control"))
        random = change.isotropic((p.directions, p.n_inputs), draws, 0)
        aligned = np.abs(random @ world.T).max(1)
        each = [
            _around(p, reader, one, world, random, aligned, draws, step)
            for step, one in enumerate(f, start=1)
        ]
        found.append({name: np.mean([one[name] for one in each], axis=0) for name in each[0]})
    angles = np.linspace(0.0, 360.0, sweep.params.angles)
    labels = {"kind": KINDS, "part": ["top", "all"], "angle": angles}
    return rows_of(SCHEMAS["measure/spheres"], found, labels)


def _around(
    p: Spheres,
    reader: Downstream,
    f: Array,
    world: Array,
    random: Array,
    aligned: Array,
    draws: Draws,
    step: int,
) -> dict[str, Array]:
    """What is measured around one activation, of features f (feature,)."""
    x = f @ world
    to = change.divergence_from(reader(x))
    on, off = np.flatnonzero(f > 0), np.flatnonzero(f == 0)
    chosen = off[np.argsort(draws.uniform((len(off),), FEATURES, step))[: p.others]]
    kinds = around(world[on], world[chosen], p.mixed, draws, step)

    def divergence(rows: Array) -> Array:
        return to(reader(x + change.as_long_as(rows, np.full(len(rows), p.radius))))

    spread = divergence(random)
    base = np.median(spread)
    top = spread.argsort()[-max(1, round(TOP * len(spread))) :]
    return {
        "peak": np.array([divergence(rows).mean() for rows in kinds.values()]) / base,
        "top_cosine": np.array([aligned[top].mean(), aligned.mean()]),
        "circle": divergence(great_circle(world[on[0]], world[chosen[0]], p.angles)) / base,
    }
