"""The abstract dictionary: an ensemble of sparse autoencoders."""

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple, NotRequired, Required, TypedDict, Unpack

import numpy as np
import torch
from torch import Tensor, nn

from tegum.errors import TegumError
from tegum.models import products
from tegum.models.ensemble import Ensemble, per_cell, sum_of_squares
from tegum.synthetic.draws import INIT, Draws

REGULATION = 0.02
"""Share of log(L0 / target) by which log lambda moves for good at each step: slowly, since a
dictionary takes tens of steps to follow."""


class Common(TypedDict):
    """Arguments that every architecture has."""

    n_inputs: Required[int]
    latents: Required[int]
    seeds: Required[Sequence[int]]
    """The init stream of each cell."""
    scale: NotRequired[float | Sequence[float] | Tensor]
    """s, one number or one per cell, 1 by default; ``fold`` makes it 1."""
    encoder_norm: NotRequired[float]
    """Norm of the encoder's rows at the start; by default that of the architecture."""
    decoder_norm: NotRequired[float | None]
    """Norm of the decoder's rows at the start, free from then on; if None it is 1 and stays so. By
    default that of the architecture."""
    centre: NotRequired[Tensor | None]
    """Initial decoder bias in units of x, (cell, input), as ``geometric_median``; 0 if none."""


class Forward(NamedTuple):
    """What one batch became on its way through."""

    scaled: Tensor
    """s x, (cell, sample, input)."""
    pre_activations: Tensor
    """Pre-activations, (cell, sample, latent)."""
    latents: Tensor
    """(cell, sample, latent)."""
    residual: Tensor
    """s (x' - x), (cell, sample, input)."""


