"""Two-layer models whose hidden units that are 0 are skipped where few of them fire."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from tegum.models.ensemble import sum_of_squares
from tegum.models.products import skips
from tegum.models.two_layer import TwoLayer

LOOK_EVERY = 16
"""Steps after which the share of hidden units that fire is looked at again."""
FEW = 0.15
"""Share of them up to which skipping the others takes less time than products of matrices."""


class SparseTwoLayer(TwoLayer):
    """``TwoLayer`` for large models: the same loss, by what takes less time as models train.

    With a negative bias hardly a unit fires, and compiled loops skip the others. They serve ReLU
    models in single precision on a CPU that engines handle one at a time (``LARGE_ENTRIES``), so
    that the company cannot decide, and no penalty but that on hidden units; elsewhere this is a
    ``TwoLayer``.
    """

    _sparse = _looks = False

    def begin(self, step: int) -> None:
        super().begin(step)
        self._looks = step % LOOK_EVERY == 0

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        inputs, targets = batch
        alone = len(inputs) == 1 and skips(inputs) and self.activation == "relu"
        if not alone or self._penalised - {"l1_hidden"}:
            return super().loss(batch)
        if self._looks:
            with torch.no_grad():
                self._sparse = float((self.hidden(inputs) > 0).float().mean()) <= FEW
        if not self._sparse:
            return super().loss(batch)
        residual, sums = _Rectified.apply(inputs, self.encoder, self.bias, self.decoder, targets)
        loss = sum_of_squares(residual) / inputs.shape[1]
        if self._penalised:
            loss = loss + self.l1_hidden * sums.sum(1) / inputs.shape[1]
        return loss


class _Rectified(torch.autograd.Function):
    """Residual (cell, sample, output), and hidden units summed over samples (cell, hidden)."""

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, encoder: Tensor, bias: Tensor, decoder: Tensor, targets: Tensor
    ) -> tuple[Tensor, Tensor]:
        from tegum.kernels import sparse

        before = torch.baddbmm(bias[:, None, :], inputs, encoder.transpose(1, 2))
        rows, values = decoder.transpose(1, 2).contiguous(), before.numpy()
        places, counts = np.empty(before.shape, np.int32), np.empty(before.shape[:2], np.int32)
        sparse.positive(values, places, counts)
        residual, sums = -targets, torch.zeros_like(bias)
        sparse.add_decoded(values, places, counts, rows.numpy(), residual.numpy())
        sparse.add_sums(values, places, counts, sums.numpy())
        ctx.places = places, counts
        ctx.save_for_backward(inputs, encoder, before, rows)
        return residual, sums

    @staticmethod
    def backward(ctx: Any, to_residual: Tensor, to_sums: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        from tegum.kernels import sparse

        inputs, encoder, before, rows = ctx.saved_tensors
        (places, counts), vectors = ctx.places, to_residual.contiguous().numpy()
        to_hidden = np.empty(before.shape, np.float32)  # elsewhere never read
        sparse.projections(places, counts, rows.numpy(), vectors, to_hidden)
        sparse.add_shifts(to_sums.contiguous().numpy(), places, counts, to_hidden)
        to_rows, to_encoder = torch.zeros_like(rows), torch.zeros_like(encoder)
        to_bias = before.new_zeros(encoder.shape[:2])
        sparse.add_products(before.numpy(), places, counts, vectors, to_rows.numpy())
        sparse.add_products(
            to_hidden, places, counts, inputs.contiguous().numpy(), to_encoder.numpy()
        )
        sparse.add_sums(to_hidden, places, counts, to_bias.numpy())
        return None, to_encoder, to_bias, to_rows.transpose(1, 2), None
