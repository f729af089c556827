"""Eigenvalues before and after a linear map of the hidden basis."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.interactions import interaction_basis, pca_basis
from tegum.studies.interaction_basis.params import Maps
from tegum.studies.interaction_basis.schema import SCHEMAS

GAIN = 0.3
"""Of the map into tanh."""


def by_cell(sweep: SweepView[Maps], rows: Rows) -> xr.Dataset:
    """How far eigenvalues change: (cell,)."""
    found = [_measured(cell) for cell in sweep.cells]
    return SCHEMAS["measure/maps"].dataset({k: [f[k] for f in found] for k in found[0]})


def _measured(cell: Cell[Maps]) -> dict:
    p, rng = cell.params, np.random.default_rng(cell.stream("data"))
    weights = GAIN * rng.standard_normal((p.outputs, p.width))
    turn = np.random.default_rng(cell.stream("control")).standard_normal((p.width, p.width))
    plain = rng.standard_normal((p.samples, p.width))
    values: dict[str, list] = {"lib": [], "pca": []}
    for activations, read in (
        (plain, weights),
        (plain @ turn.T, weights @ np.linalg.inv(turn)),
    ):
        jacobians = (1.0 - np.tanh(activations @ read.T) ** 2)[..., None] * read
        values["lib"].append(interaction_basis(activations, jacobians).eigenvalues)
        values["pca"].append(pca_basis(activations).eigenvalues)
    return {
        "change_lib": _change(*values["lib"]),
        "change_pca": _change(*values["pca"]),
        "n_directions": len(values["lib"][1]),
        "n_outputs": p.outputs,
    }


def _change(before: np.ndarray, after: np.ndarray) -> float:
    """Largest relative change; infinite where their number changes."""
    if before.shape != after.shape:
        return np.inf
    return float(np.abs(after / before - 1.0).max())
