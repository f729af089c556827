"""When each model learnt, what moved while it was still at chance, and what its circuit reads."""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.parity import gradients
from tegum.models.parity import SignNetwork
from tegum.studies.subset_parity.models import new_models, population
from tegum.studies.subset_parity.params import Measure, Train
from tegum.studies.subset_parity.schema import CURVES, MEASURE
from tegum.theory.parity import parity_gradient


def by_cell(sweep: SweepView[Measure], rows: Rows) -> xr.Dataset:
    """Curves as trained, and what they and the final weights say of each model: (cell, ...)."""
    train, steps = rows["train"], rows["train"]["step"].values
    curves = {name: train[name].values for name in CURVES}
    accuracy, p = curves["accuracy"], sweep.params
    flat = np.maximum(np.argmax(accuracy >= p.chance, axis=1) - 1, 0)
    flat = np.where((accuracy < p.chance).all(1), accuracy.shape[1] - 1, flat)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        lead = curves["moved_inside"] / curves["moved_outside"]
        found = {
            "snr": curves["signal_inside"] / curves["noise_inside"],
            "time_learnt": _first(accuracy >= p.learnt, steps),
            "time_mastered": _first(accuracy >= p.mastered, steps),
            "final_accuracy": accuracy[:, -1],
            "lead": np.take_along_axis(lead, flat, axis=1)[:, 0],
            "flat_loss": (np.take_along_axis(curves["loss"], flat, 1) / curves["loss"][:, :1])[
                :, 0
            ],
        }
    cells = [_as_trained(cell) for cell in sweep.cells]
    each = [_circuit([cell], train.isel(cell=number)) for number, cell in enumerate(cells)]
    found |= {name: [one[name] for one in each] for name in each[0]}
    found["loss_change"] = train["loss_change"].values
    return MEASURE.dataset(curves | found, {"step": steps})


def _first(reached: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Steps at the first look where something is so; NaN where it never is."""
    return np.where(reached.any(1), steps[np.argmax(reached, axis=1)].astype(float), np.nan)


def _as_trained(cell: Cell[Measure]) -> Cell[Train]:
    return Cell(cell.study, "train", cell.axes, cell.upstream["train"], reseed=cell.reseed)


@torch.no_grad()
def _circuit(cells: Sequence[Cell[Train]], row: xr.Dataset) -> dict[str, float]:
    """What the final weights of one model read, and the gradient with which it began."""
    params = cells[0].params
    k, (inputs, targets) = params.n_parity, population(cells)
    model = new_models(cells)
    start = model.weight[0].clone()
    began = gradients(model, inputs, targets)
    # Beside models of more inputs a row is padded.
    final = torch.from_numpy(row["weight"].values[:, : params.n_inputs])
    away = final - start
    size = away.norm(dim=1, keepdim=True)
    way = torch.where(size > 0, away / size, 0.0)
    along = (began.mean[0] * way).sum(1)
    noise = (began.each[0] * (inputs @ way.T)).square().mean(0) - along.square()
    share = final[:, :k].square().sum() / final.square().sum()
    initial = start[:, :k].square().sum() / start.square().sum()
    found = {
        "snr_circuit": float(along.square().sum().sqrt() / (noise.sum() / params.batch).sqrt()),
        "circuit_support": float(share),
        "initial_support": float(initial),
        "fourier_error": _fourier_error(model, began.mean[0], inputs, k, params),
    }
    for name, kept in (("pruned_accuracy", slice(0, k)), ("missing_accuracy", slice(k, None))):
        pruned = torch.zeros_like(final)
        pruned[:, kept] = final[:, kept]
        found[name] = _accuracy(pruned, row, inputs, targets)
    return found


def _accuracy(weight: Tensor, row: xr.Dataset, inputs: Tensor, targets: Tensor) -> float:
    """Of the trained network with another first layer."""
    bias, readout = (torch.from_numpy(row[name].values) for name in ("bias", "readout"))
    hidden = torch.addmm(bias, inputs, weight.T).relu()
    output = hidden @ readout + float(row["offset"])
    return float(((output > 0) == (targets[0] > 0)).float().mean())


def _fourier_error(
    model: SignNetwork, gradient: Tensor, inputs: Tensor, k: int, params: Train
) -> float:
    """Largest deviation from the Fourier coefficients, over the largest entry; NaN if unknown."""
    if params.loss != "hinge" or params.n_inputs > params.enumerated:
        return np.nan
    before = model.before(inputs[None])[0]
    if float((before.relu() @ model.readout[0, 0] + model.offset[0, 0]).abs().max()) >= 1.0:
        return np.nan
    active = (before > 0).T.numpy().astype(float)
    law = parity_gradient(active, model.readout[0, 0].numpy().astype(float), k)
    return float(np.abs(gradient.numpy() - law).max() / np.abs(law).max())
