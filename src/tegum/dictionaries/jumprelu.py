"""JumpReLU dictionaries (Rajamanoharan et al. 2024, arXiv 2407.14435)."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from tegum.dictionaries.base import Forward, Penalised, above


class JumpReLU(Penalised):
    """f = z 1[z > theta], with free directions and a penalty on the number firing.

    Arguments: ``threshold``, initial theta > 0; ``bandwidth`` eps of the straight-through
    estimator, both in units of ``scale * x``.
    """

    encoder_norm = 0.3
    decoder_norm = 0.3

    def __init__(self, *, threshold: float = 0.1, bandwidth: float = 0.05, **options: Any) -> None:
        super().__init__(**options)
        start = torch.full_like(self.encoder_bias, math.log(threshold))
        self.log_threshold = nn.Parameter(start)
        self.bandwidth = bandwidth

    def sparsify(self, pre_activations: Tensor) -> Tensor:
        return _Jump.apply(pre_activations, self.log_threshold.exp()[:, None, :], self.bandwidth)

    def penalty(self, at: Forward) -> Tensor:
        """lambda times the mean number of latents that fire: (cell,)."""
        fires = _Step.apply(
            at.pre_activations, self.log_threshold.exp()[:, None, :], self.bandwidth
        )
        return self.strength() * fires.mean(1).sum(1)

    def multiply_latents(self, by: Tensor) -> None:
        super().multiply_latents(by)
        self.log_threshold.add_(by.log())

    def divide_offsets(self, by: Tensor) -> None:
        super().divide_offsets(by)
        self.log_threshold.sub_(by.log()[:, None])


class _Jump(torch.autograd.Function):
    """z 1[z > theta] of pre-activations z; d/d theta = -(theta / eps) K((z - theta) / eps).

    K is 1 on |u| < 1/2. Shapes: (cell, sample, latent) and (cell, 1, latent).
    """

    @staticmethod
    def forward(ctx, pre_activations: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
        ctx.save_for_backward(pre_activations, threshold)
        ctx.bandwidth = bandwidth
        return pre_activations * above(pre_activations, threshold)

    @staticmethod
    def backward(ctx, gradient: Tensor):  # type: ignore[override]
        pre_activations, threshold = ctx.saved_tensors
        near = _near(pre_activations, threshold, ctx.bandwidth)
        to_threshold = (gradient * near).sum(1, keepdim=True) * (-threshold / ctx.bandwidth)
        return gradient * above(pre_activations, threshold), to_threshold, None


class _Step(torch.autograd.Function):
    """1[z > theta] of pre-activations z; d/d theta = -(1 / eps) K((z - theta) / eps), none to z."""

    @staticmethod
    def forward(ctx, pre_activations: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
        ctx.save_for_backward(pre_activations, threshold)
        ctx.bandwidth = bandwidth
        return above(pre_activations, threshold)

    @staticmethod
    def backward(ctx, gradient: Tensor):  # type: ignore[override]
        pre_activations, threshold = ctx.saved_tensors
        near = _near(pre_activations, threshold, ctx.bandwidth)
        return None, (gradient * near).sum(1, keepdim=True) / -ctx.bandwidth, None


def _near(pre_activations: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
    return (pre_activations - threshold).abs_().lt_(bandwidth / 2)
