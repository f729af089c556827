"""Least-squares probes, and the vectors that might steer what they read."""

from dataclasses import dataclass

import torch
from torch import Tensor

from tegum.studies.steering.world import World

VECTORS = ("probe", "ridge", "representation", "surgical", "pattern", "mean_difference")
RANK_TOLERANCE = 1e-10
"""Share of the largest variance below which a direction holds none."""


@dataclass(frozen=True)
class Fitted:
    """Probes and steering vectors, in float64."""

    probes: Tensor
    """P: (feature, input)."""
    x_mean: Tensor
    f_mean: Tensor
    """Means of the activations (input,) and of the labels (feature,)."""
    vectors: dict[str, Tensor]
    """One of `VECTORS` to (feature, input), as it is defined: norms differ."""

    def read(self, activations: Tensor) -> Tensor:
        """Predicted features: (sample, input) to (sample, feature)."""
        return (activations - self.x_mean) @ self.probes.T + self.f_mean


def fit(world: World, labels: Tensor, ridge: float) -> Fitted:
    """Fit on the world's activations and `labels` (sample, feature), which controls may shuffle.

    `probe`: p_i = Cov(x)^+ Cov(x, f_i). `ridge`: the same with `ridge` mean variances added to
    every direction. `representation`: v_i, the truth. `surgical`: column i of pinv(P), which moves
    probe i and no other. `pattern`: Cov(x) p_i (Haufe et al. 2014). `mean_difference`: mean of x
    where the feature is active minus where it is not.
    """
    x = world.activations(world.features)
    x_mean, f_mean = x.mean(0), labels.mean(0)
    x = x - x_mean
    covariance = x.T @ x / len(x)
    cross = x.T @ (labels - f_mean) / len(x)
    probes = (torch.linalg.pinv(covariance, hermitian=True, rtol=RANK_TOLERANCE) @ cross).T
    added = ridge * covariance.diagonal().mean() * torch.eye(len(covariance)).to(covariance)
    active = (labels != 0).to(x)
    counts = active.sum(0)
    vectors = {
        "probe": probes,
        "ridge": torch.linalg.solve(covariance + added, cross).T,
        "representation": world.directions,
        "surgical": torch.linalg.pinv(probes).T,
        "pattern": probes @ covariance,
        "mean_difference": (x.T @ active * (1 / counts + 1 / (len(x) - counts))).T,
    }
    return Fitted(probes, x_mean, f_mean, vectors)
