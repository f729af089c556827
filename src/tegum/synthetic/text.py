"""Windows of a stored text as batches for language models."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tegum.errors import TegumError
from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import MINIBATCH, Draws


class TextStream(Stream):
    """Windows of one text, each from a place that is drawn uniformly.

    Arguments: ``tokens`` (position,), int64; ``seeds``, the data stream of each cell (cells with
    equal seed read equal windows); ``batch``, windows in a batch; ``length``, tokens of a window.

    Raises ``TegumError`` where the text is shorter than a window.
    """

    def __init__(
        self, tokens: Tensor, seeds: Sequence[int], batch: int, length: int, device: str = "cpu"
    ) -> None:
        if len(tokens) < length:
            raise TegumError(f"the text has {len(tokens)} tokens, a window {length}; give more")
        self.n_cells = len(seeds)
        self._tokens, self._batch, self._length = tokens.to(device), batch, length
        self._seeds = [int(seed) for seed in seeds]
        self._draws = {seed: Draws(seed) for seed in self._seeds}

    def batch(self, step: int) -> tuple[Tensor, ...]:
        """Tokens (cell, sample, position)."""
        places = len(self._tokens) - self._length + 1
        within = torch.arange(self._length)
        rows = {}
        for seed, draws in self._draws.items():
            uniform = torch.from_numpy(draws.uniform((self._batch,), MINIBATCH, step)).double()
            starts = (uniform * places).long()
            rows[seed] = self._tokens[(starts[:, None] + within).to(self._tokens.device)]
        return (torch.stack([rows[seed] for seed in self._seeds]),)

    def select(self, cell: int) -> Stream:
        """The stream of one cell alone."""
        device = str(self._tokens.device)
        return TextStream(self._tokens, [self._seeds[cell]], self._batch, self._length, device)


def windows(tokens: Tensor, count: int, length: int) -> Tensor:
    """So many windows of a text, evenly spaced: (sample, position).

    Raises:
        TegumError: where they would overlap.
    """
    if count * length > len(tokens):
        raise TegumError(f"{count} windows of {length} do not fit into {len(tokens)} tokens")
    starts = torch.linspace(0, len(tokens) - length, count).long()
    return tokens[starts[:, None] + torch.arange(length)]
