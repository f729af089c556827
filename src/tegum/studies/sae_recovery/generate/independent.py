"""Worlds of independent features of equal probability."""

from collections.abc import Mapping, Sequence

import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.studies.sae_recovery.params import Independent
from tegum.studies.sae_recovery.worlds import begun, orthonormal, to_rows, world
from tegum.synthetic.known_features import World


def run(
    cells: Sequence[Cell[Independent]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """One world per cell."""
    return to_rows([_world(cell) for cell in cells])


def _world(cell: Cell[Independent]) -> World:
    section, (rng, directions) = cell.params, begun(cell)
    if section.orthonormal:
        directions = orthonormal(rng, section.n_features, section.n_inputs)
    return world(directions, section.feature_probability)
