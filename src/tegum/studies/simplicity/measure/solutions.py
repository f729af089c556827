"""Learning coefficients of trained two-layer models, which nobody knows in closed form."""

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.errors import TegumError
from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.learning_coefficient import inverse_temperature, langevin, newton_scales, summary
from tegum.metrics.monosemanticity import selectivity
from tegum.models.flat_two_layer import Likelihood
from tegum.studies.simplicity.params import Solutions
from tegum.studies.simplicity.schema import SCHEMAS

MODELS = "monosemanticity.dictionaries"
WEIGHTS = ("encoder", "bias", "decoder")


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
    final = row.isel(checkpoint=-1)
    weights = [torch.from_numpy(final[n].values.astype(np.float32)) for n in WEIGHTS]
    likelihood = Likelihood(weights, *_data(cell, row), p.batch)
    start, seeds = likelihood.start, [cell.stream("evaluation")]
    n_beta = inverse_temperature(p.samples)
    scales = newton_scales(likelihood.curvature, n_beta, p.localisation)
    losses = langevin(likelihood, start, seeds, p, n_beta, scales)[0]
    chosen = selectivity(final["response_max"], final["response_sum"]).values
    return summary(n_beta * losses) | {
        "half_parameters": start.shape[1] / 2,
        "loss": likelihood.error,
        "mono_share": float((chosen > p.mono_threshold).mean()),
        "silent_share": float((final["response_sum"].values <= 0).mean()),
        "loss_change": float(row["loss_change"]),
    }


def _data(cell: Cell[Solutions], row: xr.Dataset) -> tuple[Tensor, Tensor]:
    """Fresh samples: inputs (sample, input), and features, which are the targets."""
    rng = np.random.default_rng(cell.stream("data"))
    frequency = row["feature_frequency"].values.astype(np.float32)
    size = cell.params.samples, len(frequency)
    active = rng.random(size, np.float32) < frequency
    features = np.where(active, rng.random(size, np.float32), np.float32(0))
    inputs = features @ row["embedding"].values.T
    return torch.from_numpy(inputs), torch.from_numpy(features)
