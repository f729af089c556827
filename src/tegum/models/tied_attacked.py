"""Tied autoencoders that learn from attacked inputs (Elhage et al. 2022, "Adversarial examples").

An attack adds to an input a vector of a given L2 norm; the target stays the clean input.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from tegum.kernels.attacks import most_harmful
from tegum.models.ensemble import per_cell, sum_of_squares
from tegum.models.tied import Tied

LEAST_NORM = 1e-12
"""Rows of W W^T that are shorter have no direction."""


class AttackedTied(Tied):
    """Tied autoencoders under attacks while they learn; ``error`` is that of clean inputs.

    Arguments
    ---------
    budget: L2 norm of an attack, one number or one per cell.
    growth: steps over which it grows from 0 to that while training.
    options: as for ``Tied``.
    """

    def __init__(
        self, *, budget: float | Sequence[float] | np.ndarray, growth: int = 0, **options
    ) -> None:
        super().__init__(**options)
        self.budget: Tensor
        self.register_buffer("budget", per_cell(budget, self.n_cells, "budget"))
        self._growth, self._grown = growth, 1.0

    def begin(self, step: int) -> None:
        """Attacks have their whole length after `growth` steps, and where no step was begun."""
        self._grown = min(1.0, step / self._growth) if self._growth else 1.0

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """The weighted error of attacked inputs, mean over samples: (cell,).

        The batch is the features (cell, sample, feature), which then have the worst attack; or
        those and directions of unit length, of the same shape, in which they are attacked. An
        attack is a constant to the gradient, as in any adversarial training.
        """
        inputs, *directions = batch
        attack = self._length() * directions[0] if directions else self.worst_attack(inputs)
        residual = self(inputs + attack) - inputs
        return sum_of_squares(residual, self.importance[:, None] / residual.shape[1])

    def error(self, batch: tuple[Tensor, ...]) -> Tensor:
        """The weighted error of the clean inputs of such a batch, mean over samples: (cell,)."""
        return super().error(batch[:1])

    @torch.no_grad()
    def worst_attack(self, inputs: Tensor) -> Tensor:
        """What raises the weighted error of each input most: (cell, sample, feature).

        Candidates are the rows of W W^T, with the length of the budget and both signs, and no
        attack at all, as in ``theory.toy.vulnerability``.
        """
        map_ = torch.bmm(self.weight, self.weight.transpose(1, 2))
        norms = map_.norm(dim=2, keepdim=True)
        steps = self._length() * map_ / norms.clamp_min(LEAST_NORM)
        steps = torch.where(norms > LEAST_NORM, steps, 0.0)
        before = torch.baddbmm(self.bias[:, None, :], inputs, map_)
        given = inputs, before, torch.bmm(steps, map_), self.importance
        relu = self.output == "relu"
        if inputs.device.type == "cpu":
            picked = inputs.new_zeros(inputs.shape[:2], dtype=torch.long)
            arrays = [x.detach().contiguous().numpy() for x in given]
            most_harmful(*arrays, relu, picked.numpy())  # pyright: ignore[reportCallIssue]
        else:
            picked = _most_harmful(*given, relu)
        row = (picked.abs() - 1).clamp_min_(0)[:, :, None].expand_as(inputs)
        return picked.sign()[:, :, None] * steps.gather(1, row)

    def _length(self) -> Tensor:
        return (self._grown * self.budget)[:, None, None]


def _most_harmful(
    inputs: Tensor, before: Tensor, changes: Tensor, importance: Tensor, relu: bool
) -> Tensor:
    """What the kernel of that name fills, on any device."""

    def error(outputs: Tensor) -> Tensor:
        outputs = outputs.relu_() if relu else outputs
        return torch.bmm(outputs.sub_(inputs).square_(), importance[:, :, None])[:, :, 0]

    largest = error(before.clone())
    picked = torch.zeros_like(largest, dtype=torch.long)
    for candidate in range(changes.shape[1]):
        for sign in (1, -1):
            found = error(torch.add(before, changes[:, candidate, None], alpha=sign))
            picked = torch.where(found > largest, sign * (candidate + 1), picked)
            largest = torch.maximum(found, largest)
    return picked
