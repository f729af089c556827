"""Parameters of dictionaries in studies: one section per architecture, with the fields it reads.

Light: what plans a build imports this. The architectures themselves are imported when one is built.
"""

from typing import ClassVar, Literal

from pydantic import Field

from tegum.experiment.params import Section, shape

LONG_SILENCE = 10_000_000
"""Samples after which a latent is dead at the latest, as for Gao et al. 2024."""


class DictionarySection(Section):
    """What every dictionary is fitted by."""

    CODE: ClassVar[tuple[str, ...]] = ()
    """Modules that the architecture is implemented in, which no stage imports by a statement."""
    SPARSITY: ClassVar[str] = ""
    """The field that sets how sparse: it may differ within an ensemble."""
    OPTIONS: ClassVar[tuple[str, ...]] = ()
    """Fields that the architecture's class takes under the same names."""

    architecture: str
    """Objective; one module each in `tegum.dictionaries`."""
    dictionary_steps: int = shape(1000, ge=1)
    """Optimiser steps."""
    dictionary_batch: int = shape(256, ge=1)
    """Samples per step."""
    warm_up: int = shape(0, ge=0)
    """Steps of linear rise of the learning rate, which decays linearly in the second half."""
    encoder_norm: float = Field(default=1.0, gt=0)
    """Norm of the encoder's rows at the start."""
    decoder_norm: float | None = Field(default=None, gt=0)
    """Norm of the decoder's rows at the start, free from then on; null: it is 1 and stays so."""

    @property
    def sparsity(self) -> float:
        """lambda or k."""
        return getattr(self, self.SPARSITY)


class PenalisedSection(DictionarySection):
    """Sparsity by a penalty."""

    SPARSITY: ClassVar = "penalty"

    penalty: float = Field(default=0.5, ge=0)
    """lambda: strength of the penalty."""
    penalty_warm_up: float = Field(default=0.0, ge=0, le=1)
    """Share of the steps in which lambda rises."""
    target_l0: float | None = Field(default=None, gt=0)
    """Latents that shall fire on a sample: lambda is then regulated, from `penalty` on."""


