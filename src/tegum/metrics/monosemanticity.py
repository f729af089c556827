"""Monosemantic neurons, feature coverage, and the losses that a trained model has to beat.

Legend: r_j selectivity of neuron j; p feature probability; V covariance of the features;
P embedding (inputs, features); N features, d inputs. Source: Jermyn, Schiefer and Hubinger 2022
(arXiv 2211.09169) and its public code; the closed-form losses are derived here.
"""

from collections.abc import Hashable, Sequence

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

GUARD = 1e-10
"""Added to the summed response, as in the published code: a silent neuron gets selectivity 0."""

Array = NDArray[np.float64]


def selectivity(response_max: xr.DataArray, response_sum: xr.DataArray) -> xr.DataArray:
    """r_j: largest response to a one-hot feature over the summed responses; 0 for a dead neuron.

    Shapes: (..., hidden) each, NaN for padded neurons, which stay NaN. Confined to [0, 1] only for
    activations that are never negative. Source: Jermyn et al. 2022, section 3.
    """
    return response_max / (GUARD + response_sum)


def monosemantic(selectivity: xr.DataArray, thresholds: Sequence[float]) -> xr.DataArray:
    """Whether r_j exceeds each threshold: (..., hidden) to (..., hidden, threshold)."""
    levels = xr.DataArray(list(thresholds), dims="threshold", coords={"threshold": thresholds})
    return selectivity > levels


def coverage(mono: xr.DataArray, feature: xr.DataArray, n_features: int) -> xr.DataArray:
    """Number of distinct features that have at least one monosemantic neuron.

    Shapes: `mono` (..., hidden, threshold) bool and `feature` (..., hidden), each neuron's
    strongest feature, give (..., threshold). Two neurons for one feature count once, unlike in
    the count of monosemantic neurons.
    """
    known = feature.where(feature >= 0, 0).fillna(0).astype(int)
    served = [(mono & (known == i)).any("hidden") for i in range(n_features)]
    return xr.concat(served, dim="feature").sum("feature")


def mean_where(values: xr.DataArray, mask: xr.DataArray, dim: Hashable = "hidden") -> xr.DataArray:
    """Mean of `values` over `dim` where `mask`; NaN where the mask is empty."""
    return values.where(mask).mean(dim)  # pyright: ignore[reportArgumentType]


def feature_moments(probability: ArrayLike, task: str) -> tuple[Array, Array, Array, Array]:
    """Per feature: mean and variance of the target, variance of the feature, their covariance.

    Features are Bernoulli(p) x U[0, 1). In task `absolute_value` the signed feature is the
    difference of two such draws with p / 2 each and the target is its absolute value; otherwise
    the target is the feature itself. Shapes: (feature,) gives four arrays (feature,).
    """
    p = np.asarray(probability, float)
    if task == "absolute_value":
        half = p / 2
        square = 2 * half / 3 - half**2 / 2
        mean = half * (1 - half) + half**2 / 3
        return mean, square - mean**2, square, np.zeros_like(p)
    variance = p / 3 - p**2 / 4
    return p / 2, variance, variance, variance


def reference_losses(
    probability: ArrayLike,
    embedding: ArrayLike,
    task: str = "decoder",
    target_embedding: ArrayLike | None = None,
) -> dict[str, float]:
    """Expected loss of the zero, the best constant and the best affine predictor of the targets.

    Squared error summed over the outputs, as in the published code. The affine predictor A x + c
    of the noiseless inputs x = P f costs tr Q(Vy - C Pt (P V Pt)^-1 P C)Qt, with Vy, V, C the
    diagonal matrices of `feature_moments`; for equal probabilities this is null (1 - d / N).

    Args:
        probability: (feature,).
        embedding: P, (input, feature).
        target_embedding: Q, (output, feature), of the re-projector; None for targets per feature.

    Returns: `zero`, `null` and `linear`.
    """
    mean, target, variance, shared = feature_moments(probability, task)
    p = np.asarray(embedding, float)
    q = np.eye(p.shape[1]) if target_embedding is None else np.asarray(target_embedding, float)
    weights = (q**2).sum(0)
    null = float(weights @ target)
    cross = (q * shared) @ p.T
    explained = np.trace(cross @ np.linalg.pinv((p * variance) @ p.T, hermitian=True) @ cross.T)
    return {
        "zero": null + float(((q @ mean) ** 2).sum()),
        "null": null,
        "linear": null - float(explained),
    }


