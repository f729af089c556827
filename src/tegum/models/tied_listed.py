"""Tied autoencoders whose loss on sparse batches is computed by a compiled kernel."""

import torch
from torch import Tensor

from tegum.kernels.tied import gradients
from tegum.models.tied import Tied


class ListTied(Tied):
    """Tied autoencoders that also learn from the batches of a ``ListStream``, on a CPU.

    The loss is that of `Tied`; the kernel's costs what is active in the inputs and the outputs.
    """

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """The weighted error plus the penalty: (cell,); of sparse batches as well."""
        if len(batch) != 3:
            return super().loss(batch)
        relu = self.output == "relu"
        return _Loss.apply(self.weight, self.bias, self.importance, self.l1_hidden, relu, *batch)


class _Loss(torch.autograd.Function):
    """The kernel finds the gradients with the loss."""

    @staticmethod
    def forward(ctx, weight: Tensor, bias: Tensor, *rest: Tensor) -> Tensor:
        losses = torch.empty(len(weight))
        found = torch.empty_like(weight), torch.empty_like(bias)
        parts = (weight, bias, *rest, losses, *found)
        gradients(*(x.detach().numpy() if isinstance(x, Tensor) else x for x in parts))  # pyright: ignore
        ctx.save_for_backward(*found)
        return losses

    @staticmethod
    def backward(ctx, gradient: Tensor):  # type: ignore[override]
        to_weight, to_bias = ctx.saved_tensors
        slope = to_weight * gradient[:, None, None], to_bias * gradient[:, None]
        return (*slope, None, None, None, None, None, None)
