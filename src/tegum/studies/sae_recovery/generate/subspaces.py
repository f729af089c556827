"""Worlds that are direct sums of subspaces, in which a gate opens all features of one at once."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.metrics.geometry import unit
from tegum.studies.sae_recovery.params import Subspaces
from tegum.studies.sae_recovery.worlds import begun, orthonormal, to_rows, world
from tegum.synthetic.known_features import World


def run(
    cells: Sequence[Cell[Subspaces]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """One world per cell."""
    return to_rows([_world(cell) for cell in cells])


def _world(cell: Cell[Subspaces]) -> World:
    section, (rng, _) = cell.params, begun(cell)
    count, size = section.n_features, section.n_inputs
    gate = np.arange(count) * section.n_subspaces // count
    basis = orthonormal(rng, size, size)
    within = np.arange(size) * section.n_subspaces // size
    own = within[None] == gate[:, None]
    directions = unit(rng.standard_normal((count, size)) * own) @ basis
    return world(
        directions,
        section.feature_probability,
        gate=gate,
        gate_probability=section.gate_probability,
    )
