"""JumpReLU dictionaries (Rajamanoharan et al. 2024, arXiv 2407.14435)."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from tegum.dictionaries.base import Forward, Penalised


class JumpReLU(Penalised):
    """f = before 1[before > theta], with unit-norm directions and a penalty on the number firing.

    Arguments: ``threshold``, initial theta > 0; ``bandwidth`` eps of the straight-through
    estimator, both in units of ``scale * x``.
    """

    def __init__(self, *, threshold: float = 0.1, bandwidth: float = 0.05, **options: Any) -> None:
        super().__init__(**options)
        start = torch.full_like(self.encoder_bias, math.log(threshold))
        self.log_threshold = nn.Parameter(start)
        self.bandwidth = bandwidth

    def sparsify(self, before: Tensor) -> Tensor:
        return _Jump.apply(before, self.log_threshold.exp()[:, None, :], self.bandwidth)

    def penalty(self, at: Forward) -> Tensor:
        """lambda times the mean number of latents that fire: (cell,)."""
        fires = _Step.apply(at.before, self.log_threshold.exp()[:, None, :], self.bandwidth)
        return self.strength() * fires.mean(1).sum(1)

    def divide_offsets(self, by: Tensor) -> None:
        super().divide_offsets(by)
        self.log_threshold.sub_(by.log()[:, None])


class _Jump(torch.autograd.Function):
    """before 1[before > theta]; d/d theta = -(theta / eps) K((before - theta) / eps).

    K is 1 on |u| < 1/2. Shapes: (cell, sample, latent) and (cell, 1, latent).
    """

    @staticmethod
    def forward(ctx, before: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
        ctx.save_for_backward(before, threshold)
        ctx.bandwidth = bandwidth
        return before * (before > threshold)

    @staticmethod
    def backward(ctx, gradient: Tensor):  # type: ignore[override]
        before, threshold = ctx.saved_tensors
        near = _near(before, threshold, ctx.bandwidth)
        to_threshold = (gradient * near).sum(1, keepdim=True) * (-threshold / ctx.bandwidth)
        return gradient * (before > threshold), to_threshold, None


class _Step(torch.autograd.Function):
    """1[before > theta]; d/d theta = -(1 / eps) K((before - theta) / eps), none to ``before``."""

    @staticmethod
    def forward(ctx, before: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
        ctx.save_for_backward(before, threshold)
        ctx.bandwidth = bandwidth
        return (before > threshold).to(before.dtype)

    @staticmethod
    def backward(ctx, gradient: Tensor):  # type: ignore[override]
        before, threshold = ctx.saved_tensors
        near = _near(before, threshold, ctx.bandwidth)
        return None, (gradient * near).sum(1, keepdim=True) / -ctx.bandwidth, None


def _near(before: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
    return (before - threshold).abs() < bandwidth / 2