def interference(n_features: int, n_inputs: int, probability: float) -> float:
    """sigma_I = sqrt(N p / (3 d)): spread of a unit-gain neuron's input from other features.

    In units of a feature's amplitude. Source: derived; 0.204 at the published size.
    """
    return float(np.sqrt(n_features * probability / (3 * n_inputs)))


def linear_map_spectrum(
    decoder: ArrayLike, encoder: ArrayLike, embedding: ArrayLike, mask: ArrayLike
) -> tuple[Array, float]:
    """Singular values of L2 L1 P over a subset of the neurons, and its trace over N.

    Shapes: L2 `decoder` (output, hidden), L1 `encoder` (hidden, input), P `embedding`
    (input, feature), `mask` (hidden,) bool. The values are sorted, largest first, padded with
    zeros to min(output, feature). The trace is NaN unless outputs are features.
    """
    keep = np.asarray(mask, bool)
    product = np.asarray(decoder, float)[:, keep] @ np.asarray(encoder, float)[keep]
    product = product @ np.asarray(embedding, float)
    square = product.shape[0] == product.shape[1]
    share = float(np.trace(product) / product.shape[1]) if square else float("nan")
    return np.linalg.svd(product, compute_uv=False), share


def effective_rank(singular_values: ArrayLike) -> float:
    """Participation ratio (sum s^2)^2 / sum s^4 over the last axis; 0 for a zero matrix."""
    square = np.asarray(singular_values, float) ** 2
    fourth = (square**2).sum(-1)
    return float(square.sum(-1) ** 2 / fourth) if fourth > 0 else 0.0


def quadrature_moments(probability: ArrayLike, task: str, nodes: int = 24) -> tuple[Array, ...]:
    """`feature_moments` by Gauss-Legendre quadrature over the active values."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    x, w = np.append(0.0, (x + 1) / 2), w / 2
    found = []
    for p in np.asarray(probability, float):
        half = p / 2 if task == "absolute_value" else p
        mass = np.append(1 - half, half * w)
        # |f1 - f2| has a kink on the diagonal: by symmetry, fold the square onto f2 = f1 * u.
        signed, target, weight = x, x, mass
        if task == "absolute_value":
            u, uw = x[1:], w
            inner = np.outer(x[1:], 1 - u).ravel()
            both = (half**2 * np.outer(2 * x[1:] * w, uw)).ravel()
            target = np.concatenate([[0.0], x[1:], x[1:], inner])
            signed = np.concatenate([[0.0], x[1:], -x[1:], np.zeros_like(inner)])
            alone = half * (1 - half) * w
            weight = np.concatenate([[(1 - half) ** 2], alone, alone, both])
            square = weight @ signed**2 + both @ inner**2
        else:
            square = weight @ signed**2 - (weight @ signed) ** 2
        mean = weight @ target
        covariance = weight @ (signed * target) - (weight @ signed) * mean
        found.append((mean, weight @ target**2 - mean**2, square, covariance))
    return tuple(np.array(found).T)


def fitted_linear_loss(
    probability: ArrayLike, embedding: ArrayLike, task: str = "decoder"
) -> float:
    """Loss of the best affine decoder by least squares on moments from quadrature.

    Shapes: (feature,) and (input, feature). Independent of `reference_losses`, which inverts the
    covariance of the inputs in closed form.
    """
    _, target, variance, shared = quadrature_moments(probability, task)
    slope = shared / variance
    design = (np.asarray(embedding, float) * np.sqrt(variance)).T
    wanted = np.diag(slope * np.sqrt(variance))
    solution = np.linalg.lstsq(design, wanted, rcond=None)[0]
    return float(((design @ solution - wanted) ** 2).sum() + (target - slope * shared).sum())


def noise_response(
    encoder: ArrayLike,
    bias: ArrayLike,
    inputs: ArrayLike,
    noise: ArrayLike,
    response_max: ArrayLike,
) -> Array:
    """Mean |h(x + noise) - h(x)| of every ReLU neuron, in units of its largest response.

    Shapes: (hidden, input), (hidden,), (sample, input) twice, (hidden,) give (hidden,); NaN for a
    dead neuron.
    """
    weights, offset = np.asarray(encoder, float).T, np.asarray(bias, float)
    clean = np.maximum(np.asarray(inputs, float) @ weights + offset, 0)
    moved = np.maximum((np.asarray(inputs) + np.asarray(noise)) @ weights + offset, 0)
    gain = np.asarray(response_max, float)
    change = np.abs(moved - clean).mean(0)
    return np.divide(change, gain, out=np.full_like(change, np.nan), where=gain > 0)
