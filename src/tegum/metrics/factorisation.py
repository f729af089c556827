"""Whether a dictionary of a direct sum of subspaces notices that it is one.

Arrays are (latent, input) for dictionaries, (feature, input) for the truth, whose `group`
(feature,) says in which subspace each feature lies, and (sample, latent) for codes.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.metrics.geometry import cosines

Array = NDArray[np.float64]
RANK_TOLERANCE = 1e-5
"""Share of the largest singular value below which a direction is rounding of single precision."""


def subspace_shares(directions: ArrayLike, truth: ArrayLike, group: ArrayLike) -> Array:
    """Share of each direction's squared norm in the span of each group: (latent, group)."""
    rows, features, groups = np.asarray(directions, float), np.asarray(truth, float), group
    norms = (rows**2).sum(1)
    shares = []
    for name in np.unique(groups):
        own = features[np.asarray(groups) == name]
        within = rows @ np.linalg.pinv(own, rcond=RANK_TOLERANCE) @ own
        shares.append(np.divide((within**2).sum(1), norms, out=0 * norms, where=norms > 0))
    return np.stack(shares, axis=1)


def decoder_affinity(directions: ArrayLike) -> Array:
    """|cos| of each pair of directions, 0 with itself: (latent, latent)."""
    return _off_diagonal(np.abs(cosines(directions)))


def firing_affinity(codes: ArrayLike) -> Array:
    """|correlation| of the firing of each pair of latents, 0 with itself: (latent, latent)."""
    fires = (np.asarray(codes) > 0).astype(float)
    fires -= fires.mean(0)
    norms = np.linalg.norm(fires, axis=0)
    fires = np.divide(fires, norms, out=np.zeros_like(fires), where=norms > 0)
    return _off_diagonal(np.abs(fires.T @ fires))


def grouping_agreement(affinity: ArrayLike, group: ArrayLike) -> float:
    """Adjusted Rand index of a spectral clustering with the true groups: 1 equal, 0 by chance.

    Args:
        affinity: (latent, latent), symmetric, not negative.
        group: (latent,), the true groups, whose number the clustering is told.
    """
    from sklearn.cluster import spectral_clustering
    from sklearn.metrics import adjusted_rand_score

    count = np.unique(group).size
    labels = spectral_clustering(
        np.asarray(affinity, float), n_clusters=count, assign_labels="cluster_qr", random_state=0
    )
    return float(adjusted_rand_score(group, labels))


def _off_diagonal(matrix: Array) -> Array:
    np.fill_diagonal(matrix, 0.0)
    return matrix
