"""JumpReLU dictionaries (Rajamanoharan et al. 2024, arXiv 2407.14435)."""

import math
from typing import Any, Literal

import torch
from torch import Tensor, nn

from tegum.dictionaries.base import Forward, Penalised, above, count_silence
from tegum.errors import TegumError

PENALTIES = ("step", "tanh")


class JumpReLU(Penalised):
    """f = z 1[z > theta], with free directions and a penalty on the number firing.

    Arguments: ``threshold``, initial theta > 0; ``bandwidth`` eps of the straight-through
    estimator, both in units of ``scale * x``; ``firing``, what the penalty takes for the number
    firing: ``step``, that number, or ``tanh``, the sum of tanh(c f_i |W_d,i|), c = ``tanh_scale``.
    ``pre_activation_weight`` is that of a loss which revives latents by raising pre-activations to
    thresholds, the sum of ReLU(theta_i - z_i) |W_d,i| (none if 0): of all latents or, with
    ``dead_after``, of those that have been silent for so many samples. Both are of Transformer
    Circuits, January 2025 (c = 4, weight 3e-6); SAELens has the latter for dead latents alone.
    """

    encoder_norm = 0.3
    decoder_norm = 0.3

    def __init__(
        self,
        *,
        threshold: float = 0.1,
        bandwidth: float = 0.05,
        firing: Literal["step", "tanh"] = "step",
        tanh_scale: float = 4.0,
        pre_activation_weight: float = 0.0,
        dead_after: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if firing not in PENALTIES:
            raise TegumError(f"firing is {firing!r}; give one of {', '.join(PENALTIES)}")
        if tanh_scale <= 0 or pre_activation_weight < 0:
            raise TegumError(
                f"tanh_scale is {tanh_scale} and pre_activation_weight {pre_activation_weight}; "
                "give a scale above 0 and a weight of at least 0"
            )
        start = torch.full_like(self.encoder_bias, math.log(threshold))
        self.log_threshold = nn.Parameter(start)
        self.bandwidth = bandwidth
        self.firing, self.tanh_scale = firing, tanh_scale
        self.pre_activation_weight, self.dead_after = pre_activation_weight, dead_after
        self.silent: Tensor
        if pre_activation_weight and dead_after is not None:
            start = torch.zeros(self.encoder_bias.shape, dtype=torch.int64)
            self.register_buffer("silent", start)

    def sparsify(self, pre_activations: Tensor) -> Tensor:
        return _Jump.apply(pre_activations, self.log_threshold.exp()[:, None, :], self.bandwidth)

    def penalty(self, at: Forward) -> Tensor:
        """lambda times the mean number of latents that fire, and what revives them: (cell,)."""
        sparsity = self.strength() * self._number(at)
        return sparsity + self._below(at) if self.pre_activation_weight else sparsity

    def multiply_latents(self, by: Tensor) -> None:
        super().multiply_latents(by)
        self.log_threshold.add_(by.log())

    def divide_offsets(self, by: Tensor) -> None:
        super().divide_offsets(by)
        self.log_threshold.sub_(by.log()[:, None])

    def _number(self, at: Forward) -> Tensor:
        """What is taken for the number of latents that fire, mean over samples: (cell,)."""
        if self.firing == "tanh":
            norm = torch.linalg.vector_norm(self.decoder, dim=2)
            return (self.tanh_scale * at.latents * norm[:, None, :]).tanh().mean(1).sum(1)
        threshold = self.log_threshold.exp()[:, None, :]
        return _Step.apply(at.pre_activations, threshold, self.bandwidth).mean(1).sum(1)  # pyright: ignore

    def _below(self, at: Forward) -> Tensor:
        """The weighted distance from pre-activations up to thresholds, mean over samples: (cell,).

        Also counts the silence of this batch, where only dead latents have such a loss.
        """
        short = (self.log_threshold.exp()[:, None, :] - at.pre_activations).relu().mean(1)
        short = short * torch.linalg.vector_norm(self.decoder, dim=2)
        if self.dead_after is not None:
            count_silence(self.silent, at.latents)
            short = short * (self.silent >= self.dead_after)
        return self.pre_activation_weight * short.sum(1)


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
