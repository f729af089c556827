"""How much of a readout's loss a reconstruction of its input recovers.

(L_mean - L_rebuilt) / (L_mean - L), L_mean being the loss where every input is the mean input. It
is taken of the loss that the head was trained on, and of the cross-entropy. A linear head knows no
temperature: for its cross-entropy the logits are multiplied by the factor that is best on the
samples that the dictionary was fitted to, untouched.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from tegum.models.softmax import HiddenReadout, cross_entropy, target

MOST, HALVINGS = 1000.0, 24
"""Largest factor, and how often the interval is halved."""


@dataclass(frozen=True)
class Served:
    """A readout, and its losses with and without its held-out inputs."""

    model: HiddenReadout
    factor: float
    probabilities: Tensor
    """(sample, feature), the held-out targets."""
    whole: dict[str, float]
    mean: dict[str, float]

    def recovered(self, rebuilt: Tensor) -> dict[str, float]:
        """Share of each loss that reconstructions (sample, hidden) recover."""
        found = _losses(self.model, rebuilt, self.probabilities, self.factor)
        return {n: (self.mean[n] - v) / (self.mean[n] - self.whole[n]) for n, v in found.items()}


def served(
    model: HiddenReadout, fitted: Tensor, features: Tensor, held_out: Tensor, fresh: Tensor
) -> Served:
    """The readout of one model of one cell; hidden layers with their features, twice."""
    factor = 1.0 if model.head == "softmax" else _factor(model, fitted, target(features))
    probabilities = target(fresh)
    mean = fitted.mean(0).expand_as(held_out)
    losses = (_losses(model, hidden, probabilities, factor) for hidden in (held_out, mean))
    return Served(model, factor, probabilities, *losses)


@torch.no_grad()
def _losses(
    model: HiddenReadout, hidden: Tensor, probabilities: Tensor, factor: float
) -> dict[str, float]:
    logits, probabilities = model.logits(hidden[None]), probabilities[None]
    return {
        "cross_entropy_recovered": float(cross_entropy(factor * logits, probabilities)),
        "loss_recovered": float(model.head_loss(logits, probabilities)),
    }


@torch.no_grad()
def _factor(model: HiddenReadout, hidden: Tensor, probabilities: Tensor) -> float:
    """By bisection: the cross-entropy is convex in the factor."""
    logits = model.logits(hidden[None])[0]
    low, high = 0.0, MOST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        excess = torch.softmax(middle * logits, 1) - probabilities
        if float((excess * logits).sum()) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
