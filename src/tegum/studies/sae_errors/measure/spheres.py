"""Outputs on small spheres around activations: do directions of features stand out?"""

import numpy as np
import xarray as xr

from tegum.data.found import rows_of
from tegum.experiment.cell import Rows, SweepView
from tegum.metrics import perturbations as change
from tegum.studies.sae_errors.params import Spheres
from tegum.studies.sae_errors.schema import KINDS, SCHEMAS
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
    clean = reader(x)
    on, off = np.flatnonzero(f > 0), np.flatnonzero(f == 0)
    chosen = off[np.argsort(draws.uniform((len(off),), FEATURES, step))[: p.others]]
    weights = change.isotropic((p.others, p.mixed), draws, step)
    members = np.stack([np.roll(chosen, i)[: p.mixed] for i in range(p.others)])
    mixture = np.einsum("om,omd->od", np.abs(weights), world[members])
    angle = np.linspace(0.0, 2 * np.pi, p.angles)[:, None]
    across = world[chosen[0]] - (world[chosen[0]] @ world[on[0]]) * world[on[0]]
    circle = np.cos(angle) * world[on[0]] + np.sin(angle) * across / np.linalg.norm(across)

    def divergence(rows: Array) -> Array:
        moved = change.as_long_as(rows, np.full(len(rows), p.radius))
        return change.divergence(clean, reader(x + moved))

    spread = divergence(random)
    base = np.median(spread)
    active = np.concatenate([world[on], -world[on]])
    top = spread.argsort()[-max(1, round(TOP * len(spread))) :]
    kinds = [divergence(rows).mean() for rows in (active, world[chosen], mixture)]
    return {
        "peak": np.array(kinds) / base,
        "top_cosine": np.array([aligned[top].mean(), aligned.mean()]),
        "circle": divergence(circle) / base,
    }
