"""Parameters: small models with known used and unused variables, and what is looked for in them."""

from typing import ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator

from tegum.dictionaries.cell_sections import CellSection
from tegum.dictionaries.sections import (
    BatchTopKSection,
    GatedSection,
    JumpReLUSection,
    L1Section,
    MatchingPursuitSection,
    MatryoshkaSection,
    StandardSection,
    TopKSection,
)
from tegum.evidence.sections import Probe, Verdicts
from tegum.experiment.params import Section, StudyParams, shape


class Train(Section):
    """Models that are trained by AdamW."""

    width: int = shape(32, ge=2)
    """Hidden neurons of a classifier, width of a language model's residual stream."""
    learning_rate: float = Field(default=0.005, gt=0)
    """Base learning rate; of language models constant for half of the steps, then linear to 0."""
    warm_up: int = Field(default=0, ge=0)
    """Steps over which the learning rate rises."""
    weight_decay: float = Field(default=0.05, ge=0)
    """Decoupled weight decay."""
    steps: int = shape(2500, ge=1)
    """Optimiser steps."""
    batch: int = shape(512, ge=1)
    """Samples, or sequences, per step."""


class TrainClassifier(Train):
    """Classifiers of random bits."""

    model: Literal["classifier"] = shape("classifier")
    n_bits: int = shape(16, ge=10)
    """Inputs, of which a classifier uses four."""
    bit_probability: float = Field(default=0.3, gt=0, lt=1)
    """Probability that a bit is 1."""


class TrainLanguage(Train):
    """Language models of a synthetic grammar."""

    model: Literal["language"] = shape("language")
    n_topics: int = Field(default=3, ge=1)
    """Topics of the language, each with nouns and verbs of its own."""
    n_nouns: int = Field(default=6, ge=1)
    """Nouns of a topic, each in two forms."""
    n_verbs: int = Field(default=4, ge=1)
    """Verbs of a topic, each in two forms."""
    n_adjectives: int = Field(default=6, ge=1)
    """Adjectives."""
    n_adverbs: int = Field(default=4, ge=2)
    """Adverbs."""
    context: int = shape(32, ge=10)
    """Tokens that a model reads."""
    mlp_width: int = shape(128, ge=1)
    """Hidden neurons of a block."""
    n_heads: int = shape(4, ge=1)
    """Attention heads of a block."""
    n_layers: int = shape(1, ge=1)
    """Blocks."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.width % self.n_heads:
            raise ValueError(
                f"width: {self.width} cannot be split among n_heads: {self.n_heads}; give a number "
                "of heads that divides it"
            )
        return self


class FitProbes(Probe):
    """Probes on the hidden layer of a classifier."""

    KIND: ClassVar = "classifier"
    architecture: Literal["probe"] = "probe"
    """What is fitted: a probe, or a dictionary of some architecture."""
    n_test: int = Field(default=4000, ge=20)
    """Samples to score a probe on."""
    labellings: int = Field(default=2, ge=1)
    """Control tasks of each variable."""
    typed_bits: int = Field(default=6, ge=1)
    """Random bits that make the input's type in the control task."""


class Fit(CellSection):
    """Dictionaries on a language model's residual stream, whose E|x|^2 is 1 for them."""

    first_position: int = Field(default=8, ge=0)
    """Tokens before this position are not read."""
    sequences: int = shape(500, ge=2)
    """Sequences that a dictionary is fitted to, and as many to measure it on."""
    latents: int = shape(128, ge=2)
    """Latents of a dictionary."""
    dictionary_learning_rate: float = Field(default=0.005, gt=0)
    """Adam, constant for the first half of the steps, then linear to 0."""


class Regulated(Fit):
    """Dictionaries whose penalty is regulated until k latents fire on a sample."""

    k: int = shape(4, ge=1)
    """Latents that fire on a sample."""
    penalty_strengths: dict[Literal["standard", "l1", "gated", "jumprelu"], float] = {
        "standard": 0.3,
        "l1": 0.3,
        "gated": 0.3,
        "jumprelu": 0.01,
    }
    """Where the penalty of an architecture begins. A cell has its own as `penalty`."""

    def resolved(self) -> Self:
        strengths = type(self).model_fields["penalty_strengths"].default | self.penalty_strengths
        own = {"penalty": strengths[self.architecture], "target_l0": float(self.k)}
        return self.model_copy(update={"penalty_strengths": {}, **own})


class FitStandard(StandardSection, Regulated):
    """A fit of kind Standard."""


class FitL1(L1Section, Regulated):
    """A fit of kind L1."""


