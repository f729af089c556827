"""Worlds of the features of trained toy models, which activate their hidden states."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.errors import TegumError
from tegum.experiment.cell import Cell, Context
from tegum.studies.sae_recovery.params import ToyModel
from tegum.studies.sae_recovery.worlds import to_rows, world

TOY_MODELS = "toy_superposition.geometry"


def run(
    cells: Sequence[Cell[ToyModel]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """One world per cell, and its model's output bias."""
    models = [_trained(cell, rows[TOY_MODELS]) for cell in cells]
    worlds = [
        world(model["weight"].values, cell.params.feature_probability)
        for cell, model in zip(cells, models, strict=True)
    ]
    return to_rows(worlds, np.stack([model["bias"].values for model in models]))


def _trained(cell: Cell[ToyModel], models: xr.Dataset) -> xr.Dataset:
    """The model that was trained with the cell's seed; the columns of W are its features."""
    here = np.nonzero(models["seed"].values == cell.seed)[0]
    shape = models.sizes["feature"], models.sizes["dimension"]
    wanted = cell.params.n_features, cell.params.n_inputs
    if len(here) != 1 or shape != wanted:
        raise TegumError(
            f"params/sae_recovery.yaml: inputs: {len(here)} toy models of seed {cell.seed} with "
            f"{shape[0]} features in {shape[1]} dimensions; expected one with {wanted[0]} in "
            f"{wanted[1]}: select one value of each axis but `seed`"
        )
    return models.isel(cell=here[0])
