"""How far ahead a layer's output is read: the loss when one read alone is cut.

Writers are the token embedding (0) and the blocks (1 to n), each of which adds a contribution to
the residual stream; readers are the blocks and, behind them, the unembedding (n + 1). To cut the
read of a writer by a reader, the reader's input, and nothing else, is given the stream without that
contribution: all other readers see it, and what the reader then adds is passed on to them.
"""

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tegum.models.language import LanguageModel

CUTS = ("mean", "shuffled", "random")
"""What the reader is given: the mean of a contribution in its place; that of another position; or,
as a control, the contribution with a change of the first one's norm in a random direction."""
Cut = Literal["mean", "shuffled", "random"]


def contributions(model: LanguageModel, words: Tensor) -> list[Tensor]:
    """What each writer adds: (cell, sample, position) -> per writer (…, position, width)."""
    return _run(model, words, None, None)[0]


@torch.no_grad()
def read_losses(
    model: LanguageModel, words: Tensor, cut: Cut, seed: int
) -> tuple[float, NDArray[np.float64]]:
    """Loss of a model as it is, and with each read cut.

    Args:
        model: of one cell.
        words: (1, sample, position), one longer than the model reads.
        cut: what stands in the place of a contribution.
        seed: of the random directions, or of the positions that are put in place of others.

    Returns:
        Cross-entropy in nats per token, and that with a read cut (writer, reader), where reader 0
        is the first block; NaN where the reader is not behind the writer.
    """
    blocks = model.n_blocks
    written = contributions(model, words[:, :, :-1])
    losses = np.full((blocks + 1, blocks + 1), np.nan)
    for writer, contribution in enumerate(written):
        change = _change(contribution, cut, seed + writer)
        for reader in range(writer + 1, blocks + 2):
            losses[writer, reader - 1] = _loss(model, words, reader, change)
    return _loss(model, words, None, None), losses


def _change(contribution: Tensor, cut: Cut, seed: int) -> Tensor:
    """What is added to a reader's input."""
    away = contribution.mean((1, 2), keepdim=True) - contribution
    generator = torch.Generator().manual_seed(seed % 2**63)
    if cut == "random":
        drawn = torch.randn(away.shape, generator=generator)
        return drawn * (away.norm(dim=-1, keepdim=True) / drawn.norm(dim=-1, keepdim=True))
    if cut == "shuffled":
        flat = contribution.flatten(1, 2)
        order = torch.randperm(flat.shape[1], generator=generator)
        return flat[:, order].view_as(away) - contribution
    return away


def _run(
    model: LanguageModel, words: Tensor, reader: int | None, change: Tensor | None
) -> tuple[list[Tensor], Tensor]:
    """Contributions of all writers, and the stream that the unembedding reads."""
    stream = model.embedding[0][words[0]][None]
    written = [stream]
    stream = stream + model.place[:, None, : words.shape[2]]
    for block in range(1, model.n_blocks + 1):
        seen = stream if reader != block or change is None else stream + change
        written.append(model.after(block, seen) - seen)
        stream = stream + written[-1]
    if reader == model.n_blocks + 1 and change is not None:
        stream = stream + change
    return written, stream


def _loss(model: LanguageModel, words: Tensor, reader: int | None, change: Tensor | None) -> float:
    logits = model.logits(_run(model, words[:, :, :-1], reader, change)[1])
    return float(nn.functional.cross_entropy(logits.flatten(0, 2), words[:, :, 1:].flatten()))
