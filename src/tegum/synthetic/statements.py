"""Statements with a label token: what a small transformer reads, and pairs that differ in it.

A statement is one token that is true or false by a random table, which has to be memorised. A
sentiment word stands beside it, a label token says yes or no, and a last token is read out. The
targets at the read-out are whether the label agrees with the truth, and whether it agrees with the
sentiment: the second is as consistent over a pair as the first.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import FEATURES, Draws
from tegum.synthetic.pairs import PairLaw, truths

LabelPosition = Literal["first", "before_readout", "after_readout"]
LENGTH = 4
EXTRA_TOKENS = 5
"""Two sentiments, no, yes, and the token that is read out."""

_ORDERS: dict[LabelPosition, tuple[int, ...]] = {
    "first": (2, 0, 1, 3),
    "before_readout": (0, 1, 2, 3),
    "after_readout": (0, 1, 3, 2),
}
"""Which of statement, sentiment, label, read-out stands at each position."""


def vocabulary(n_statements: int) -> int:
    """Number of tokens."""
    return n_statements + EXTRA_TOKENS


def readout_position(label_position: LabelPosition) -> int:
    """Where the token stands that is read out."""
    return _ORDERS[label_position].index(3)


def facts(n_statements: int, seed: int) -> NDArray[np.bool_]:
    """Which statements are true, half of them: (statement,)."""
    return np.random.default_rng(seed).permutation(n_statements) % 2 == 0


def tokens(
    statement: NDArray,
    sentiment: NDArray,
    label: NDArray,
    n_statements: int,
    label_position: LabelPosition,
) -> NDArray[np.int64]:
    """Token numbers: three arrays (sample,) -> (sample, position)."""
    readout = np.full_like(statement, n_statements + 4)
    parts = [statement, n_statements + sentiment, n_statements + 2 + label, readout]
    return np.stack([parts[i] for i in _ORDERS[label_position]], axis=1).astype(np.int64)


def statement_pairs(
    samples: int,
    law: PairLaw,
    table: NDArray[np.bool_],
    label_position: LabelPosition,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Statements with yes, the same with no, their truth and their sentiment.

    Of the law, the probabilities and the consistency count. Returns (sample, position) twice and
    (sample,) twice.
    """
    rng = np.random.default_rng(seed)
    truth, sentiment = truths(samples, law, rng)
    uniform = rng.uniform(size=samples)
    true, false = np.flatnonzero(table), np.flatnonzero(~table)
    statement = np.where(
        truth, true[(uniform * len(true)).astype(int)], false[(uniform * len(false)).astype(int)]
    )
    yes, no = (
        tokens(statement, sentiment, np.full(samples, label), len(table), label_position)
        for label in (1, 0)
    )
    return yes, no, truth, sentiment


class StatementStream(Stream):
    """Batches (tokens (cell, sample, position), targets (cell, sample, 2) of agreement).

    Arguments: ``seeds``, the data stream of each cell, which also gives its facts;
    ``label_positions`` of each cell; ``batch``, samples.
    """

    def __init__(
        self,
        *,
        n_statements: int,
        seeds: Sequence[int],
        label_positions: Sequence[LabelPosition],
        batch: int,
        device: str = "cpu",
    ) -> None:
        self.n_cells = len(seeds)
        self._cells: list[tuple[Draws, NDArray[np.bool_], LabelPosition]] = [
            (Draws(seed), facts(n_statements, seed), position)
            for seed, position in zip(seeds, label_positions, strict=True)
        ]
        self._n_statements, self._batch, self._device = n_statements, batch, device

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        made = [self._drawn(*cell, step) for cell in self._cells]
        words, targets = (np.stack(part) for part in zip(*made, strict=True))
        return torch.from_numpy(words).to(self._device), torch.from_numpy(targets).to(self._device)

    def _drawn(
        self, draws: Draws, table: NDArray[np.bool_], position: LabelPosition, step: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        uniform = draws.uniform((3, self._batch), FEATURES, step)
        statement = (uniform[0].astype(float) * self._n_statements).astype(np.int64)
        sentiment, label = uniform[1:] < 0.5
        words = tokens(statement, sentiment, label, self._n_statements, position)
        agreement = np.stack([label == table[statement], label == sentiment], axis=1)
        return words, agreement.astype(np.float32)
