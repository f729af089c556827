"""Small causal language models: pre-norm blocks of attention and a GELU MLP, untied unembedding."""

from collections.abc import Sequence

from torch import Tensor, nn

from tegum.models.ensemble import Ensemble
from tegum.models.feature_networks import normal_parameter
from tegum.models.transformer import MATRICES, normalised


class LanguageModel(Ensemble):
    """Next-token models, one per cell.

    Both parts of a block are added to a residual stream and read it normalised, without learnt
    gains. Parameters: ``embedding`` (cell, token, width), ``place`` (cell, position, width), per
    block the six ``MATRICES`` in a list, ``unembedding`` (cell, width, token). The entries are
    drawn normal, those of the embeddings with variance 1 / width, those of all others with
    1 / fan-in. ``seeds``: the init stream of each cell.
    """

    def __init__(
        self,
        *,
        n_tokens: int,
        length: int,
        width: int,
        mlp_width: int,
        n_heads: int,
        n_layers: int,
        seeds: Sequence[int],
    ) -> None:
        super().__init__()
        self.n_heads = n_heads
        sizes = {"mlp_in": (width, mlp_width), "mlp_out": (mlp_width, width)}
        shapes = [(n_tokens, width), (length, width), (width, n_tokens)]
        shapes += [sizes.get(name, (width, width)) for _ in range(n_layers) for name in MATRICES]
        fan_in = [width, width, *(shape[0] for shape in shapes[2:])]
        self.embedding, self.place, self.unembedding, *layers = (
            normal_parameter(shape, list(seeds), number, fan_in[number] ** -0.5)
            for number, shape in enumerate(shapes)
        )
        self.layers = nn.ParameterList(layers)

    def residual(self, words: Tensor) -> Tensor:
        """The stream after the last block: (cell, sample, position) -> (…, position, width)."""
        samples, length = words.shape[1:]
        flat = words.flatten(1)[:, :, None].expand(-1, -1, self.embedding.shape[2])
        stream = self.embedding.gather(1, flat).unflatten(1, (samples, length))
        stream = stream + self.place[:, None, :length]
        for block in range(1, self.n_blocks + 1):
            stream = self.after(block, stream)
        return stream

    @property
    def n_blocks(self) -> int:
        """Blocks of a model."""
        return len(self.layers) // len(MATRICES)

    def after(self, block: int, stream: Tensor) -> Tensor:
        """The stream behind a block (from 1) that reads `stream`, both as `residual` gives it."""
        first = (block - 1) * len(MATRICES)
        query, key, value, output, mlp_in, mlp_out = (
            m[:, None] for m in self.layers[first : first + len(MATRICES)]
        )
        seen = normalised(stream)
        query, key, value = (self._split(seen @ m) for m in (query, key, value))
        mixed = nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        stream = stream + mixed.transpose(-3, -2).flatten(-2) @ output
        return stream + nn.functional.gelu(normalised(stream) @ mlp_in) @ mlp_out

    def logits(self, stream: Tensor) -> Tensor:
        """Of the next token: (cell, sample, position, width) -> (…, position, token)."""
        return normalised(stream) @ self.unembedding[:, None]

    def losses(self, words: Tensor) -> Tensor:
        """Cross-entropy of every token but the first: (cell, sample, position) -> one less."""
        logits = self.logits(self.residual(words[:, :, :-1]))
        each = nn.functional.cross_entropy(
            logits.flatten(0, 2), words[:, :, 1:].flatten(), reduction="none"
        )
        return each.view(logits.shape[:3])

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Mean cross-entropy of the next tokens of (cell, sample, position) words: (cell,)."""
        return self.losses(batch[0]).mean((1, 2))

    def _split(self, stream: Tensor) -> Tensor:
        """(cell, sample, position, width) -> (cell, sample, head, position, width of a head)."""
        return stream.unflatten(-1, (self.n_heads, -1)).transpose(-3, -2)
