"""Two-layer models of which each sample runs a part of the neurons, as a router chooses."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tegum.errors import TegumError
from tegum.models.init import uniform
from tegum.models.two_layer import TwoLayer


class Routed(TwoLayer):
    """h = g(x) act(W1 x + b), where the gate g is 0 but for one of equal groups of neurons.

    A router R x scores the groups; the neurons of the best one are multiplied by its probability,
    softmax(R x), by which the router learns (Fedus et al. 2022, "Switch Transformers"). A sample so
    costs the arithmetic of one group and of the router.

    Arguments
    ---------
    groups: how many there are; they divide the width.
    learned: whether the router learns. If not it keeps its random weights, and chosen neurons are
        not multiplied.
    seeds, options: as for ``TwoLayer``.
    """

    def __init__(
        self, *, groups: int, learned: bool, seeds: Sequence[int], width: int, **options
    ) -> None:
        super().__init__(seeds=seeds, width=width, **options)
        if width % groups:
            raise TegumError(f"{groups} groups do not divide the width {width}; give a divisor.")
        self.learned = learned
        inputs = self.encoder.shape[2]
        self.router = nn.Parameter(
            uniform(seeds, (groups, inputs), 3, inputs**-0.5), requires_grad=learned
        )

    def hidden(self, inputs: Tensor) -> Tensor:
        scores = torch.bmm(inputs, self.router.transpose(1, 2))
        chosen = scores.argmax(2, keepdim=True)
        gate = torch.zeros_like(scores).scatter(2, chosen, 1.0)
        if self.learned:
            gate = gate * scores.softmax(2)
        size = self.encoder.shape[1] // scores.shape[2]
        return super().hidden(inputs) * gate.repeat_interleave(size, dim=2)
