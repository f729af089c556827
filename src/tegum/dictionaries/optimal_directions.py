"""Sparse coding of a small matrix: the method of optimal directions (Engan et al. 1999).

Codes by orthogonal matching pursuit and atoms by least squares, in turns. There is no encoder, so
that what is left says what the rows are like and not what an encoder could learn.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.errors import TegumError

Array = NDArray[np.float64]
RIDGE = 1e-10
"""Added to the diagonal of the systems that are solved, for atoms that are nearly parallel."""


class Coded(NamedTuple):
    """Rows as sparse combinations of atoms."""

    atoms: Array
    """(atom, dimension), of length 1."""
    codes: Array
    """(row, atom)."""


def pursue_together(rows: ArrayLike, atoms: ArrayLike, k: int) -> Array:
    """Orthogonal matching pursuit of all rows at once: codes (row, atom) with `k` entries each.

    By products of rows and atoms alone, as Rubinstein, Zibulevsky and Elad 2008 have it.

    Args:
        rows: (row, dimension).
        atoms: (atom, dimension), of length 1.
        k: atoms of a row, at most as many as there are.
    """
    x, d = np.asarray(rows, float), np.asarray(atoms, float)
    if not 1 <= k <= len(d):
        raise TegumError(f"k is {k}; give 1 to {len(d)}, the number of atoms")
    along, gram = x @ d.T, d @ d.T
    chosen, codes = np.zeros((len(x), 0), int), np.zeros((len(x), len(d)))
    for _ in range(k):
        match = np.abs(along - codes @ gram)
        np.put_along_axis(match, chosen, -1.0, axis=1)
        chosen = np.concatenate([chosen, match.argmax(1)[:, None]], axis=1)
        system = gram[chosen[:, :, None], chosen[:, None]] + RIDGE * np.eye(chosen.shape[1])
        wanted = np.take_along_axis(along, chosen, axis=1)
        weights = np.linalg.solve(system, wanted[:, :, None])[:, :, 0]
        np.put_along_axis(codes, chosen, weights, axis=1)
    return codes


def sparse_coding(
    rows: ArrayLike, n_atoms: int, k: int, *, iterations: int, seed: int
) -> tuple[Coded, float]:
    """Atoms and codes that leave little of some rows, and the fraction of variance left (FVU).

    Rows are centred first. Atoms begin at random rows; one that no row uses becomes the row that
    is coded worst. The best round is kept.

    Args:
        rows: (row, dimension).
        n_atoms: fewer than there are rows, since with as many nothing is left at k = 1.
        k: atoms of a row.
        iterations: rounds of codes and atoms.
        seed: of the rows that atoms begin at.

    Raises:
        TegumError: for as many atoms as rows, or more.
    """
    x = np.asarray(rows, float)
    if n_atoms >= len(x):
        raise TegumError(f"n_atoms is {n_atoms} for {len(x)} rows: give fewer atoms than rows")
    x = x - x.mean(0)
    start = np.random.default_rng(seed).choice(len(x), n_atoms, replace=False)
    atoms = _unit(x[start])
    best: tuple[Coded, float] | None = None
    for _ in range(iterations):
        codes = pursue_together(x, atoms, k)
        error = ((x - codes @ atoms) ** 2).sum(1)
        fvu = float(error.sum() / (x**2).sum())
        if best is None or fvu < best[1]:
            best = Coded(atoms, codes), fvu
        gram = codes.T @ codes
        gram += RIDGE * max(float(np.trace(gram)), 1.0) * np.eye(n_atoms)
        atoms = np.linalg.solve(gram, codes.T @ x)
        unused = np.flatnonzero(~codes.any(0))
        atoms[unused] = x[np.argsort(-error)[: len(unused)]]
        atoms = _unit(atoms)
    assert best is not None
    return best


def _unit(rows: Array) -> Array:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
