"""Least-squares probes, and the vectors that might steer what they read."""

from dataclasses import dataclass

from torch import Tensor

from tegum.probes.vectors import least_squares, steering_vectors
from tegum.studies.steering.world import World

VECTORS = ("probe", "ridge", "representation", "surgical", "pattern", "mean_difference")


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

    `probe` and `ridge` are `least_squares` without and with a ridge, `representation` is v_i, the
    truth, and the others those of `steering_vectors`.
    """
    x = world.activations(world.features)
    probes = least_squares(x, labels)
    vectors = {
        "probe": probes,
        "ridge": least_squares(x, labels, ridge),
        "representation": world.directions,
        **steering_vectors(x, labels, probes),
    }
    return Fitted(probes, x.mean(0), labels.mean(0), vectors)
