"""Windows of a stored text that contain a token."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tegum.errors import TegumError
from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import MINIBATCH, Draws


class AroundTokens(Stream):
    """Windows of one text, each around a place of the cell's token.

    The place is drawn uniformly from those of the token, and where it stands in the window as well;
    it is never the last of the window, which is told and not read.

    Arguments: ``text`` (position,), int64; ``tokens``, that of each cell; ``seed``, the data stream
    of all; ``batch``, windows in a batch; ``length``, tokens of a window.

    Raises ``TegumError`` where the text is shorter than a window, or lacks a token.
    """

    def __init__(
        self, text: Tensor, tokens: Sequence[int], seed: int, batch: int, length: int
    ) -> None:
        if len(text) < length:
            raise TegumError(f"the text has {len(text)} tokens, a window {length}; give more")
        self.n_cells = len(tokens)
        self._text, self._batch, self._length = text, batch, length
        self._places = [(text[:-1] == token).nonzero()[:, 0] for token in tokens]
        absent = [t for t, places in zip(tokens, self._places, strict=True) if not len(places)]
        if absent:
            raise TegumError(f"tokens {absent} are not read in the text; give others")
        self._draws = Draws(seed)

    def batch(self, step: int) -> tuple[Tensor, ...]:
        """Tokens (cell, sample, position)."""
        drawn = torch.from_numpy(self._draws.uniform((2, self._batch), MINIBATCH, step)).double()
        before = (drawn[1] * (self._length - 1)).long()
        within, last = torch.arange(self._length), len(self._text) - self._length
        found = []
        for places in self._places:
            starts = places[(drawn[0] * len(places)).long()] - before
            found.append(self._text[starts.clamp(0, last)[:, None] + within])
        return (torch.stack(found),)
