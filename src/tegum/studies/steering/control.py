"""The steering vectors of `fit` where one kind of structure is destroyed, along `control`.

`random`: directions of equal norm; the probes that read stay. `permuted`: every feature gets the
vector of the next one. `shuffled`: labels of other samples; probes and vectors are fitted to them.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import xarray as xr

from tegum.controls.activations import random_directions
from tegum.experiment.cell import Cell, Context
from tegum.studies.steering.fit import evaluated, labelled
from tegum.studies.steering.params import Control
from tegum.studies.steering.vectors import fit
from tegum.studies.steering.world import draw


def run(
    cells: Sequence[Cell[Control]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, control, vector, ...) of the measures of `fit`."""
    section = cells[0].params
    found = [_controls(cell, context.device) for cell in cells]
    names = {"control": section.controls, "vector": section.vectors}
    return labelled("control", found, names)


def _controls(cell: Cell[Control], device: str) -> dict[str, np.ndarray]:
    upstream, section = cell.upstream["fit"], cell.params
    world = draw(cell, upstream, device)
    seed = cell.stream("control")
    fitted = fit(world, world.features, upstream.ridge)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(world.features)))
    shuffled = fit(world, world.features[order.to(device)], upstream.ridge)
    found = []
    for control in section.controls:
        by = shuffled if control == "shuffled" else fitted
        vectors = {m: by.vectors[m] for m in section.vectors}
        if control == "random":
            drawn = {m: random_directions(v.cpu(), seed) for m, v in vectors.items()}
            vectors = {m: torch.from_numpy(v).to(device) for m, v in drawn.items()}
        if control == "permuted":
            vectors = {m: v.roll(1, 0) for m, v in vectors.items()}
        found.append(evaluated(world, by, vectors, upstream))
    return {name: np.stack([part[name] for part in found]) for name in found[0]}
