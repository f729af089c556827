"""Matrices whose rows are sparse combinations of an over-complete dictionary."""

import numpy as np
from numpy.typing import NDArray


def sparse_rows(rows: int, width: int, n_atoms: int, k: int, seed: int) -> NDArray[np.float64]:
    """Rows (row, dimension) of `k` random atoms each, with normal coefficients.

    Atoms are uniform on the sphere. What a sparse code of them leaves says how much it could
    find.
    """
    rng = np.random.default_rng(seed)
    atoms = rng.standard_normal((n_atoms, width))
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    chosen = np.argsort(rng.random((rows, n_atoms)), axis=1)[:, :k]
    return np.einsum("rk,rkd->rd", rng.standard_normal((rows, k)), atoms[chosen])
