"""Probes for contrast-consistent search (Burns, Ye, Klein, Steinhardt 2022, arXiv 2212.03827).

p = sigmoid(logit(x)) on both members of a pair; the loss asks that p+ = 1 - p- (consistency) and
that the smaller of the two be small (confidence). Every cell holds several independent tries.
"""

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tegum.models.ensemble import Ensemble
from tegum.models.init import uniform


class ContrastProbe(Ensemble):
    """``tries`` probes per cell on the same pairs, each drawn anew.

    A batch is the positive and the negative members of the pairs, both (cell, sample, input).
    """

    @abstractmethod
    def logits(self, inputs: Tensor) -> Tensor:
        """(cell, sample, input) -> (cell, sample, try)."""

    def losses(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Consistency plus confidence, equation 3 there, mean over pairs: (cell, try)."""
        positive, negative = self.logits(torch.cat(batch, dim=1)).sigmoid().chunk(2, dim=1)
        consistency = (positive + negative - 1.0).square()
        return (consistency + torch.minimum(positive, negative).square()).mean(1)

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """The losses summed over tries, whose gradients do not meet: (cell,)."""
        return self.losses(batch).sum(1)

    def scores(self, batch: tuple[Tensor, ...]) -> Tensor:
        """(p+ + 1 - p-) / 2, how true each pair's positive member seems: (cell, sample, try)."""
        positive, negative = self.logits(torch.cat(batch, dim=1)).sigmoid().chunk(2, dim=1)
        return 0.5 + 0.5 * (positive - negative)


class LinearProbe(ContrastProbe):
    """logit = w x + b: ``weight`` (cell, input, try), ``bias`` (cell, try).

    Drawn by PyTorch's default law for linear layers. ``seeds``: the init stream of each cell.
    """

    def __init__(self, *, n_inputs: int, tries: int, seeds: Sequence[int]) -> None:
        super().__init__()
        bound = n_inputs**-0.5
        self.weight = nn.Parameter(uniform(seeds, (n_inputs, tries), 0, bound))
        self.bias = nn.Parameter(uniform(seeds, (tries,), 1, bound))

    def logits(self, inputs: Tensor) -> Tensor:
        return torch.baddbmm(self.bias[:, None, :], inputs, self.weight)


class MLPProbe(ContrastProbe):
    """One hidden ReLU layer, the default of the official command line.

    Parameters: ``encoder`` (cell, input, try x hidden), ``encoder_bias`` (cell, try x hidden),
    ``weight`` (cell, try, hidden), ``bias`` (cell, try).
    """

    def __init__(self, *, n_inputs: int, tries: int, width: int, seeds: Sequence[int]) -> None:
        super().__init__()
        outer, inner = n_inputs**-0.5, width**-0.5
        self.encoder = nn.Parameter(uniform(seeds, (n_inputs, tries * width), 0, outer))
        self.encoder_bias = nn.Parameter(uniform(seeds, (tries * width,), 1, outer))
        self.weight = nn.Parameter(uniform(seeds, (tries, width), 2, inner))
        self.bias = nn.Parameter(uniform(seeds, (tries,), 3, inner))

    def logits(self, inputs: Tensor) -> Tensor:
        before = torch.baddbmm(self.encoder_bias[:, None, :], inputs, self.encoder)
        hidden = before.relu().unflatten(2, tuple(self.weight.shape[1:]))
        return (hidden * self.weight[:, None]).sum(3) + self.bias[:, None, :]
