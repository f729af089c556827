"""The abstract ensemble: many independent models of one shape, along a leading ``cell`` axis."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from tegum.errors import TegumError


class Ensemble(nn.Module, ABC):
    """Independent models of equal shapes.

    Every parameter and every buffer has a leading ``cell`` axis, and no operation mixes cells.
    """

    BIASES: ClassVar[tuple[str, ...]] = ()
    """Names of the parameters that bias decay shrinks."""

    @property
    def n_cells(self) -> int:
        return next(self.parameters()).shape[0]

    @abstractmethod
    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """The training loss of each cell on its batch: (cell,)."""

    def begin(self, step: int) -> None:
        """Called before the loss of each step: for strengths that are warmed up."""

    @torch.no_grad()
    def project(self) -> None:
        """Restore constraints on the weights; called after every optimiser step."""

    def select(self, cells: slice) -> "Ensemble":
        """Some cells as an ensemble which *shares* its weights with this one."""
        shared: dict[int, object] = {
            id(p): nn.Parameter(p.detach()[cells], requires_grad=p.requires_grad)
            for p in self.parameters()
        }
        shared |= {id(b): b[cells] for b in self.buffers()}
        return copy.deepcopy(self, shared)


class _SumOfSquares(torch.autograd.Function):
    """One pass in the gradient, where autograd makes up to five over arrays of that size."""

    @staticmethod
    def forward(ctx, residual: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(residual, weights)
        alike = [axis for axis in range(1, weights.ndim) if weights.shape[axis] == 1]
        return (residual.square().sum(alike, keepdim=True) * weights).flatten(1).sum(1)

    @staticmethod
    def backward(ctx, gradient: Tensor):  # type: ignore[override]
        residual, weights = ctx.saved_tensors
        return residual * (2.0 * weights * gradient.view(-1, *[1] * (weights.ndim - 1))), None


def sum_of_squares(residual: Tensor, weights: Tensor | None = None) -> Tensor:
    """Squares, maybe weighted, summed over all but the leading axis: (cell, ...) -> (cell,).

    ``weights`` has the axes of ``residual``, of size 1 where it does not depend on them.
    """
    if weights is None:
        weights = residual.new_ones([1] * residual.ndim)
    return _SumOfSquares.apply(residual, weights)


def per_cell(
    value: float | Sequence[float] | np.ndarray | Tensor, n_cells: int, name: str
) -> Tensor:
    """A number, or one number per cell, as a vector (cell,) float32 on the CPU."""
    vector = torch.as_tensor(value, dtype=torch.float32, device="cpu")
    if vector.ndim == 0:
        return vector.repeat(n_cells)
    if vector.shape != (n_cells,):
        raise TegumError(
            f"{name} has shape {tuple(vector.shape)}; give one number, or one for each of the "
            f"{n_cells} cells."
        )
    return vector
