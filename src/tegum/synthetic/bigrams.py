"""Skip-bigrams of features: which pairs there are, and inputs in which some are planted.

A bigram (f, g) holds when f is active at a key and g at the query. A key and a query have the same
number of distinct active features.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import FEATURES, INIT, Draws

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Positions:
    """Inputs: what is active where."""

    keys: Ints
    """Active features of each key: (sample, key, active)."""
    query: Ints
    """Active features of the query: (sample, active)."""
    planted: NDArray[np.bool_]
    """Keys that hold the planted bigram: (sample, key)."""

    def true_scores(self, bigrams: Ints, n_features: int) -> Ints:
        """How many bigrams hold at each key: (sample, key)."""
        table = np.zeros((n_features, n_features), np.int64)
        table[bigrams[:, 0], bigrams[:, 1]] = 1
        return table[self.keys[:, :, :, None], self.query[:, None, None, :]].sum((2, 3))


def random_bigrams(n_bigrams: int, n_features: int, seed: int) -> Ints:
    """Distinct pairs of two features, key first: (bigram, 2)."""
    rng = np.random.default_rng(seed)
    pairs = rng.choice(n_features * (n_features - 1), n_bigrams, replace=False)
    key, query = np.divmod(pairs, n_features - 1)
    return np.stack([key, query + (query >= key)], axis=1)


def matching(n_bigrams: int, n_features: int, seed: int) -> Ints:
    """Pairs of which no feature stands in two: (bigram, 2)."""
    order = np.random.default_rng(seed).permutation(n_features)[: 2 * n_bigrams]
    return order.reshape(n_bigrams, 2).astype(np.int64)


def distinct(uniform: Floats, n_features: int) -> Ints:
    """Distinct features by uniform draws, equally likely: (..., active) of the same shape."""
    found: list[Ints] = []
    for place in range(uniform.shape[-1]):
        drawn = (uniform[..., place].astype(float) * (n_features - place)).astype(np.int64)
        taken = np.sort(np.stack(found, -1), axis=-1) if found else np.zeros((*drawn.shape, 0))
        for smaller in np.moveaxis(taken, -1, 0):
            drawn = drawn + (drawn >= smaller)
        found.append(drawn)
    return np.stack(found, -1)


def positions(
    draws: Draws,
    step: int,
    bigrams: Ints,
    *,
    samples: int,
    n_keys: int,
    n_active: int,
    n_features: int,
    n_planted: int = 1,
) -> Positions:
    """Inputs with one bigram at the query and at `n_planted` keys; all else is drawn at random."""
    uniform = draws.uniform((samples, (n_keys + 1) * n_active + 1 + n_keys), FEATURES, step)
    active = (n_keys + 1) * n_active
    features = distinct(uniform[:, :active].reshape(samples, n_keys + 1, n_active), n_features)
    keys, query = features[:, :-1], features[:, -1]
    chosen = bigrams[(uniform[:, active].astype(float) * len(bigrams)).astype(np.int64)]
    order = uniform[:, active + 1 :].argsort(axis=1)
    planted = order.argsort(axis=1) < n_planted
    keys = np.where(planted[:, :, None], _with(keys, chosen[:, None, :1]), keys)
    return Positions(keys, _with(query, chosen[:, 1:]), planted)


def _with(active: Ints, wanted: Ints) -> Ints:
    """The same sets, the wanted feature in place of the first one unless it is there already."""
    missing = ~(active == wanted).any(-1, keepdims=True)
    first = np.where(missing, wanted, active[..., :1])
    return np.concatenate([first, active[..., 1:]], axis=-1)


def embedding(n_features: int, n_inputs: int, seed: int) -> Floats:
    """Random directions of the features, N(0, 1/d): (feature, input)."""
    drawn = Draws(seed).normal((n_features, n_inputs), INIT)
    return (drawn / np.sqrt(n_inputs)).astype(np.float32)


class BigramStream(Stream):
    """Batches (keys (cell, sample, key, input), query (cell, sample, input), target weights).

    The targets (cell, sample, key) are equal shares of the keys with the largest true score.

    Arguments: ``seeds``, the data stream of each cell, which also gives its bigrams (a matching)
    and its embedding; ``batch``, samples.
    """

    def __init__(
        self,
        *,
        seeds: Sequence[int],
        n_bigrams: int,
        n_features: int,
        n_inputs: int,
        n_active: int,
        n_keys: int,
        batch: int,
        device: str = "cpu",
    ) -> None:
        self.n_cells = len(seeds)
        self._sizes = {"n_keys": n_keys, "n_active": n_active, "n_features": n_features}
        self._batch, self._device = batch, device
        self._places = {seed: place for place, seed in enumerate(dict.fromkeys(seeds))}
        self._order = [self._places[seed] for seed in seeds]
        self._worlds = [
            (
                Draws(seed),
                matching(n_bigrams, n_features, seed),
                embedding(n_features, n_inputs, seed),
            )
            for seed in self._places
        ]

    def batch(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        parts = zip(*(self._drawn(*world, step) for world in self._worlds), strict=True)
        keys, query, target = (torch.from_numpy(np.stack(part)) for part in parts)
        place = torch.tensor(self._order)
        return tuple(x[place].to(self._device) for x in (keys, query, target))  # type: ignore[return-value]

    def _drawn(
        self, draws: Draws, bigrams: Ints, phi: Floats, step: int
    ) -> tuple[Floats, Floats, Floats]:
        found = positions(draws, step, bigrams, samples=self._batch, **self._sizes)
        true = found.true_scores(bigrams, self._sizes["n_features"])
        best = true == true.max(1, keepdims=True)
        target = (best / best.sum(1, keepdims=True)).astype(np.float32)
        return phi[found.keys].sum(2), phi[found.query].sum(1), target
