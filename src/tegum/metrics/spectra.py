"""Over how many directions variance is spread."""

import numpy as np
from numpy.typing import ArrayLike


def participation_ratio(rows: ArrayLike) -> float:
    """(sum of eigenvalues)^2 / sum of their squares, of the covariance of rows (row, dimension).

    Between 1 and the number of dimensions; the latter for equal variance in all directions.
    """
    x = np.asarray(rows, float)
    spectrum = np.linalg.svd(x - x.mean(0), compute_uv=False) ** 2
    return float(spectrum.sum() ** 2 / (spectrum**2).sum())
