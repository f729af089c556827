"""Features with known representation vectors, drawn from the named streams of a cell."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

import tegum.models  # noqa: F401  It says how MKL multiplies, so its code is in the fingerprint.
from tegum.experiment.cell import Cell
from tegum.experiment.params import Section
from tegum.metrics.geometry import unit
from tegum.studies.steering.params import Fit


@dataclass(frozen=True)
class World:
    """x = V^T f, in float64."""

    directions: Tensor
    """V: (feature, input), unit rows, the representation vectors."""
    amplitudes: Tensor
    """(feature,), the mean of each feature where it is active."""
    features: Tensor
    """f: (sample, feature), for fitting."""
    held_out: Tensor
    """The same, fresh."""
    unembedding: Tensor
    """(logit, input), random: downstream weights that know of no probe."""

    def activations(self, features: Tensor) -> Tensor:
        """(sample, feature) to (sample, input)."""
        return features @ self.directions


def draw(cell: Cell[Section], section: Fit, device: str) -> World:
    """The world of one cell; cells of one seed share common direction, rows of V and logits."""
    init = np.random.default_rng(cell.stream("init"))
    shared = unit(init.standard_normal(section.n_inputs))
    unembedding = init.standard_normal((section.n_logits, section.n_inputs))
    own = unit(init.standard_normal((section.n_features, section.n_inputs)))
    weight = section.common_weight
    directions = unit(np.sqrt(1 - weight) * own + np.sqrt(weight) * shared)
    amplitudes = np.exp(section.amplitude_spread * init.standard_normal(section.n_features))
    features, held_out = (
        amplitudes * _features(np.random.default_rng(cell.stream(purpose)), count, section)
        for purpose, count in (("data", section.samples), ("evaluation", section.held_out))
    )
    arrays = directions, amplitudes, features, held_out, unembedding
    return World(*(torch.from_numpy(a).to(device) for a in arrays))


def _features(rng: np.random.Generator, count: int, section: Fit) -> np.ndarray:
    """Bernoulli activity times magnitudes of mean 1: (sample, feature)."""
    shape = count, section.n_features
    active = rng.random(shape) < section.feature_probability
    magnitudes = 1 + section.magnitude_deviation * rng.standard_normal(shape)
    first, second = active[:, : shape[1] // 2 * 2 : 2], active[:, 1::2]
    copied = rng.random(second.shape) < section.correlation
    active[:, 1::2] = np.where(copied, first, second)
    return active * magnitudes
