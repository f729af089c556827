"""Controls on inputs: token sequences with less and less of the structure of a corpus.

Tokens are integers (sequence, position). Randomness is an integer seed, given explicitly.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Tokens = NDArray[np.integer]


def shuffle_tokens(tokens: ArrayLike, seed: int) -> Tokens:
    """Permute all tokens over all sequences and positions.

    Keeps how often each token occurs, exactly; destroys their order.
    """
    like = np.asarray(tokens)
    return np.random.default_rng(seed).permutation(like.ravel()).reshape(like.shape)


def uniform_tokens(tokens: ArrayLike, vocabulary: int, seed: int) -> Tokens:
    """Draw every token uniformly from a vocabulary.

    Keeps the shape; destroys order and frequencies.
    """
    like = np.asarray(tokens)
    return np.random.default_rng(seed).integers(vocabulary, size=like.shape, dtype=like.dtype)


def markov_tokens(tokens: ArrayLike, seed: int) -> Tokens:
    """Sequences of the Markov chain of first order whose law is that of the pairs in `tokens`.

    Keeps, in expectation, first tokens and what follows each token; destroys longer dependence.
    A token that nothing follows is followed by any token, as often as it occurs.
    """
    like = np.asarray(tokens)
    rng = np.random.default_rng(seed)
    before, after = like[:, :-1].ravel(), like[:, 1:].ravel()
    order = np.argsort(before, kind="stable")
    before, after = before[order], after[order]
    found = np.empty_like(like)
    found[:, 0] = rng.choice(like[:, 0], len(like))
    for t in range(1, like.shape[1]):
        first, end = (np.searchsorted(before, found[:, t - 1], side) for side in ("left", "right"))
        at = first + np.floor(rng.random(len(like)) * (end - first)).astype(int)
        followed = end > first
        found[followed, t] = after[at[followed]]
        found[~followed, t] = rng.choice(like.ravel(), np.count_nonzero(~followed))
    return found
