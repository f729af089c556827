"""Bases of the hidden neurons of models that reconstruct sparse features."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.studies.interaction_basis.bases import judged
from tegum.studies.interaction_basis.params import Features
from tegum.studies.interaction_basis.rows import one_model
from tegum.studies.interaction_basis.schema import METHODS, SCHEMAS

MODELS = "monosemanticity.dictionaries"


def by_cell(sweep: SweepView[Features], rows: Rows) -> xr.Dataset:
    """What each basis says of each model: (cell, method, ...)."""
    found = [_measured(cell, rows) for cell in sweep.cells]
    values = {name: [f[name] for f in found] for name in found[0]}
    return SCHEMAS["measure/features"].dataset(values, {"method": list(METHODS)})


def _measured(cell: Cell[Features], rows: Rows) -> dict:
    p = cell.params
    row = one_model(rows, MODELS, seed=cell.seed, bias_offset=p.bias_offset)
    encoder, decoder, embedding = (
        row[name].values.astype(float) for name in ("encoder", "decoder", "embedding")
    )
    bias = row["bias"].isel(checkpoint=-1).values.astype(float)
    frequency = row["feature_frequency"].values
    rng = np.random.default_rng(cell.stream("evaluation"))
    size = p.samples, len(frequency)
    features = (rng.random(size) < frequency) * rng.random(size)
    hidden = np.maximum(features @ embedding.T @ encoder.T + bias, 0.0)

    def function(h: np.ndarray) -> np.ndarray:
        return h @ decoder.T

    def jacobian(h: np.ndarray) -> np.ndarray:
        return np.broadcast_to(decoder, (len(h), *decoder.shape))

    # A linear map has the same Jacobian at every point.
    values = judged(function, jacobian, hidden, 1, cell.stream("control"))[0]
    return values | {"loss_change": float(row["loss_change"])}
