"""Bases of the bits that networks of gates read."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.studies.interaction_basis.bases import judged
from tegum.studies.interaction_basis.params import Gates
from tegum.studies.interaction_basis.rows import one_model
from tegum.studies.interaction_basis.schema import METHODS, SCHEMAS

MODELS = "boolean_gates.losses"


def by_cell(sweep: SweepView[Gates], rows: Rows) -> xr.Dataset:
    """What each basis says of each network: (cell, method, ...)."""
    found = [_measured(cell, rows) for cell in sweep.cells]
    values = {name: [f[name] for f in found] for name in found[0]}
    return SCHEMAS["measure/gates"].dataset(values, {"method": list(METHODS)})


def _measured(cell: Cell[Gates], rows: Rows) -> dict:
    p = cell.params
    row = one_model(rows, MODELS, seed=cell.seed, frozen=p.frozen)
    encoder, bias, decoder, offset = (
        row[name].values.astype(float) for name in ("encoder", "bias", "decoder", "offset")
    )
    rng = np.random.default_rng(cell.stream("evaluation"))
    bits = (rng.random((p.samples, len(encoder))) < p.bit_probability).astype(float)

    def function(x: np.ndarray) -> np.ndarray:
        return np.maximum(x @ encoder + bias, 0.0) @ decoder + offset

    def jacobian(x: np.ndarray) -> np.ndarray:
        on = x @ encoder + bias > 0
        return (decoder.T * on[:, None]) @ encoder.T

    values = judged(function, jacobian, bits, p.points, cell.stream("control"))[0]
    return values | {"loss_change": float(row["loss_change"])}