class FitGated(GatedSection, Regulated):
    """A fit of kind Gated, which starts from larger norms than elsewhere, since it is short."""

    encoder_norm: float = Field(default=0.3, gt=0)
    """Norm of the encoder's rows at the start."""
    decoder_norm: float | None = Field(default=0.6, gt=0)
    """Norm of the decoder's rows at the start, free from then on; null: it is 1 and stays so."""


class FitJumpReLU(JumpReLUSection, Regulated):
    """A fit of kind JumpReLU."""


class FitTopK(TopKSection, Fit):
    """A fit of kind TopK."""


class FitBatchTopK(BatchTopKSection, Fit):
    """A fit of kind BatchTopK."""


class FitMatryoshka(MatryoshkaSection, Fit):
    """A fit of kind Matryoshka."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if [*sorted(set(self.prefixes))] != self.prefixes or self.prefixes[-1:] != [self.latents]:
            raise ValueError(
                f"prefixes: {self.prefixes} must rise to latents: {self.latents}; give rising "
                "numbers, the last of them that of all latents"
            )
        return self


class FitMatchingPursuit(MatchingPursuitSection, Fit):
    """A fit of kind MatchingPursuit."""


Rung = Literal[
    "untrained",
    "untrained_kept",
    "matched_normal",
    "matched_normal_kept",
    "permuted",
    "permuted_kept",
    "spectrum",
    "spectrum_kept",
    "unigram",
    "uniform",
    "markov",
    "gaussian",
    "permuted_dimensions",
    "permuted_latents",
    "random_decoder",
    "frozen_decoder",
    "soft_frozen_decoder",
    "frozen_encoder",
]
"""Weights (`_kept`: with the trained embeddings), tokens, activations, and dictionaries that learn
only in part."""
LADDER: tuple[Rung, ...] = get_args(Rung)


class Ladder(Section):
    """The dictionary of `fit` where one kind of structure is gone."""

    evidence: Literal["ladder"] = "ladder"
    controls: list[Rung] = list(LADDER)
    """Rungs of the ladder."""


class ClassifierVerdicts(Verdicts):
    """Known variables of a classifier, read by the probe of `fit`."""

    evidence: Literal["classifier"] = "classifier"
    """What evidence is on: variables of a classifier or a language model, or the ladder."""


class LanguageVerdicts(Verdicts, Probe):
    """Known variables of a language model, and latents of the dictionary of `fit`."""

    evidence: Literal["language"] = "language"
    tested_latents: int = Field(default=8, ge=0)
    """Latents of a dictionary that are judged like variables."""


class Judged(Section):
    """Verdicts, beside the evidence that they are taken from."""

    what: Literal["verdicts"] = "verdicts"
    alpha: float = Field(default=1.0, gt=0)
    """Multiple of the steering vector whose effect counts; one of `control.alphas`."""


class Rungs(Section):
    """The ladder, the dictionary of the trained model on its first rung."""

    what: Literal["ladder"] = "ladder"


class Scores(Section):
    """What the probes of `fit` read."""

    what: Literal["probes"] = "probes"


_FEW = {"n_train": 80, "n_test": 50}


class Params(StudyParams):
    """The study `model_or_dataset`."""

    CHAIN: ClassVar = {
        "train": (),
        "fit": ("train",),
        "control": ("train", "fit"),
        "measure": ("train", "fit", "control"),
    }
    REHEARSAL: ClassVar = {
        "train": {"steps": 3, "batch": 4},
        "fit": {
            **_FEW,
            "sequences": 24,
            "latents": 512,
            "prefixes": [64, 192, 512],
            "dictionary_steps": 3,
            "dictionary_batch": 16,
        },
        "control": {
            **_FEW,
            **dict.fromkeys(("runs", "random_labels", "tested_latents"), 1),
            **{"labellings": 2, "steered": 8, "resamples": 20, "directions": 20},
        },
    }
    train: TrainClassifier | TrainLanguage = Field(TrainClassifier(), discriminator="model")
    fit: (
        FitProbes
        | FitStandard
        | FitL1
        | FitGated
        | FitJumpReLU
        | FitTopK
        | FitBatchTopK
        | FitMatryoshka
        | FitMatchingPursuit
    ) = Field(FitTopK(), discriminator="architecture")
    control: ClassifierVerdicts | LanguageVerdicts | Ladder = Field(
        ClassifierVerdicts(), discriminator="evidence"
    )
    measure: Judged | Rungs | Scores = Field(Judged(), discriminator="what")
