"""How well a dictionary recovers known features: directions and supports, apart.

Arrays are (latent, input) for dictionaries, (feature, input) for the truth, (sample, latent) for
codes. Definitions: MCC, F1, FVU as in the SAE literature (Gao et al. 2024, SynthSAEBench).
Reconstructions, magnitudes and losses are in `reconstruction`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.metrics.geometry import unit

Array = NDArray[np.float64]
RECOVERED = 0.9
"""|cos| from which on a feature counts as recovered."""


def cosines(dictionary: ArrayLike, truth: ArrayLike, *, signed: bool = False) -> Array:
    """|cos| of every latent with every true feature: (latent, feature); 0 for a zero direction.

    With `signed`, the cosine itself, 0 where negative: features in opposite directions are two.
    """
    values = unit(np.asarray(dictionary, float)) @ unit(np.asarray(truth, float)).T
    return np.maximum(values, 0.0) if signed else np.abs(values)


def matching(similarity: ArrayLike) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The one-to-one matching of largest sum (Hungarian): latents and their features, (match,).

    Args:
        similarity: `cosines`, (latent, feature).

    There are as many matches as the smaller side has members, in the order of the latents.
    """
    from scipy.optimize import linear_sum_assignment

    return linear_sum_assignment(np.asarray(similarity, float), maximize=True)


def mcc(similarity: ArrayLike, *, unmatched_count: bool = True) -> float:
    """MCC: mean |cos| over the best one-to-one matching of latents and features.

    With fewer latents than features the unmatched features count as 0, so that a small dictionary
    cannot score well by ignoring them; without `unmatched_count` they are left out, as in
    SynthSAEBench.
    """
    values = np.asarray(similarity, float)
    rows, columns = matching(values)
    over = values.shape[1] if unmatched_count else len(rows)
    return float(values[rows, columns].sum() / over)


def best_cosine(similarity: ArrayLike) -> Array:
    """Largest |cos| of each true feature with any latent: (feature,)."""
    return np.asarray(similarity, float).max(0)


def mmcs(similarity: ArrayLike) -> float:
    """MMCS: mean over the features of `best_cosine`; latents may serve several features.

    At least the MCC, and growing with the number of latents.
    """
    return float(best_cosine(similarity).mean())


def recovered_fraction(similarity: ArrayLike, threshold: float = RECOVERED) -> float:
    """Share of the true features with a latent of |cos| at or above the threshold."""
    return float((best_cosine(similarity) >= threshold).mean())


def uniqueness(similarity: ArrayLike) -> float:
    """Number of features that are some latent's best match, over the number of latents.

    Counts collisions of the best matches; it is no one-to-one matching.
    """
    best = np.asarray(similarity).argmax(1)
    return np.unique(best).size / best.size


def l0(codes: ArrayLike) -> float:
    """L0: mean number of latents that fire on a sample."""
    return float((np.asarray(codes) > 0).sum(1).mean())


def dead_fraction(codes: ArrayLike) -> float:
    """Share of the latents that fire on no sample."""
    return float(1 - (np.asarray(codes) > 0).any(0).mean())


@dataclass(frozen=True)
class Support:
    """Firing of each latent against the activity of its best-matching feature, each (latent,).

    What is undefined (a latent that never fires has no precision) is 0.
    """

    precision: Array
    """Share of the latent's firings in which the feature is active."""
    recall: Array
    """Share of the feature's activity in which the latent fires."""
    f1: Array
    """Their harmonic mean."""


def supports(codes: ArrayLike, active: ArrayLike, similarity: ArrayLike) -> Support:
    """Compare supports.

    Args:
        codes: (sample, latent); a latent fires where its code is positive.
        active: (sample, feature) bool.
        similarity: (latent, feature) |cos|; the best match is the row's largest entry.
    """
    fires = (np.asarray(codes) > 0).astype(np.float32)
    truth = np.asarray(active).astype(np.float32)
    best = np.asarray(similarity).argmax(1)
    both = (fires * truth[:, best]).sum(0)
    firing, present = fires.sum(0), truth.sum(0)[best]
    return Support(_ratio(both, firing), _ratio(both, present), _ratio(2 * both, firing + present))


def support_f1(codes: ArrayLike, active: ArrayLike, similarity: ArrayLike) -> float:
    """Mean over latents of F1 between firing and the activity of its best-matching feature.

    Dead latents and features that are never active count as 0.
    """
    return float(supports(codes, active, similarity).f1.mean())


def _ratio(part: ArrayLike, whole: ArrayLike) -> Array:
    part, whole = np.asarray(part), np.asarray(whole)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