class Dictionary(Ensemble):
    """Sparse autoencoders, one per cell.

    Pre-activations z = W_e (s x - b_d) + b_e, latents f = sparsify(z), s x' = W_d f + b_d, where s
    is a scalar normalisation of the input. Parameters: ``encoder`` and ``decoder`` (cell, latent,
    input; the decoder's rows are the directions), ``encoder_bias`` (cell, latent), ``decoder_bias``
    (cell, input). The decoder's rows start as random directions, the encoder's along them.

    What training has to remember (silence, thresholds) lives in buffers, which ``loss`` updates:
    call it once per step, on training batches only.
    """

    encoder_norm = 1.0
    """Norm of the encoder's rows at the start."""
    decoder_norm: float | None = None
    """Norm of the decoder's rows at the start; if None, they have norm 1 after every update."""
    sparse = False
    """Whether most latents are 0 on every batch, whatever the parameters are."""
    tied = False
    """Whether pre-activations are z = W_d (s x - b_d): there is then no ``encoder`` and no
    ``encoder_bias``."""
    least_cosine: float | None = None
    """Of each direction with where it was when ``keep_near`` was called; any if None."""

    def __init__(self, **common: Unpack[Common]) -> None:
        super().__init__()
        seeds, n_inputs, latents = common["seeds"], common["n_inputs"], common["latents"]
        self.latents = latents
        rows = np.stack([Draws(seed).normal((latents, n_inputs), INIT) for seed in seeds])
        rows /= np.linalg.norm(rows, axis=2, keepdims=True)
        self.encoder_norm = common.get("encoder_norm", self.encoder_norm)
        self.decoder_norm = common.get("decoder_norm", self.decoder_norm)
        norms = self.encoder_norm, 1.0 if self.decoder_norm is None else self.decoder_norm
        if min(norms) <= 0:
            raise TegumError(f"encoder_norm and decoder_norm are {norms}; give numbers above 0.")
        self.scale: Tensor
        self.register_buffer("scale", per_cell(common.get("scale", 1.0), len(seeds), "scale"))
        centre = common.get("centre")
        start = torch.zeros(len(seeds), n_inputs) if centre is None else centre.cpu()
        self.decoder = nn.Parameter(torch.from_numpy(norms[1] * rows))
        if not self.tied:
            self.encoder = nn.Parameter(torch.from_numpy(norms[0] * rows))
            self.encoder_bias = nn.Parameter(torch.zeros(len(seeds), latents))
        self.decoder_bias = nn.Parameter(start * self.scale[:, None])

    @property
    def reads(self) -> nn.Parameter:
        """Along which rows inputs are read, (cell, latent, input)."""
        return self.decoder if self.tied else self.encoder

    @abstractmethod
    def sparsify(self, pre_activations: Tensor) -> Tensor:
        """Pre-activations to latents, both (cell, sample, latent)."""

    @abstractmethod
    def penalty(self, at: Forward) -> Tensor | None:
        """What the loss adds to the squared error, (cell,): sparsity terms, auxiliary losses."""

    def sparsify_batch(self, pre_activations: Tensor) -> Tensor:
        """As ``sparsify``, while training: where the two differ."""
        return self.sparsify(pre_activations)

    def error(self, scaled: Tensor, latents: Tensor) -> tuple[Tensor, Tensor]:
        """Squared error summed over inputs, mean over samples, (cell,); and the residual."""
        offset = self.decoder_bias[:, None, :] - scaled
        residual = products.decoded(offset, latents, self.decoder, sparse=self.sparse)
        return sum_of_squares(residual) / scaled.shape[1], residual

    def encode(self, x: Tensor) -> Tensor:
        """x (cell, sample, input) to latents (cell, sample, latent), in units of ``scale * x``."""
        return self.sparsify(self.pre_activations(x))

    def pre_activations(self, x: Tensor) -> Tensor:
        """x (cell, sample, input) to z (cell, sample, latent), in units of ``scale * x``."""
        return self._pre_activations(x * self.scale[:, None, None])

    def decode(self, latents: Tensor) -> Tensor:
        """Latents (cell, sample, latent) to reconstructions of x (cell, sample, input)."""
        scaled = torch.baddbmm(self.decoder_bias[:, None, :], latents, self.decoder)
        return scaled / self.scale[:, None, None]

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Squared error of s x plus penalty: (cell,)."""
        scaled = batch[0] * self.scale[:, None, None]
        pre_activations = self._pre_activations(scaled)
        latents = self.sparsify_batch(pre_activations)
        loss, residual = self.error(scaled, latents)
        extra = self.penalty(Forward(scaled, pre_activations, latents, residual))
        return loss if extra is None else loss + extra

    def directions(self) -> Tensor:
        """Unit decoder rows: (cell, latent, input)."""
        return nn.functional.normalize(self.decoder.detach(), dim=2)

    def resample(self, x: Tensor, uniform: Tensor) -> Tensor:
        """Set silent latents anew, where the architecture does so.

        Raises:
            TegumError: where it does not.
        """
        raise TegumError(f"{type(self).__name__} dictionaries have no resampling")

    def keep_near(self, least_cosine: float) -> None:
        """Keep directions, from now on, within a cone around where they are."""
        self.least_cosine = least_cosine
        self.beginning: Tensor
        self.register_buffer("beginning", self.directions().clone())

    @torch.no_grad()
    def project(self) -> None:
        """Directions back to unit norm, where the architecture has such, and into their cones."""
        if self.decoder_norm is None:
            norm = torch.linalg.vector_norm(self.decoder, dim=2, keepdim=True)
            self.decoder.div_(norm.clamp_(min=1e-12))
        if self.least_cosine is not None:
            norm = torch.linalg.vector_norm(self.decoder, dim=2, keepdim=True)
            unit = self.directions()
            along = (unit * self.beginning).sum(2, keepdim=True)
            across = nn.functional.normalize(unit - along * self.beginning, dim=2)
            sine = (1 - self.least_cosine**2) ** 0.5
            edge = self.least_cosine * self.beginning + sine * across
            self.decoder.copy_(torch.where(along < self.least_cosine, edge, unit) * norm)

    @torch.no_grad()
    def fold(self) -> None:
        """Fold the normalisation into the biases, in place: latents are then in units of x.

        Exact, since every architecture here is positively homogeneous in (input, offsets).
        """
        self.divide_offsets(self.scale)
        self.scale.fill_(1.0)

    def divide_offsets(self, by: Tensor) -> None:
        """Divide every bias and threshold by a number per cell, (cell,), in place."""
        if not self.tied:
            self.encoder_bias.div_(by[:, None])
        self.decoder_bias.div_(by[:, None])

    def _pre_activations(self, scaled: Tensor) -> Tensor:
        bias = self.decoder.new_zeros(self.decoder.shape[:2]) if self.tied else self.encoder_bias
        return products.encoded(scaled, self.decoder_bias, self.reads, bias, sparse=self.sparse)


class Penalised(Dictionary):
    """Dictionaries whose sparsity is bought by a penalty: latents do not compete for being kept.

    Arguments: ``penalty_strength`` lambda, one number or one per cell, for inputs ``scale * x``;
    ``warm_up``, steps of its linear rise; ``target_l0``, if given, how many latents shall fire on a
    sample: each cell's lambda is then regulated while it trains, and begins as told.
    """

    def __init__(
        self,
        *,
        penalty_strength: float | Sequence[float],
        warm_up: int = 0,
        target_l0: float | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        self.penalty_strength: Tensor
        strengths = per_cell(penalty_strength, self.n_cells, "penalty_strength")
        self.register_buffer("penalty_strength", strengths)
        self.warm_up = warm_up
        self.target_l0 = target_l0
        self._rise = 1.0
        self._excess: Tensor | float = 1.0

    def begin(self, step: int) -> None:
        self._rise = min(1.0, (step + 1) / (self.warm_up + 1))

    def strength(self) -> Tensor:
        """lambda at the present step: (cell,)."""
        return self.penalty_strength * self._excess * self._rise

    def sparsify_batch(self, pre_activations: Tensor) -> Tensor:
        latents = self.sparsify(pre_activations)
        if self.target_l0 is not None:
            self._regulate(latents, self.target_l0)
        return latents

    @torch.no_grad()
    def fold_norms(self) -> None:
        """Give directions unit norm, and latents what these had, in place: the rest is unchanged.

        So that latents of free directions are in units of ``scale * x`` as well.
        """
        norm = torch.linalg.vector_norm(self.decoder, dim=2).clamp_(min=1e-12)
        self.decoder.div_(norm[:, :, None])
        self.encoder.mul_(norm[:, :, None])
        self.multiply_latents(norm)

    def multiply_latents(self, by: Tensor) -> None:
        """Multiply what latents are compared with by a number each, (cell, latent), in place."""
        self.encoder_bias.mul_(by)

    @torch.no_grad()
    def _regulate(self, latents: Tensor, target: float) -> None:
        """Move log lambda in proportion to log(L0 / target) and to its sum over the steps."""
        active = above(latents, 0.0).sum((1, 2)) / latents.shape[1]
        excess = (active / target).clamp(math.exp(-1), math.e)
        self.penalty_strength.mul_(excess**REGULATION)
        self._excess = excess


@torch.no_grad()
def above(values: Tensor, bound: Tensor | float) -> Tensor:
    """1 where values exceed a bound, else 0, in their own type.

    A product with this is up to 20 times as fast as one with a mask of booleans.
    """
    return values.clone().gt_(bound)


@torch.no_grad()
def fires(pre_activations: Tensor, least: Tensor) -> Tensor:
    """1 where pre-activations are positive and at least as large as a bound, else 0."""
    return pre_activations.clone().ge_(least.clamp(min=torch.finfo(pre_activations.dtype).tiny))


@torch.no_grad()
def kth_largest(values: Tensor, k: Tensor) -> Tensor:
    """The k-th largest along the last axis: (cell, sample, latent), (cell,) -> (cell, sample, 1).

    On a CPU by a compiled search, which takes about half of the time of numpy's partition.
    """
    if products.skips(values):
        from tegum.kernels import largest

        if values.shape[2] <= largest.LONGEST:
            found = torch.empty(values.shape[:2])
            largest.kth_largest(values.contiguous().numpy(), k.numpy(), found.numpy())
            return found[:, :, None]
    ordered = values.topk(int(k.max()), dim=2).values
    return ordered.gather(2, (k - 1)[:, None, None].expand(-1, values.shape[1], 1))


@torch.no_grad()
def count_silence(silent: Tensor, latents: Tensor) -> None:
    """Samples since each latent fired, (cell, latent) int64, brought up to date in place.

    ``latents`` (cell, sample, latent) are those of one batch, whose last sample counts as firing.
    """
    silent.add_(latents.shape[1]).masked_fill_(latents.amax(1) > 0, 0)
