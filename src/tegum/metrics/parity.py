"""Signal and noise of the gradient that a network of signs gets from the parity of a subset."""

from typing import NamedTuple

import torch
from torch import Tensor

from tegum.models.parity import LOSSES, SignNetwork


class Gradients(NamedTuple):
    """Of the first layer, over a population of inputs."""

    mean: Tensor
    """Population gradient, (cell, hidden, input)."""
    variance: Tensor
    """Of one sample's gradient, (cell, hidden, input)."""
    each: Tensor
    """c of every sample and neuron, whose gradient is c times the input: (cell, sample, hidden)."""
    output: Tensor
    """Of the network, output 0: (cell, input of the population)."""
    loss: Tensor
    """Population loss of output 0: (cell,)."""


def gradients(model: SignNetwork, inputs: Tensor, targets: Tensor) -> Gradients:
    """Exact gradients of output 0's loss over all inputs that are given.

    A sample's gradient in weight (j, i) is c_j x_i with c_j = dl/df a_j 1[h_j > 0]. Its mean square
    is that of c_j, since x_i is a sign.

    Args:
        model: one cell or more.
        inputs: signs, (sample, input).
        targets: signs of output 0, (cell, sample).
    """
    with torch.no_grad():
        before = model.before(inputs.expand(model.n_cells, -1, -1))
        output = (before.relu() @ model.readout[:, 0, :, None])[..., 0] + model.offset[:, :1]
    with torch.enable_grad():
        output.requires_grad_(True)
        loss = LOSSES[model.kind](output, targets)
        (slope,) = torch.autograd.grad(loss.sum(), output)
    with torch.no_grad():
        each = (before > 0) * slope[..., None] * model.readout[:, :1]
        mean = each.transpose(1, 2) @ inputs / len(inputs)
        variance = each.square().mean(1)[..., None] - mean.square()
    return Gradients(mean, variance, each, output.detach(), loss.detach().mean(1))
