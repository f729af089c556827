"""How well a dictionary recovers known features: directions and supports, apart.

Arrays are (latent, input) for dictionaries, (feature, input) for the truth, (sample, latent) for
codes. Definitions: MCC, F1, FVU as in the SAE literature (Gao et al. 2024, SynthSAEBench).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def cosines(dictionary: ArrayLike, truth: ArrayLike) -> Array:
    """|cos| of every latent with every true feature: (latent, feature); 0 for a zero direction."""
    return np.abs(_unit(dictionary) @ _unit(truth).T)


def matched_cosine(similarity: ArrayLike) -> float:
    """MCC: mean |cos| over the best one-to-one matching of latents and features (Hungarian).

    Args:
        similarity: `cosines`, (latent, feature).

    With fewer latents than features the unmatched features count as 0, so that a small
    dictionary cannot score well by ignoring them.
    """
    from scipy.optimize import linear_sum_assignment

    values = np.asarray(similarity, float)
    rows, columns = linear_sum_assignment(values, maximize=True)
    return float(values[rows, columns].sum() / values.shape[1])


def mean_active(codes: ArrayLike) -> float:
    """L0: mean number of latents that fire on a sample."""
    return float((np.asarray(codes) > 0).sum(1).mean())


def dead_fraction(codes: ArrayLike) -> float:
    """Share of the latents that fire on no sample."""
    return float(1 - (np.asarray(codes) > 0).any(0).mean())


def variance_unexplained(inputs: ArrayLike, reconstruction: ArrayLike) -> float:
    """FVU over the whole set, centred first: sum |x - xhat|^2 / sum |x - mean x|^2."""
    x = np.asarray(inputs, float)
    error = ((x - np.asarray(reconstruction, float)) ** 2).sum()
    return float(error / ((x - x.mean(0)) ** 2).sum())


def support_f1(codes: ArrayLike, active: ArrayLike, similarity: ArrayLike) -> float:
    """Mean over latents of F1 between firing and the activity of its best-matching feature.

    Args:
        codes: (sample, latent); a latent fires where its code is positive.
        active: (sample, feature) bool.
        similarity: (latent, feature) |cos|; the best match is the row's largest entry.

    Dead latents and features that are never active count as 0.
    """
    fires = (np.asarray(codes) > 0).astype(np.float32)
    truth = np.asarray(active).astype(np.float32)
    best = np.asarray(similarity).argmax(1)
    both = (fires * truth[:, best]).sum(0)
    either = fires.sum(0) + truth.sum(0)[best]
    return float(np.divide(2 * both, either, out=np.zeros_like(both), where=either > 0).mean())


def _unit(rows: ArrayLike) -> Array:
    rows = np.asarray(rows, float)
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
