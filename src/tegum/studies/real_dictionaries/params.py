"""Parameters: a model, what is read of it under controls, dictionaries, and what they do to it."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from tegum.dictionaries.cell_sections import CellSection
from tegum.dictionaries.sections import BatchTopKSection, TopKSection
from tegum.experiment.params import Section, StudyParams, shape

Rung = Literal[
    "none",
    "untrained",
    "untrained_kept",
    "matched_normal",
    "matched_normal_kept",
    "spectrum",
    "spectrum_kept",
    "unigram",
    "uniform",
    "gaussian",
    "permuted_dimensions",
    "permuted_latents",
    "random_decoder",
    "frozen_decoder",
]
"""The trained model, or what stands in its place: weights (`_kept`: with the trained embedding),
tokens, activations, and a dictionary that learns only in part."""

ACTIVE, MIXED = 4, 8
"""Latents that are tried on spheres: the most active ones; inactive ones, alone and in mixtures."""


class Generate(Section):
    """Activations of a model after one block, on reviews."""

    model: Literal["smollm2-135m-instruct", "tiny-causal"] = shape("smollm2-135m-instruct")
    """The model; the weights of SmolLM2 were quantised (Q4_1) and are dequantised on loading. The
    tiny one has random weights."""
    layer: int = Field(default=14, ge=0)
    """Block after which the residual stream is read, counted from 0."""
    rung: Rung = "none"
    """The control. Those on activations and on learning read the trained model."""
    context: int = shape(128, ge=8)
    """Tokens that the model reads at once."""
    first_position: int = shape(8, ge=1)
    """Tokens before this position are not kept: the first ones can be a hundred times as long."""
    sequences: int = shape(64, ge=1)
    """Contexts that a dictionary is fitted to."""
    held_out: int = shape(16, ge=1)
    """Contexts that it is measured on."""
    weights_seed: int = Field(default=0, ge=0)
    """Of weights and tokens that are drawn: the same ones for all seeds of dictionaries."""


class FitTopK(TopKSection, CellSection):
    """A TopK dictionary."""


class FitBatchTopK(BatchTopKSection, CellSection):
    """A BatchTopK dictionary."""


class Control(FitTopK):
    """A dictionary, and what the model says of a last token whose activation is changed."""

    samples: int = shape(64, ge=2)
    """Texts, other ones for each seed."""
    tokens: int = shape(32, ge=3)
    """Tokens of a text, the last of which is changed; what comes next is known."""
    distances: int = shape(8, ge=3)
    """Places of a line, from the activation to as far as a mean activation is from the mean."""
    tested: int = shape(24, ge=1)
    """Latents that are added, evenly spaced in how often they fire."""
    examples: int = shape(5, ge=1)
    """Places at which such a latent fires most that are shown."""
    around: int = shape(8, ge=0)
    """Tokens shown on either side of such a place."""
    on_spheres: int = shape(12, ge=1)
    """Of the texts, those around whose activations small spheres are looked at."""
    radii: list[float] = shape([0.1, 0.3, 1.0])
    """Radii of spheres, over the distance of a mean activation from the mean."""
    directions: int = shape(32, ge=2)
    """Random directions on a sphere."""
    angles: int = shape(13, ge=3)
    """Places on a great circle of the middle radius."""

    @model_validator(mode="after")
    def _enough_latents(self) -> Self:
        if self.latents < self.k + MIXED:
            raise ValueError(f"give at least {MIXED} latents more than k, which is {self.k}")
        return self


class Dictionaries(Section):
    """How well dictionaries reconstruct, and what their latents fire on."""

    what: Literal["dictionaries"] = "dictionaries"
    """What is measured."""


class Outputs(Section):
    """What changes of activations do to the model's outputs."""

    what: Literal["outputs"] = "outputs"


class Params(StudyParams):
    """The study `real_dictionaries`."""

    CHAIN: ClassVar = {
        "generate": (),
        "fit": ("generate",),
        "control": ("generate",),
        "measure": ("fit", "control"),
    }
    REHEARSAL: ClassVar = {
        "generate": {
            "model": "tiny-causal",
            "layer": 1,
            "context": 16,
            "sequences": 8,
            "held_out": 4,
        },
        "fit": {"latents": 24, "k": 4, "dictionary_steps": 4, "dictionary_batch": 16},
        "control": {
            "latents": 24,
            "k": 4,
            "dictionary_steps": 4,
            "dictionary_batch": 16,
            "samples": 4,
            "tokens": 12,
            "distances": 3,
            "tested": 2,
            "examples": 2,
            "on_spheres": 2,
            "radii": [0.1, 1.0],
            "directions": 2,
            "angles": 3,
        },
    }
    generate: Generate = Generate()
    fit: FitTopK | FitBatchTopK = Field(FitTopK(), discriminator="architecture")
    control: Control = Control()
    measure: Dictionaries | Outputs = Field(Dictionaries(), discriminator="what")
