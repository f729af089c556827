"""The quadratic toy model of Scherlis et al. 2022 (arXiv 2210.01892), trained on its exact loss.

Target sum_i v_i x_i^2, prediction |sum_i x_i W_i|^2 + c with the best constant c; independent x_i
of mean 0, variance 1 and given kurtosis. The population loss is a polynomial of the weights, so
that nothing is sampled (`tegum.theory.quadratic.quadratic_loss` has the derivation).
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from tegum.models.ensemble import Ensemble
from tegum.synthetic.draws import INIT, Draws

_TINY = 1e-24
"""Added to the denominator of a capacity: a feature without embedding has capacity 0."""


class Quadratic(Ensemble):
    """An ensemble of quadratic models in float64.

    Parameter ``embedding`` (cell, feature, hidden), independent normal entries of standard
    deviation 1 / sqrt(hidden), each cell from its own init stream.

    With ``flatten`` a penalty sum_i strength_i C_i (1 - C_i) is added, whose strengths (cell,
    feature) rise or fall linearly over ``ramp_steps`` (Scherlis et al., comments).

    Arguments
    ---------
    values: v_i, (cell, feature).
    kurtosis: of the inputs, (cell,).
    hidden: dimensions of an embedding vector.
    seeds: the init stream of each cell.
    """

    def __init__(
        self, *, values: np.ndarray, kurtosis: np.ndarray, hidden: int, seeds: list[int]
    ) -> None:
        super().__init__()
        n_features = values.shape[1]
        drawn = {s: Draws(s).normal((n_features, hidden), INIT) for s in dict.fromkeys(seeds)}
        start = np.stack([drawn[s] for s in seeds]).astype(np.float64) / np.sqrt(hidden)
        self.embedding = nn.Parameter(torch.from_numpy(start))
        self.values: Tensor
        self.excess: Tensor
        self.before: Tensor
        self.after: Tensor
        self.register_buffer("values", torch.as_tensor(values, dtype=torch.float64))
        excess = torch.as_tensor(kurtosis, dtype=torch.float64) - 1.0
        self.register_buffer("excess", excess[:, None])
        self.register_buffer("before", torch.zeros_like(self.values))
        self.register_buffer("after", torch.zeros_like(self.values))
        self._ramp_steps, self._share, self._flattened = 1, 1.0, False

    def flatten(self, strength: np.ndarray, ramp_steps: int) -> None:
        """Move the penalty's strengths from where they are to ``strength`` (cell, feature)."""
        self.before = self.after.clone()
        self.after = torch.tensor(strength, dtype=torch.float64, device=self.before.device)
        self._ramp_steps = ramp_steps
        self._flattened = bool((self.before != 0).any() or (self.after != 0).any())

    def begin(self, step: int) -> None:
        self._share = min(1.0, (step + 1) / self._ramp_steps)

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """The exact loss, plus the penalty: (cell,)."""
        embedding = self.embedding
        norms = embedding.square().sum(2)
        moment = embedding.transpose(1, 2) @ embedding
        own = self.excess * (self.values - norms).square() - 2.0 * norms.square()
        loss = own.sum(1) + 2.0 * moment.square().sum((1, 2))
        if self._flattened:
            overlap = ((embedding @ moment) * embedding).sum(2)
            capacity = norms.square() / (overlap + _TINY)
            strength = torch.lerp(self.before, self.after, self._share)
            loss = loss + (strength * capacity * (1.0 - capacity)).sum(1)
        return loss

    @torch.no_grad()
    def disturb(self, size: Sequence[float], seeds: list[int], step: int) -> None:
        """Add normal noise of standard deviation ``size`` (cell,) to the features that are not
        removed, each cell from its stream."""
        noise = [Draws(s).normal(self.embedding.shape[1:], INIT, step) for s in seeds]
        made = np.stack(noise) * np.asarray(size)[:, None, None]
        there = (self.values > 0)[:, :, None]
        self.embedding.add_(torch.from_numpy(made).to(self.embedding.device) * there)

    @torch.no_grad()
    def remove(self, feature: np.ndarray) -> None:
        """Take one feature (cell,) of each cell out of the inputs and the target."""
        cells = torch.arange(self.n_cells)
        self.values[cells, torch.as_tensor(feature)] = 0.0
        self.embedding[cells, torch.as_tensor(feature)] = 0.0
