"""Learning coefficients of trained two-layer models, which nobody knows in closed form."""

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.errors import TegumError
from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.learning_coefficient import gelman_rubin, inverse_temperature, langevin
from tegum.metrics.monosemanticity import selectivity
from tegum.models.flat_two_layer import error_and_slope, forward
from tegum.studies.simplicity.params import Solutions
from tegum.studies.simplicity.schema import PARTS, SCHEMAS

MODELS = "monosemanticity.dictionaries"


def by_cell(sweep: SweepView[Solutions], rows: Rows) -> xr.Dataset:
    """Estimates of each chain, their traces, and what the neurons are like: (cell, ...)."""
    found = [_estimated(cell, _row(cell, rows[MODELS])) for cell in sweep.cells]
    return SCHEMAS["measure/solutions"].dataset({k: [f[k] for f in found] for k in found[0]})


def _row(cell: Cell[Solutions], models: xr.Dataset) -> xr.Dataset:
    here = models["seed"].values == cell.seed
    here &= np.isclose(models["bias_offset"].values, cell.params.bias_offset)
    if here.sum() != 1:
        raise TegumError(
            f"params/simplicity.yaml: inputs: {here.sum()} models of seed {cell.seed} and "
            f"bias_offset {cell.params.bias_offset:g} in {MODELS}; expected one"
        )
    return models.isel(cell=int(np.flatnonzero(here)[0]))


@torch.no_grad()
def _estimated(cell: Cell[Solutions], row: xr.Dataset) -> dict:
    p = cell.params
    weights = [torch.from_numpy(_matrix(row, name)) for name in ("encoder", "bias", "decoder")]
    inputs, features = _data(cell, row)
    residual = forward([w[None] for w in weights], inputs[None])[1][0] - features
    squares = residual.square().sum(1)
    loss = float(squares.mean())
    # Of the likelihood: the variance that the model leaves of an output.
    scale = features.shape[1] / (2.0 * loss)
    start = torch.cat([w.ravel() for w in weights]).numpy()[None]
    n_beta = inverse_temperature(p.samples)

    def gradient(flat: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
        first = number * p.batch % p.samples
        here = slice(first, first + p.batch)
        found, slopes = error_and_slope(
            torch.from_numpy(flat[0]), weights, inputs[here], features[here]
        )
        found = found - squares[here].mean()
        return scale * found.numpy()[None], scale * slopes.numpy()[None]

    losses = langevin(
        gradient,
        start,
        [cell.stream("evaluation")],
        p,
        n_beta,
    )[0]
    above = n_beta * losses
    final = row.isel(checkpoint=-1)
    chosen = selectivity(final["response_max"], final["response_sum"]).values
    return {
        "llc": above.mean(-1),
        "rhat": float(gelman_rubin(above)),
        "trace": [part.mean() for part in np.array_split(above, PARTS, axis=-1)],
        "half_parameters": start.shape[1] / 2,
        "loss": loss,
        "mono_share": float((chosen > p.mono_threshold).mean()),
        "silent_share": float((final["response_sum"].values <= 0).mean()),
        "loss_change": float(row["loss_change"]),
    }


def _matrix(row: xr.Dataset, name: str) -> np.ndarray:
    values = row["bias"].isel(checkpoint=-1) if name == "bias" else row[name]
    return values.values.astype(np.float32)


def _data(cell: Cell[Solutions], row: xr.Dataset) -> tuple[Tensor, Tensor]:
    """Fresh samples: inputs (sample, input), and features, which are the targets."""
    rng = np.random.default_rng(cell.stream("data"))
    frequency = row["feature_frequency"].values.astype(np.float32)
    size = cell.params.samples, len(frequency)
    active = rng.random(size, np.float32) < frequency
    features = np.where(active, rng.random(size, np.float32), np.float32(0))
    inputs = features @ row["embedding"].values.T
    return torch.from_numpy(inputs), torch.from_numpy(features)
