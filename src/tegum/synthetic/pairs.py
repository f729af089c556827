"""Contrast pairs with a known truth direction and a distractor that is as consistent as the truth.

x+-_i = c_i +- (a s_i tau + k delta + e q_i sigma) + noise+-_i, with s = +-1 the truth, q = +-1 the
distractor, and orthonormal directions tau (truth), delta (side: which member of the pair it is)
and sigma (distractor). c and the noise are Gaussian.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Pairs:
    """Pairs of activations with what is known about them."""

    positive: Array
    """(sample, input): the member that says yes."""
    negative: Array
    """(sample, input): the member that says no."""
    labels: NDArray[np.bool_]
    """(sample,): whether yes is right."""
    distractor: NDArray[np.bool_] | None = None
    """(sample,): whether the distractor says yes."""

    def __getitem__(self, samples: NDArray) -> "Pairs":
        """The pairs of these samples."""
        distractor = None if self.distractor is None else self.distractor[samples]
        sides = self.positive[samples], self.negative[samples]
        return Pairs(*sides, self.labels[samples], distractor)


@dataclass(frozen=True)
class PairLaw:
    """The law of synthetic pairs."""

    truth_probability: float = 0.5
    """pi, the probability that yes is right."""
    distractor_probability: float = 0.5
    """pi_q, the probability that an independent distractor says yes."""
    consistency: float = 0.0
    """Share of the pairs whose distractor copies the truth; of the others it is independent."""
    truth_scale: float = 1.5
    """a."""
    distractor_scale: float = 0.0
    """e."""
    side_scale: float = 2.0
    """k."""
    noise: float = 0.5
    """Standard deviation of the noise of one member of a pair."""


def directions(n_inputs: int, seed: int) -> Array:
    """Orthonormal truth, side and distractor directions: (3, input)."""
    gaussian = np.random.default_rng(seed).standard_normal((n_inputs, 3))
    return np.linalg.qr(gaussian)[0].T


def truths(
    samples: int, law: PairLaw, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Truth and distractor of each pair, (sample,) both.

    Equal generators give nested labels: a pair that is true stays true at a higher probability.
    """
    uniform = rng.uniform(size=(3, samples))
    truth = uniform[0] < law.truth_probability
    independent = uniform[1] < law.distractor_probability
    return truth, np.where(uniform[2] < law.consistency, truth, independent)


def synthetic_pairs(samples: int, law: PairLaw, axes: Array, seed: int) -> Pairs:
    """Draw pairs; `axes` (3, input) as `directions` gives them.

    Equal seeds share contents, noise and the draws behind the labels, whatever the law.
    """
    rng = np.random.default_rng(seed)
    truth, distractor = truths(samples, law, rng)
    shared, *noises = rng.standard_normal((3, samples, axes.shape[1]))
    coefficients = np.stack(
        [
            law.truth_scale * _sign(truth),
            np.full(samples, law.side_scale),
            law.distractor_scale * _sign(distractor),
        ],
        axis=1,
    )
    half = coefficients @ axes
    positive = shared + half + law.noise * noises[0]
    negative = shared - half + law.noise * noises[1]
    sides = positive.astype(np.float32), negative.astype(np.float32)
    return Pairs(*sides, truth, distractor)


def _sign(flags: NDArray[np.bool_]) -> Array:
    return 2.0 * flags - 1.0
