"""Small transformers, causal or bidirectional, read out at one position (Vaswani et al. 2017)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tegum.models.ensemble import Ensemble, per_cell
from tegum.models.feature_networks import normal_parameter

MATRICES = ("query", "key", "value", "output", "mlp_in", "mlp_out")


class Transformer(Ensemble):
    """Learnt token and position embeddings, then layers of one-head attention and a ReLU MLP.

    Both are added to a residual stream and read it normalised, without learnt gains. Parameters:
    ``embedding`` (cell, token, width), ``place`` (cell, position, width), per layer the six
    ``MATRICES`` in lists, ``unembedding`` (cell, width, target) and ``bias`` (cell, target).

    Arguments
    ---------
    causal: per cell, whether a position sees only itself and those before it.
    readout: per cell, the position that is read out.
    seeds: the init stream of each cell; entries are normal with variance 1 / fan-in.
    emphasis: per cell, the weight of each target in the loss.
    """

    def __init__(
        self,
        *,
        n_tokens: int,
        length: int,
        width: int,
        mlp_width: int,
        n_layers: int,
        causal: Sequence[bool],
        readout: Sequence[int],
        seeds: Sequence[int],
        emphasis: Sequence[Sequence[float]],
    ) -> None:
        super().__init__()
        sizes = {"mlp_in": (width, mlp_width), "mlp_out": (mlp_width, width)}
        targets = len(emphasis[0])
        shapes = [(n_tokens, width), (length, width), (width, targets)]
        shapes += [sizes.get(name, (width, width)) for _ in range(n_layers) for name in MATRICES]
        embedding, place, unembedding, *layers = (
            normal_parameter(shape, list(seeds), number, shape[0] ** -0.5)
            for number, shape in enumerate(shapes)
        )
        self.embedding, self.place, self.unembedding = embedding, place, unembedding
        self.layers = nn.ParameterList(layers)
        self.bias = nn.Parameter(torch.zeros(len(seeds), targets))
        seen = torch.ones(length, length, dtype=torch.bool)
        masks = [seen.tril() if c else seen for c in causal]
        self.mask: Tensor
        self.readout: Tensor
        self.emphasis: Tensor
        self.register_buffer("mask", torch.stack(masks))
        self.register_buffer("readout", per_cell(readout, len(seeds), "readout").long())
        self.register_buffer("emphasis", torch.tensor(emphasis))

    def hidden(self, words: Tensor) -> Tensor:
        """The residual stream where it is read out: (cell, sample, position) -> (…, width)."""
        cells, samples, length = words.shape
        flat = words.flatten(1)[:, :, None].expand(-1, -1, self.embedding.shape[2])
        stream = self.embedding.gather(1, flat) + self.place.repeat(1, samples, 1)
        for first in range(0, len(self.layers), len(MATRICES)):
            query, key, value, output, mlp_in, mlp_out = self.layers[first : first + len(MATRICES)]
            seen = normalised(stream)
            query, key, value = (
                (seen @ m).view(cells, samples, length, -1) for m in (query, key, value)
            )
            # Products of tiny matrices cost more than these sums.
            match = (query[:, :, :, None] * key[:, :, None]).sum(4) * query.shape[3] ** -0.5
            weight = match.masked_fill(~self.mask[:, None], -torch.inf).softmax(3)
            mixed = (weight[..., None] * value[:, :, None]).sum(3)
            stream = stream + mixed.flatten(1, 2) @ output
            stream = stream + (normalised(stream) @ mlp_in).relu() @ mlp_out
        at = self.readout[:, None, None, None].expand(-1, samples, 1, stream.shape[2])
        return stream.view(cells, samples, length, -1).gather(2, at)[:, :, 0]

    def logits(self, words: Tensor) -> Tensor:
        """(cell, sample, position) -> (cell, sample, target)."""
        return torch.baddbmm(self.bias[:, None], normalised(self.hidden(words)), self.unembedding)

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Cross-entropy of the targets (cell, sample, target), by their emphasis: (cell,)."""
        words, targets = batch
        each = nn.functional.binary_cross_entropy_with_logits(
            self.logits(words), targets, reduction="none"
        )
        return (each.mean(1) * self.emphasis).sum(1)


def normalised(stream: Tensor) -> Tensor:
    """Along the last axis, without learnt gains."""
    return nn.functional.layer_norm(stream, stream.shape[-1:])
