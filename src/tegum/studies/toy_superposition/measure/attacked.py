"""What models that were trained on attacked inputs represent, and what attacks do to them."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.studies.toy_superposition.measure.tied import Array, feature_probabilities, measured
from tegum.studies.toy_superposition.params import UnderAttack
from tegum.theory import toy


def by_cell(sweep: SweepView[UnderAttack], rows: Rows) -> xr.Dataset:
    """Measure one sweep of attacked models: also those trained on random attacks meet the worst."""
    train = rows["train"]
    share = train["norm"].isel(checkpoint=-1).values.astype(float) ** 2
    dimensionality = train["dimensionality"].isel(checkpoint=-1).values
    loss = train["evaluation_loss"].isel(checkpoint=-1).values
    harm = _harms(sweep, train)
    null = toy.null_loss(chances := feature_probabilities(sweep), np.ones_like(chances))
    more = {
        "mean_dimensionality": (share * dimensionality).sum(-1) / share.sum(-1),
        "vulnerability": harm[:, 0],
        "attacked_loss_ratio": (loss + harm[:, 1]) / null,
    }
    return measured("attacked", sweep, train, more)


def _harms(sweep: SweepView[UnderAttack], train: xr.Dataset) -> Array:
    """Relative vulnerability, and the rise of the loss by attacks as in training, (cell, 2)."""
    params, found = sweep.params, []
    models = zip(train["weight"].values, train["bias"].values, strict=True)
    for cell, chance, (weight, bias) in zip(
        sweep.cells, feature_probabilities(sweep), models, strict=True
    ):
        inputs = _inputs(cell, chance, params.attack_samples)
        norm = float(np.linalg.norm(inputs, axis=1).mean())
        trained = cell.upstream["train"].training_budget * norm
        relative = toy.relative_vulnerability(weight, bias, inputs, params.attack_budget * norm)
        found.append((relative, toy.vulnerability(weight, bias, inputs, trained)))
    return np.array(found)


def _inputs(cell: Cell, chance: Array, samples: int) -> Array:
    """Fresh inputs of the seed, (sample, feature)."""
    rng = np.random.default_rng(cell.stream("evaluation"))
    size = samples, chance.size
    return rng.uniform(size=size) * (rng.uniform(size=size) < chance)
