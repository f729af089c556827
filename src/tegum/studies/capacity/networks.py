"""Networks that are trained on samples of sparse features."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.experiment.cell import Cell, Context
from tegum.models.ensemble import Ensemble
from tegum.studies.capacity.params import Sampled
from tegum.studies.capacity.problems import values
from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import FEATURES, Draws
from tegum.training.plan import padded
from tegum.training.rows import train


class SparseFeatures(Stream):
    """Batches (features (cell, sample, feature),): Bernoulli(p) times U(0, 1], or U[-1, 1].

    One uniform draw v in [-1, 1) per entry: |v| < p decides about activity, 1 - |v| / p is then
    uniform, and the sign is independent of both. Cells of equal seed share their draws.

    Args:
        seeds: one per cell.
        probabilities: that a feature is active, one per cell.
        n_features: in a sample.
        batch: samples in a batch.
        signed: whether amplitudes have both signs.
        device: where batches are made.
    """

    def __init__(
        self,
        seeds: Sequence[int],
        probabilities: Sequence[float],
        n_features: int,
        batch: int,
        signed: bool,
        device: str = "cpu",
    ) -> None:
        self.n_cells = len(seeds)
        self._seeds, self._probabilities = list(seeds), list(probabilities)
        self._shape, self._signed, self._device = (batch, n_features), signed, device
        self._draws = {seed: Draws(seed) for seed in self._seeds}
        self._inverse = torch.tensor(probabilities, device=device).reciprocal()[:, None, None]

    def batch(self, step: int) -> tuple[Tensor, ...]:
        count = self._shape[0] * self._shape[1]
        drawn = {
            seed: torch.from_numpy(draws.integers(count, FEATURES, step).astype(np.float32))
            for seed, draws in self._draws.items()
        }
        uniform = torch.stack([drawn[seed] for seed in self._seeds]).mul_(2.0**-31)
        uniform = uniform.view(self.n_cells, *self._shape).to(self._device)
        amplitude = (1.0 - uniform.abs() * self._inverse).clamp_(min=0.0)
        return (amplitude * uniform.sign() if self._signed else amplitude,)

    def select(self, cell: int) -> Stream:
        seed, probability = self._seeds[cell], self._probabilities[cell]
        batch, n_features = self._shape
        return SparseFeatures([seed], [probability], n_features, batch, self._signed, self._device)


def null_loss(params: Sampled, signed: bool) -> float:
    """Loss of the best constant: the variance of the target.

    Sums over features of v^2 Var(x^2), x = Bernoulli(p) U[-1, 1], where the target is
    sum_i v_i x_i^2 of signed features; of v Var(x), x = Bernoulli(p) U[0, 1], where it is x.
    """
    p, v = params.feature_probability, values(params)
    if signed:
        return float((v**2).sum() * (p / 5.0 - p**2 / 9.0))
    return float(v.sum() * (p / 3.0 - p**2 / 4.0))


def trained(
    model: Ensemble, cells: Sequence[Cell[Sampled]], signed: bool, context: Context
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """Final parameters; evaluation loss over null loss, (cell,), and its change.

    Args:
        model: that of `padded(cells)`.
        cells: of equal shapes.
        signed: whether the features have both signs.
        context: where it runs.
    """
    each = [c.params for c in padded(list(cells))]
    first = each[0]

    def stream(purpose: str, samples: int) -> SparseFeatures:
        probabilities = [p.feature_probability for p in each]
        seeds = [c.stream(purpose) for c in padded(list(cells))]
        size = (first.n_features, samples)
        return SparseFeatures(seeds, probabilities, *size, signed, context.device)

    evaluation = stream("evaluation", first.evaluation_samples)

    @torch.no_grad()
    def evaluated(model: Ensemble) -> dict[str, Tensor]:
        return {"loss": model.loss(evaluation.batch(0))}

    data = stream("data", first.batch)
    schedule = "linear_decay_second_half"
    result = train(cells, context, model, data, schedule, evaluation=evaluated)
    loss = evaluated(model)["loss"][: len(cells)].cpu().numpy().astype(np.float64)
    change = result.changes["loss_change"]
    return result.parameters, {"evaluation_loss": loss, "loss_change": change}
