"""On which tokens latents fire: whether a latent is more than one token."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def token_entropy(codes: ArrayLike, tokens: ArrayLike) -> NDArray[np.float64]:
    """Entropy in nats of a latent's activation over token types, (latent,).

    0 for a latent that fires on one type alone; NaN for one that never fires. Heap et al. 2025 take
    the entropy over tokens as a measure of how abstract a latent is.

    Args:
        codes: at least 0, (sample, latent).
        tokens: the type of each sample, (sample,).
    """
    x = np.asarray(codes, float)
    _, kind = np.unique(np.asarray(tokens), return_inverse=True)
    mass = np.zeros((kind.max() + 1, x.shape[1]))
    np.add.at(mass, kind, x)
    total = mass.sum(0)
    share = np.divide(mass, total, np.full_like(mass, np.nan), where=total > 0)
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    return -(share * logs).sum(0) + 0.0
