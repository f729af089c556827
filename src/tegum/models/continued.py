"""What a small language model says after its last token, whose activation may be changed."""

import torch
from torch import Tensor

from tegum.errors import TegumError
from tegum.models.language import LanguageModel


@torch.no_grad()
def stream_behind(model: LanguageModel, words: Tensor, block: int) -> Tensor:
    """The residual stream behind a block (from 1): (sample, position) -> (…, position, width).

    Raises:
        TegumError: where no block of the model follows.
    """
    if not 1 <= block < model.n_blocks:
        raise TegumError(f"block is {block} of {model.n_blocks}; give one that another follows")
    stream = model.embedding[0][words][None] + model.place[:, None, : words.shape[1]]
    for number in range(1, block + 1):
        stream = model.after(number, stream)
    return stream[0]


class Continued:
    """Windows of a text, read by one model up to their last token.

    Blocks up to the one behind which the activation is changed run once.

    Args:
        model: of one cell.
        words: (sample, position).
        block: behind which the activation of the last token is seen and changed, from 1.
    """

    def __init__(self, model: LanguageModel, words: Tensor, block: int) -> None:
        self._model, self._block = model, block
        self._stream = stream_behind(model, words, block)

    def activations(self) -> Tensor:
        """Those of the last tokens, (sample, width)."""
        return self._stream[:, -1].clone()

    @torch.no_grad()
    def logits(self, change: Tensor | None = None) -> Tensor:
        """Logits after the last tokens, (sample, token).

        Args:
            change: what is added to the activations, (sample, width); by default nothing.
        """
        stream = self._stream.clone()
        if change is not None:
            stream[:, -1] += change
        stream = stream[None]
        for number in range(self._block + 1, self._model.n_blocks + 1):
            stream = self._model.after(number, stream)
        return self._model.logits(stream[:, :, -1:])[0, :, 0]
