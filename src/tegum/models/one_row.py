"""Language models in which the embedding of one token is replaced, and learned anew."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tegum.models.ensemble import Ensemble
from tegum.models.language import LanguageModel


class OneRow(Ensemble):
    """One trained model in as many cells as tokens, each of which has a row of its own for one.

    Parameters: ``row`` (cell, width), which alone learns, and those of the model, which all cells
    share.

    Arguments: ``model``, of one cell; ``tokens``, that of each cell; ``rows`` (cell, width), what
    their embedding is at first.
    """

    def __init__(self, model: LanguageModel, tokens: Sequence[int], rows: Tensor) -> None:
        super().__init__()
        self.row = nn.Parameter(rows.clone())
        self.token: Tensor
        self.register_buffer("token", torch.tensor(list(tokens)))
        alike: dict[int, object] = {
            id(p): nn.Parameter(p.detach().expand(len(tokens), *p.shape[1:]), requires_grad=False)
            for p in model.parameters()
        }
        self.model = copy.deepcopy(model, alike)

    def losses(self, words: Tensor) -> Tensor:
        """Cross-entropy of every token but the first: (cell, sample, position) -> one less."""
        model, read = self.model, words[:, :, :-1]
        cells = torch.arange(len(read))[:, None, None]
        here = (read == self.token[:, None, None])[..., None]
        stream = torch.where(here, self.row[:, None, None], model.embedding[cells, read])
        stream = stream + model.place[:, None, : read.shape[2]]
        for block in range(1, model.n_blocks + 1):
            stream = model.after(block, stream)
        logits = model.logits(stream)
        each = nn.functional.cross_entropy(
            logits.flatten(0, 2), words[:, :, 1:].flatten(), reduction="none"
        )
        return each.view(logits.shape[:3])

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Mean cross-entropy of the next tokens of (cell, sample, position) words: (cell,)."""
        return self.losses(batch[0]).mean((1, 2))
