"""Controls on labels: what a probe reaches when there is nothing to be found, or only memorised.

Labels are (sample,) or (sample, variable). Randomness is an integer seed, given explicitly.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.errors import TegumError

TRIES = 1000
"""How many tables `control_task` draws before it gives up."""


def permute_labels(labels: ArrayLike, seed: int) -> NDArray:
    """Give every sample the labels of another one.

    Keeps the values with their counts, and which labels of a sample go together; destroys all that
    they say about the sample. Real values are permuted alike.
    """
    return np.random.default_rng(seed).permutation(np.asarray(labels), axis=0)


def input_types(inputs: ArrayLike) -> NDArray[np.intp]:
    """Number the distinct inputs: (sample, ...) -> (sample,).

    For `control_task`, where an input is not a token but, say, a few bits of a longer one.
    """
    rows = np.asarray(inputs)
    return np.unique(rows, axis=0, return_inverse=True)[1].reshape(len(rows))


def control_task(types: ArrayLike, base_rate: float, seed: int) -> NDArray[np.bool_]:
    """Labels drawn once for each type of input: (sample,), from types (sample,).

    Keeps the base rate, within one sample, and that equal inputs have equal labels; destroys every
    other relation between them, so that only memorised types can be told apart. Give the types of
    training and test samples together: the table has to be the same. Source: Hewitt and Liang 2019.

    Raises:
        TegumError: where no labelling of the types has this base rate.
    """
    _, kind, counts = np.unique(np.asarray(types), return_inverse=True, return_counts=True)
    wanted = round(base_rate * len(kind))
    rng = np.random.default_rng(seed)
    for _ in range(TRIES):
        table = rng.random(len(counts)) < base_rate
        if _balance(table, counts, wanted, rng):
            return table[kind.reshape(-1)]
    raise TegumError(
        f"no labelling of {len(counts)} types of {len(kind)} samples was found that is positive "
        f"on {wanted} of them; give more types"
    )


def _balance(
    table: NDArray[np.bool_], counts: NDArray[np.intp], wanted: int, rng: np.random.Generator
) -> bool:
    """Flip random types that bring the positive samples nearer to `wanted`; whether it is met."""
    missing = wanted - int(counts[table].sum())
    for i in rng.permutation(np.flatnonzero(table == (missing < 0))):
        if abs(missing) <= 1:
            break
        if counts[i] <= abs(missing):
            table[i] = missing > 0
            missing -= int(np.sign(missing) * counts[i])
    return abs(missing) <= 1
