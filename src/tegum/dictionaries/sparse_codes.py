"""What a sparse code leaves of rows, and of matrices that lack part of their structure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tegum.controls.activations import matched_gaussian, permute_dimensions
from tegum.dictionaries.optimal_directions import sparse_coding
from tegum.errors import TegumError
from tegum.metrics.spectra import participation_ratio
from tegum.synthetic.planted import sparse_rows

Array = NDArray[np.floating]


def stand_in(control: str, rows: Array, n_atoms: int, k: int, seed: int) -> Array:
    """Rows, or what stands in their place: (row, dimension).

    Args:
        control: ``none``, the rows; ``gaussian``, Gaussian ones of their covariance; ``permuted``,
            each dimension permuted over the rows; ``planted``, as many that are sparse combinations
            of ``n_atoms`` atoms, ``k`` each; ``drawn anew``, independent normal entries of equal
            mean square, as embeddings have them before training.
        rows: (row, dimension).
        n_atoms, k: of planted rows.
        seed: of what is drawn.

    Raises:
        TegumError: for another control.
    """
    if control == "none":
        return rows
    if control == "gaussian":
        return matched_gaussian(rows, seed)
    if control == "permuted":
        return permute_dimensions(rows, seed)
    if control == "planted":
        return sparse_rows(*rows.shape, n_atoms, k, seed)  # pyright: ignore[reportCallIssue]
    if control == "drawn anew":
        scale = np.sqrt(np.square(rows, dtype=float).mean())
        return scale * np.random.default_rng(seed).standard_normal(rows.shape)
    raise TegumError(f"no control {control!r} of sparse codes")


def coded(
    rows: Array,
    controls: Sequence[str],
    sparsities: Sequence[int],
    *,
    n_atoms: int,
    iterations: int,
    seed: int,
) -> tuple[Array, Array]:
    """FVU of sparse codes (control, L0), and participation ratios (control,).

    Args:
        rows: (row, dimension).
        controls: those of `stand_in`.
        sparsities: atoms of a code; planted rows have as many.
        n_atoms, iterations, seed: of `sparse_coding`.
    """
    fvu, ratio = np.zeros((len(controls), len(sparsities))), np.zeros(len(controls))
    for number, control in enumerate(controls):
        for place, k in enumerate(sparsities):
            matrix = stand_in(control, rows, n_atoms, k, seed)
            left = sparse_coding(matrix, n_atoms, k, iterations=iterations, seed=seed)[1]
            fvu[number, place], ratio[number] = left, participation_ratio(matrix)
    return fvu, ratio