class LargestSection(DictionarySection):
    """Sparsity by the number of latents that are kept."""

    SPARSITY: ClassVar = "k"
    OPTIONS: ClassVar = ("auxiliary_weight", "auxiliary_rectified")

    encoder_norm: float = Field(default=0.3, gt=0)
    """Norm of the encoder's rows at the start."""
    k: int = Field(default=3, ge=1)
    """Latents that may fire on a sample, or on average on the samples of a batch."""
    auxiliary_weight: float = Field(default=1 / 32, ge=0)
    """Weight of AuxK, the loss on dead latents."""
    dead_after: int | None = Field(default=None, ge=1)
    """Silent samples after which a latent is dead for AuxK; null: a tenth of all samples that it is
    fitted to, 10 million at most."""
    auxiliary_rectified: bool = True
    """Whether a dead latent has to fire to lower AuxK, as in the paper; not so in SAELens."""

    def silence(self) -> int:
        """Silent samples after which a latent is dead for AuxK."""
        if self.dead_after is not None:
            return self.dead_after
        return max(1, min(LONG_SILENCE, self.dictionary_steps * self.dictionary_batch // 10))


class StandardSection(PenalisedSection):
    """L1 in the form of 2023: unit directions."""

    CODE: ClassVar = ("tegum.dictionaries.standard",)
    OPTIONS: ClassVar = ("dead_after",)

    architecture: Literal["standard"] = "standard"
    encoder_norm: float = Field(default=0.1, gt=0)
    """Norm of the encoder's rows at the start."""
    dead_after: int = Field(default=1_000_000, ge=1)
    """Silent samples after which a latent may be resampled."""
    resample_at: list[float] = []
    """Shares of the steps at which silent latents are resampled."""


class L1Section(PenalisedSection):
    """L1 in the form of 2024: free directions."""

    CODE: ClassVar = ("tegum.dictionaries.l1",)

    architecture: Literal["l1"] = "l1"
    encoder_norm: float = Field(default=0.1, gt=0)
    """Norm of the encoder's rows at the start."""
    decoder_norm: float | None = Field(default=0.1, gt=0)
    """Norm of the decoder's rows at the start, free from then on; null: it is 1 and stays so."""


class GatedSection(PenalisedSection):
    """Gates and magnitudes apart."""

    CODE: ClassVar = ("tegum.dictionaries.gated",)

    OPTIONS: ClassVar = ("gate_moves_decoder",)

    architecture: Literal["gated"] = "gated"
    encoder_norm: float = Field(default=0.1, gt=0)
    """Norm of the encoder's rows at the start."""
    decoder_norm: float | None = Field(default=0.1, gt=0)
    """Norm of the decoder's rows at the start, free from then on; null: it is 1 and stays so."""
    gate_moves_decoder: bool = True
    """Whether the error of the gate's own reconstruction moves the decoder, as in SAELens."""


class JumpReLUSection(PenalisedSection):
    """A threshold per latent, and a penalty on the number that fires."""

    CODE: ClassVar = ("tegum.dictionaries.jumprelu",)
    OPTIONS: ClassVar = (
        "threshold",
        "bandwidth",
        "firing",
        "tanh_scale",
        "pre_activation_weight",
        "dead_after",
    )

    architecture: Literal["jumprelu"] = "jumprelu"
    encoder_norm: float = Field(default=0.3, gt=0)
    """Norm of the encoder's rows at the start."""
    decoder_norm: float | None = Field(default=0.3, gt=0)
    """Norm of the decoder's rows at the start, free from then on; null: it is 1 and stays so."""
    threshold: float = Field(default=0.1, gt=0)
    """Initial threshold."""
    bandwidth: float = Field(default=0.05, gt=0)
    """Width of the straight-through kernel."""
    firing: Literal["step", "tanh"] = "step"
    """What is penalised: the number of latents that fire, or a tanh of each latent."""
    tanh_scale: float = Field(default=4.0, gt=0)
    """What latents are multiplied by in that tanh."""
    pre_activation_weight: float = Field(default=0.0, ge=0)
    """Weight of the loss that raises pre-activations to thresholds and so revives latents."""
    dead_after: int | None = Field(default=None, ge=1)
    """Silent samples from which on a latent has that loss; null: every latent has it."""


class TopKSection(LargestSection):
    """The k largest of a sample."""

    CODE: ClassVar = ("tegum.dictionaries.topk",)
    OPTIONS: ClassVar = (*LargestSection.OPTIONS, "multi_weight", "multi")

    architecture: Literal["topk"] = "topk"
    multi_weight: float = Field(default=0.0, ge=0)
    """Weight of the squared error with more latents than k (Multi-TopK), 1/8 in the paper."""
    multi: int = Field(default=4, ge=2)
    """How many times as many latents that error has."""


class BatchTopKSection(LargestSection):
    """The k B largest of a batch of B samples."""

    CODE: ClassVar = ("tegum.dictionaries.batchtopk",)

    architecture: Literal["batchtopk"] = "batchtopk"


class MatryoshkaSection(LargestSection):
    """BatchTopK whose prefixes reconstruct as well."""

    CODE: ClassVar = ("tegum.dictionaries.matryoshka",)
    OPTIONS: ClassVar = (*LargestSection.OPTIONS, "prefixes")

    architecture: Literal["matryoshka"] = "matryoshka"
    prefixes: list[int] = shape([8, 24, 64])
    """Nested numbers of latents; the last one is all."""


class MatchingPursuitSection(DictionarySection):
    """Greedy steps with the directions themselves, without an encoder."""

    CODE: ClassVar = ("tegum.dictionaries.matching_pursuit",)
    SPARSITY: ClassVar = "k"
    OPTIONS: ClassVar = ("stop_at_repeat",)

    architecture: Literal["matching_pursuit"] = "matching_pursuit"
    encoder_norm: float = Field(default=1.0, ge=1, le=1)
    """There is no encoder: 1."""
    decoder_norm: float | None = Field(default=1.0, gt=0)
    """Norm of the directions at the start, free from then on; null: it is 1 and stays so."""
    k: int = Field(default=3, ge=1)
    """Steps, so that as many latents may fire on a sample."""
    stop_at_repeat: bool = True
    """Whether a sample is done once a step took a latent again."""


SECTIONS: dict[str, type[DictionarySection]] = {
    kind.model_fields["architecture"].default: kind
    for kind in (
        StandardSection,
        L1Section,
        GatedSection,
        JumpReLUSection,
        TopKSection,
        BatchTopKSection,
        MatryoshkaSection,
        MatchingPursuitSection,
    )
}
"""By architecture."""
