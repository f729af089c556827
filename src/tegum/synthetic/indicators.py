"""Subsets as vectors of zeros and ones."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray


def all_subsets(n_features: int, n_active: int) -> NDArray[np.float32]:
    """Indicators of all subsets of a size, in lexicographic order: (sample, feature)."""
    members = np.array(list(combinations(range(n_features), n_active)))
    found = np.zeros((len(members), n_features), np.float32)
    np.put_along_axis(found, members, 1.0, axis=1)
    return found
