"""Parameters: small models with known used and unused variables, and what is looked for in them."""

from typing import ClassVar, Literal

from pydantic import Field

from tegum.experiment.params import Section, StudyParams, shape


class Train(Section):
    """Classifiers of random bits, or language models of a synthetic grammar."""

    model: Literal["classifier", "language"] = shape("classifier")
    """What is trained."""
    n_bits: int = shape(16, ge=10)
    """Inputs of a classifier, of which it uses four."""
    bit_probability: float = Field(default=0.3, gt=0, lt=1)
    """Probability that a bit is 1."""
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
    """Tokens that a language model reads."""
    width: int = shape(32, ge=2)
    """Hidden neurons of a classifier, width of a language model's residual stream."""
    mlp_width: int = shape(128, ge=1)
    """Hidden neurons of a block of a language model."""
    n_heads: int = shape(4, ge=1)
    """Attention heads of a block."""
    n_layers: int = shape(1, ge=1)
    """Blocks of a language model."""
    learning_rate: float = Field(default=0.005, gt=0)
    """AdamW; of language models constant for half of the steps, then linear to 0."""
    warm_up: int = Field(default=0, ge=0)
    """Steps over which the learning rate rises."""
    weight_decay: float = Field(default=0.05, ge=0)
    """Decoupled weight decay."""
    steps: int = shape(2500, ge=1)
    """Optimiser steps."""
    batch: int = shape(512, ge=1)
    """Samples, or sequences, per step."""


class Fit(Section):
    """Probes on the hidden layer of a classifier, dictionaries on a language model's residual."""

    family: Literal["linear", "quadratic", "mlp"] = "linear"
    """Family of the probes."""
    l2: float = Field(default=0.01, gt=0)
    """Weight of half the squared norm of a probe's weights, on standardised activations."""
    n_train: int = Field(default=600, ge=20)
    """Samples to fit a probe on."""
    n_test: int = Field(default=4000, ge=20)
    """Samples to score it on."""
    labellings: int = Field(default=2, ge=1)
    """Control tasks of each variable."""
    typed_bits: int = Field(default=6, ge=1)
    """Random bits that make the input's type in the control task of a classifier."""
    first_position: int = Field(default=8, ge=0)
    """Tokens before this position are not read."""
    sequences: int = shape(500, ge=2)
    """Sequences that a dictionary is fitted to, and as many to measure it on."""
    architecture: Literal[
        "standard", "l1", "gated", "jumprelu", "topk", "batchtopk", "matryoshka"
    ] = "topk"
    """Architecture of the dictionary."""
    latents: int = shape(128, ge=2)
    """Latents of a dictionary."""
    k: int = shape(4, ge=1)
    """Latents that fire on a sample; penalties are regulated towards that number."""
    penalty_strengths: dict[str, float] = {
        "standard": 0.3,
        "l1": 0.3,
        "gated": 0.3,
        "jumprelu": 0.01,
    }
    """Where the penalty of an architecture begins; E|x|^2 is 1."""
    prefixes: list[int] = [16, 48, 128]
    """Latents of each prefix of a Matryoshka dictionary."""
    dictionary_steps: int = shape(300, ge=1)
    """Optimiser steps of a dictionary."""
    dictionary_batch: int = shape(256, ge=1)
    """Samples per step."""
    dictionary_learning_rate: float = Field(default=0.005, gt=0)
    """Adam, constant for the first half of the steps, then linear to 0; E|x|^2 is 1."""


LADDER = (
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
)
"""Weights (`_kept`: with the trained embeddings), tokens, activations, and dictionaries that learn
only in part."""


class Control(Section):
    """What `fit` found where one kind of structure is gone, or what it takes to judge variables."""

    evidence: Literal["ladder", "verdicts"] = "verdicts"
    """Dictionaries on each control; or selectivity, advantage and effect of each variable."""
    controls: list[str] = list(LADDER)
    """Rungs of the ladder."""
    runs: int = Field(default=2, ge=1)
    """Draws of each control on weights."""
    labellings: int = Field(default=40, ge=1)
    """Control labellings of each kind; with fewer than 40 the interval is wider than it says."""
    random_labels: int = Field(default=8, ge=1)
    """Random labels of samples per variable, of its base rate, and as many of types of input: of
    these the truth is that nothing is there."""
    n_test: int = Field(default=1000, ge=20)
    """Samples to score probes on."""
    resamples: int = Field(default=500, ge=10)
    """Bootstrap resamples of a selectivity or an advantage."""
    directions: int = Field(default=800, ge=2)
    """Random directions of each kind."""
    alphas: list[float] = [0.5, 1.0, 2.0, 4.0]
    """Multiples of a steering vector that are added."""
    steered: int = Field(default=100, ge=2)
    """Samples on which an intervention is measured."""
    tested_latents: int = Field(default=8, ge=0)
    """Latents of a dictionary that are judged like variables."""


class Measure(Section):
    """What the verdict is taken from."""

    alpha: float = Field(default=1.0, gt=0)
    """Multiple of the steering vector whose effect counts; one of `control.alphas`."""


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
            "n_train": 80,
            "n_test": 50,
            "sequences": 24,
            "latents": 512,
            "prefixes": [64, 192, 512],
            "dictionary_steps": 3,
            "dictionary_batch": 16,
        },
        "control": {
            "labellings": 2,
            "random_labels": 1,
            "n_test": 50,
            "resamples": 20,
            "directions": 20,
            "tested_latents": 1,
            "steered": 8,
            "runs": 1,
        },
    }
    FIGURES: ClassVar = (
        "verdicts",
        "ladder",
        "architectures",
        "probes",
        "selectivity",
        "interventions",
        "latents",
    )
    train: Train = Train()
    fit: Fit = Fit()
    control: Control = Control()
    measure: Measure = Measure()
