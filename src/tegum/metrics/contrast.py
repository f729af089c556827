"""Contrast pairs: normalisation, thresholds, what a score gets right, and what theory expects.

Scores are (sample, ...), larger where the positive member of a pair seems true.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from tegum.synthetic.pairs import PairLaw

Array = NDArray[np.floating]
Flags = NDArray[np.bool_]


def normalise(side: Array, reference: Array, divide_by_std: bool = False) -> Array:
    """Subtract the mean of `reference`, and divide by its standard deviation where asked for.

    `side` (sample, input) and `reference` (sample, input) are the same member of the pairs; the
    two members are normalised apart. Source: Burns et al. 2022, section 2.
    """
    centred = side - reference.mean(0)
    return centred / np.maximum(reference.std(0), 1e-12) if divide_by_std else centred


def otsu_threshold(scores: Array) -> Array:
    """The cut that maximises the variance between the two sides: (sample, ...) -> (...).

    Exact, over all midpoints of neighbouring scores. Source: Otsu 1979.
    """
    ordered = np.sort(scores.astype(float), axis=0)
    n = len(ordered)
    below = np.arange(1, n).reshape(-1, *[1] * (ordered.ndim - 1))
    total = ordered.sum(0)
    lower = ordered.cumsum(0)[:-1]
    gap = (total - lower) / (n - below) - lower / below
    best = (below * (n - below) * gap**2).argmax(0)[None]
    left, right = (np.take_along_axis(ordered, best + step, 0) for step in (0, 1))
    return 0.5 * (left + right)[0]


def accuracy(said: Flags, labels: Flags) -> Array:
    """Share of answers (sample, ...) that equal the labels (sample,): (...)."""
    return np.equal(said.T, labels).mean(-1).T


def balanced_accuracy(said: Flags, labels: Flags) -> Array:
    """Mean of the two classes' accuracies, NaN where one is empty: (sample, ...) -> (...)."""
    if labels.all() or not labels.any():
        return np.full(said.shape[1:], np.nan)
    return 0.5 * (said[labels].mean(0) + 1.0 - said[~labels].mean(0))


@dataclass(frozen=True)
class Expected:
    """What theory expects of the top principal component of the differences."""

    accuracy: float
    balanced_accuracy: float
    cos_truth: float
    """|cos| with the truth direction."""
    cos_distractor: float


def expected_tpc(law: PairLaw, n_inputs: int = 1, samples: float = np.inf) -> Expected:
    """Accuracy of the sign of the top principal component of the centred differences.

    The differences are 2 a s tau + 2 e q sigma plus noise of variance 2 sd^2: a spike in the plane
    of truth and distractor. From `samples` pairs in `n_inputs` dimensions the component overlaps
    the spike by the law of Baik, Ben Arous, Peche 2005 and Paul 2007 for the spike alone; an
    infinite number gives the population's. For e = 0 this is pi Phi(4 a (1 - pi) / (sqrt2 sd)) +
    (1 - pi) Phi(4 a pi / (sqrt2 sd)).
    """
    states = [(s, q) for s in (-1.0, 1.0) for q in (-1.0, 1.0)]
    weight = np.array([_weight(law, s, q) for s, q in states])
    means = np.array([(law.truth_scale * s, law.distractor_scale * q) for s, q in states]) * 2.0
    centred = means - weight @ means
    spikes, vectors = np.linalg.eigh((centred.T * weight) @ centred)
    direction = vectors[:, -1]
    variance = 2.0 * law.noise**2
    overlap = _overlap(spikes[-1] / variance, n_inputs / samples)
    signs = np.array([s for s, _ in states])
    scores = centred @ direction
    scores = scores if weight @ (scores * signs) >= 0.0 else -scores
    right = norm.cdf(signs * overlap * scores / np.sqrt(variance))
    recalls = [(weight * right)[signs == s].sum() / weight[signs == s].sum() for s in (-1.0, 1.0)]
    cosines = overlap * np.abs(direction)
    return Expected(float(weight @ right), float(np.mean(recalls)), *map(float, cosines))


def switching_probability(law: PairLaw) -> float:
    """The pi above 1/2 at which the top component turns from the truth to a weaker distractor.

    Where e^2 4 pi_q (1 - pi_q) = a^2 4 pi (1 - pi), for an independent distractor; NaN where the
    distractor is the stronger one at every pi.
    """
    q = law.distractor_probability
    ratio = (law.distractor_scale / law.truth_scale) ** 2 * 4.0 * q * (1.0 - q)
    return 0.5 * (1.0 + np.sqrt(1.0 - ratio)) if ratio <= 1.0 else np.nan


def ceiling(law: PairLaw) -> float:
    """Balanced accuracy of the known truth direction, cut halfway: Phi(sqrt2 a / sd)."""
    return float(norm.cdf(np.sqrt(2.0) * law.truth_scale / law.noise))


def _weight(law: PairLaw, s: float, q: float) -> float:
    truth = law.truth_probability if s > 0 else 1.0 - law.truth_probability
    independent = law.distractor_probability if q > 0 else 1.0 - law.distractor_probability
    return truth * (law.consistency * (s == q) + (1.0 - law.consistency) * independent)


def _overlap(spike: float, aspect: float) -> float:
    """|cos| of a sample's top component with a spike, in units of the noise variance."""
    if spike**2 <= aspect:
        return 0.0
    return float(np.sqrt((1.0 - aspect / spike**2) / (1.0 + aspect / spike)))
