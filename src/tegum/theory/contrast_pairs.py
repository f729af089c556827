"""Closed forms of contrast pairs: what theory expects of their top principal component."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from tegum.synthetic.pairs import PairLaw


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
