"""Rows of other studies' models."""

import numpy as np
import xarray as xr

from tegum.errors import TegumError
from tegum.experiment.cell import Rows


def one_model(rows: Rows, name: str, **axes: bool | float) -> xr.Dataset:
    """The one row of `name` at these values of its axes.

    Raises:
        TegumError: where there is none, or several.
    """
    models = rows[name]
    here = np.ones(models.sizes["cell"], bool)
    for axis, value in axes.items():
        here &= np.isclose(models[axis].values.astype(float), float(value))
    if here.sum() != 1:
        wanted = ", ".join(f"{axis} = {value}" for axis, value in axes.items())
        raise TegumError(
            f"params/interaction_basis.yaml: inputs: {here.sum()} rows of {name} with {wanted}; "
            "expected one: select one value of every other axis"
        )
    return models.isel(cell=int(np.flatnonzero(here)[0]))
