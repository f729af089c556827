"""How well and how large a dictionary reconstructs: variance, shrinkage, bias, loss recovered.

Inputs x and reconstructions x' are (sample, input).
"""

import numpy as np
from numpy.typing import ArrayLike


def fvu(inputs: ArrayLike, reconstruction: ArrayLike) -> float:
    """FVU over the whole set, centred first: sum |x - xhat|^2 / sum |x - mean x|^2."""
    x = np.asarray(inputs, float)
    error = ((x - np.asarray(reconstruction, float)) ** 2).sum()
    return float(error / ((x - x.mean(0)) ** 2).sum())


def shrinkage(inputs: ArrayLike, reconstruction: ArrayLike) -> float:
    """Mean of |x'| / |x| over the samples that are not 0."""
    size = np.linalg.norm(np.asarray(inputs, float), axis=1)
    rebuilt = np.linalg.norm(np.asarray(reconstruction, float), axis=1)
    return float((rebuilt[size > 0] / size[size > 0]).mean())


def relative_bias(inputs: ArrayLike, reconstruction: ArrayLike) -> float:
    """gamma = E|x'|^2 / E<x, x'>: 1 where no rescaling of x' would bring it nearer to x.

    Source: Rajamanoharan et al. 2024 (Gated), equation 10. Infinite where E<x, x'> is 0.
    """
    rebuilt = np.asarray(reconstruction, float)
    along = float((np.asarray(inputs, float) * rebuilt).sum())
    return float((rebuilt**2).sum()) / along if along else np.inf


def loss_recovered(clean: float, spliced: float, ablated: float) -> float:
    """(ablated - spliced) / (ablated - clean): 1 where splicing x' in costs a model nothing.

    Args:
        clean, spliced, ablated: the model's loss with x, with x', and with x set to 0 (or to its
            mean: say which).
    """
    return (ablated - spliced) / (ablated - clean)
