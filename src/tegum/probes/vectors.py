"""Least-squares probes of labels, and the vectors that might steer what they read.

Activations are (sample, input), labels (sample, label), probes and vectors (label, input), float64.
"""

import torch
from torch import Tensor

RANK_TOLERANCE = 1e-10
"""Share of the largest variance below which a direction holds none."""


def least_squares(x: Tensor, labels: Tensor, ridge: float = 0.0) -> Tensor:
    """Probes p_i = Cov(x)^+ Cov(x, label_i), with `ridge` mean variances in every direction."""
    x, covariance = _centred(x)
    cross = x.T @ (labels - labels.mean(0)) / len(x)
    if not ridge:
        return (torch.linalg.pinv(covariance, hermitian=True, rtol=RANK_TOLERANCE) @ cross).T
    added = ridge * covariance.diagonal().mean() * torch.eye(len(covariance)).to(covariance)
    return torch.linalg.solve(covariance + added, cross).T


def steering_vectors(x: Tensor, labels: Tensor, probes: Tensor) -> dict[str, Tensor]:
    """Vectors as they are defined, so that lengths differ.

    `surgical`: column i of pinv(probes), which moves probe i and no other. `pattern`: Cov(x) p_i
    (Haufe et al. 2014). `mean_difference`: mean of x where a label is not 0 minus where it is.
    """
    x, covariance = _centred(x)
    active = (labels != 0).to(x)
    counts = active.sum(0)
    return {
        "surgical": torch.linalg.pinv(probes).T,
        "pattern": probes @ covariance,
        "mean_difference": (x.T @ active * (1 / counts + 1 / (len(x) - counts))).T,
    }


def _centred(x: Tensor) -> tuple[Tensor, Tensor]:
    x = x - x.mean(0)
    return x, x.T @ x / len(x)
