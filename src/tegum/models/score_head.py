"""Attention scores of one head: the product of two low-rank maps of a residual stream."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tegum.models.ensemble import Ensemble
from tegum.models.init import uniform


class ScoreHead(Ensemble):
    """An ensemble of heads: score = (W_K k) . (W_Q q), attention = softmax over the keys.

    Parameters ``key`` and ``query`` (cell, head, input), by PyTorch's default law for linear
    layers, each cell from its own init stream. Where ``frozen`` is set, ``key`` keeps its draws.

    Arguments: ``n_inputs`` and ``head``, the dimensions of the stream and of the head; ``seeds``,
    the init stream of each cell.
    """

    def __init__(
        self, *, n_inputs: int, head: int, seeds: Sequence[int], frozen: bool = False
    ) -> None:
        super().__init__()
        bound = n_inputs**-0.5
        key = uniform(seeds, (head, n_inputs), 0, bound)
        self.key = nn.Parameter(key, requires_grad=not frozen)
        self.query = nn.Parameter(uniform(seeds, (head, n_inputs), 1, bound))

    def forward(self, keys: Tensor, query: Tensor) -> Tensor:
        """Scores (cell, sample, key) of keys (cell, sample, key, input) and queries."""
        asked = torch.bmm(torch.bmm(query, self.query.transpose(1, 2)), self.key)
        return torch.einsum("cski,csi->csk", keys, asked)

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Cross-entropy between target and attention, mean over samples, in nats: (cell,)."""
        keys, query, target = batch
        log_attention = torch.log_softmax(self(keys, query), dim=-1)
        return -(target * log_attention).sum(-1).mean(-1)
